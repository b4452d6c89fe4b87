/* Windows: what may block, each on a thread of its own: name look-up, and pushing files to disk.
 *
 * Neither has a call here that can be waited for together with sockets. A thread gets a task, fills
 * it in, wakes sys_poll and ends. A task belongs to two: the thread and the slot of its ticket;
 * who lets go last frees it.
 *
 * A ticket is (number of the task) * SLOTS + slot + 1, so that an old ticket never meets a new
 * task. */
#include "sys/sys_windows.h"

#include <stdlib.h>
#include <string.h>

#include <ws2tcpip.h>

enum {
    SLOTS = 8,
    TICKET_MAX = 1 << 30,
    ADDRESSES_MAX = 16,
    HOST_MAX = 256,
    STACK_SIZE = 256 * 1024,
};

struct task {
    volatile LONG owners; /* thread and slot */
    volatile LONG is_done;
    int result;
    HANDLE file;            /* sync */
    wchar_t host[HOST_MAX]; /* look-up */
    struct addr found[ADDRESSES_MAX];
    size_t found_count;
};

struct slot {
    int ticket; /* 0: free */
    struct task *task;
};

static struct slot lookups[SLOTS], syncs[SLOTS];
static int tasks_started;

static void
let_go(struct task *t)
{
    if (InterlockedDecrement(&t->owners) == 0) {
        free(t);
    }
}

static void
finish(struct task *t)
{
    InterlockedExchange(&t->is_done, 1);
    windows_wake();
    let_go(t);
}

/* A free slot with a task in it, or NULL. */
static struct slot *
take_slot(struct slot *slots)
{
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].ticket == 0) {
            slots[i].task = calloc(1, sizeof *slots[i].task);
            if (!slots[i].task) {
                return NULL;
            }
            tasks_started = (tasks_started + 1) % (TICKET_MAX / SLOTS);
            slots[i].ticket = tasks_started * SLOTS + i + 1;
            return &slots[i];
        }
    }
    return NULL;
}

static void
free_slot(struct slot *s)
{
    let_go(s->task);
    *s = (struct slot){0};
}

static struct slot *
slot_of(struct slot *slots, int ticket)
{
    struct slot *s = ticket > 0 ? &slots[(ticket - 1) % SLOTS] : NULL;
    return s && s->ticket == ticket ? s : NULL;
}

static bool
start(struct slot *s, LPTHREAD_START_ROUTINE routine)
{
    s->task->owners = 2;
    HANDLE thread =
        CreateThread(NULL, STACK_SIZE, routine, s->task, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!thread) {
        s->task->owners = 1;
        return false;
    }
    CloseHandle(thread);
    return true;
}

/* --- name look-up ----------------------------------------------------------------------------- */

static struct addr
addr_of(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        return addr_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)a)->sin_addr,
                       0);
    }
    return addr_v6((const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 0);
}

static DWORD WINAPI
run_lookup(void *argument)
{
    struct task *t = argument;
    ADDRINFOW hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int error = GetAddrInfoW(t->host, NULL, &hints, &list);
    for (const ADDRINFOW *a = list; a && t->found_count < ADDRESSES_MAX; a = a->ai_next) {
        if (a->ai_family == AF_INET || a->ai_family == AF_INET6) {
            t->found[t->found_count++] = addr_of(a->ai_addr);
        }
    }
    if (list) {
        FreeAddrInfoW(list);
    }
    bool late = error == WSATRY_AGAIN || error == WSAETIMEDOUT;
    t->result = t->found_count ? SYS_OK : late ? SYS_TIMED_OUT : SYS_NOT_FOUND;
    finish(t);
    return 0;
}

int
sys_lookup_start(const char *host)
{
    struct slot *s = take_slot(lookups);
    if (!s) {
        return SYS_AGAIN;
    }
    int ticket = s->ticket;
    if (!windows_wide(bytes_of_text(host), s->task->host, HOST_MAX)) {
        s->task->result = SYS_NOT_FOUND;
        s->task->owners = s->task->is_done = 1;
    } else if (!start(s, run_lookup)) {
        free_slot(s);
        return SYS_AGAIN;
    }
    return ticket;
}

int
sys_lookup_take(int ticket, struct addr *out, size_t max, size_t *count)
{
    struct slot *s = slot_of(lookups, ticket);
    *count = 0;
    if (!s) {
        return SYS_NOT_FOUND;
    }
    if (!InterlockedCompareExchange(&s->task->is_done, 0, 0)) {
        return SYS_AGAIN;
    }
    int result = s->task->result;
    while (*count < s->task->found_count && *count < max) {
        out[*count] = s->task->found[*count];
        ++*count;
    }
    free_slot(s);
    return result;
}

void
sys_lookup_drop(int ticket)
{
    struct slot *s = slot_of(lookups, ticket);
    if (s) {
        free_slot(s);
    }
}

/* --- pushing files to disk -------------------------------------------------------------------- */

static int
sync_now(HANDLE file)
{
    return FlushFileBuffers(file) ? SYS_OK : windows_reason(GetLastError());
}

static DWORD WINAPI
run_sync(void *argument)
{
    struct task *t = argument;
    t->result = sync_now(t->file);
    CloseHandle(t->file);
    finish(t);
    return 0;
}

int
sys_sync_start(sys_file f)
{
    HANDLE own = GetCurrentProcess(), copy;
    struct slot *s = take_slot(syncs);
    if (s && DuplicateHandle(own, (HANDLE)f, own, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        s->task->file = copy;
        if (start(s, run_sync)) {
            return s->ticket;
        }
        CloseHandle(copy);
    }
    if (s) {
        s->task->owners = 1;
        free_slot(s);
    }
    sync_now((HANDLE)f); /* too many under way: then we wait ourselves */
    return 0;
}

int
sys_sync_take(int ticket)
{
    struct slot *s = slot_of(syncs, ticket);
    if (!s) {
        return SYS_OK;
    }
    if (!InterlockedCompareExchange(&s->task->is_done, 0, 0)) {
        return SYS_AGAIN;
    }
    int result = s->task->result;
    free_slot(s);
    return result;
}
