/* POSIX: what would block, on helper threads: name look-up and fsync.
 *
 * A job lives in a fixed slot and belongs to one side at a time, told by its state:
 *   FREE     nobody's
 *   RUNNING  the thread writes the results; the main thread waits
 *   DONE     the results are the main thread's, who frees the slot when it takes them
 *   DROPPED  nobody wants the results; the thread frees the slot when it ends
 * A ticket is (number of the job) * SLOTS + slot + 1, so that an old ticket never meets a
 * new job. */
#include "sys/sys_posix.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LOOKUPS_MAX = 4,
    SYNCS_MAX = 8,
    SLOTS = LOOKUPS_MAX + SYNCS_MAX,
    TICKET_MAX = 1 << 30,
    HOST_MAX = 256,
    ADDRS_MAX = 16,
    THREAD_STACK = 256 * 1024, /* the resolvers of musl and glibc need about 30 and 100 KB */
};

enum job_state { JOB_FREE, JOB_RUNNING, JOB_DONE, JOB_DROPPED };

struct job {
    _Atomic int state;
    int ticket;
    void (*work)(struct job *j);
    int result;
    int fd;              /* sync */
    char host[HOST_MAX]; /* look-up */
    struct addr addrs[ADDRS_MAX];
    size_t count;
};

static struct job jobs[SLOTS];
static int jobs_started;

static void *
job_thread(void *argument)
{
    struct job *j = argument;
    j->work(j);
    int expected = JOB_RUNNING;
    if (atomic_compare_exchange_strong(&j->state, &expected, JOB_DONE)) {
        posix_wake();
    } else {
        atomic_store(&j->state, JOB_FREE);
    }
    return NULL;
}

static bool
job_spawn(struct job *j)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept); /* signals are for the thread that polls */
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, job_thread, j);
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

static struct job *
job_free_slot(size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        if (atomic_load(&jobs[i].state) == JOB_FREE) {
            return &jobs[i];
        }
    }
    return NULL;
}

/* The ticket, or 0 when there is no thread to be had. */
static int
job_start(struct job *j, void (*work)(struct job *))
{
    jobs_started = (jobs_started + 1) % (TICKET_MAX / SLOTS);
    j->ticket = jobs_started * SLOTS + (int)(j - jobs) + 1;
    j->work = work;
    atomic_store(&j->state, JOB_RUNNING);
    if (!job_spawn(j)) {
        atomic_store(&j->state, JOB_FREE);
        return 0;
    }
    return j->ticket;
}

static struct job *
job_of(int ticket)
{
    if (ticket <= 0) {
        return NULL;
    }
    struct job *j = &jobs[(ticket - 1) % SLOTS];
    int state = atomic_load(&j->state);
    bool ours = j->ticket == ticket && (state == JOB_RUNNING || state == JOB_DONE);
    return ours ? j : NULL;
}

static int
lookup_reason(int error)
{
    switch (error) {
    case 0: return SYS_OK;
    case EAI_AGAIN: /* the name server does not answer */ return SYS_TIMED_OUT;
    case EAI_NONAME:
    case EAI_FAIL:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
        return SYS_NOT_FOUND;
    default: return SYS_OTHER;
    }
}

static void
lookup_work(struct job *j)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    j->result = lookup_reason(getaddrinfo(j->host, NULL, &hints, &list));
    if (j->result != SYS_OK) {
        return;
    }
    for (struct addrinfo *a = list; a && j->count < ADDRS_MAX; a = a->ai_next) {
        if (a->ai_family == AF_INET) {
            struct sockaddr_in v4;
            memcpy(&v4, a->ai_addr, sizeof v4);
            j->addrs[j->count++] = addr_v4((const uint8_t *)&v4.sin_addr, 0);
        } else if (a->ai_family == AF_INET6) {
            struct sockaddr_in6 v6;
            memcpy(&v6, a->ai_addr, sizeof v6);
            j->addrs[j->count++] = addr_v6((const uint8_t *)&v6.sin6_addr, 0);
        }
    }
    freeaddrinfo(list);
    if (j->count == 0) {
        j->result = SYS_NOT_FOUND;
    }
}

int
sys_lookup_start(const char *host)
{
    struct job *j = job_free_slot(0, LOOKUPS_MAX);
    if (!j) {
        return SYS_AGAIN;
    }
    size_t len = strlen(host);
    j->count = 0;
    /* No host name is longer than 253; an over-long one is cut and will not be found. */
    memcpy(j->host, host, len < HOST_MAX ? len + 1 : HOST_MAX);
    j->host[HOST_MAX - 1] = 0;
    int ticket = job_start(j, lookup_work);
    return ticket > 0 ? ticket : SYS_AGAIN;
}

int
sys_lookup_take(int ticket, struct addr *out, size_t max, size_t *count)
{
    *count = 0;
    struct job *j = job_of(ticket);
    if (!j) {
        return SYS_NOT_FOUND;
    }
    if (atomic_load(&j->state) == JOB_RUNNING) {
        return SYS_AGAIN;
    }
    if (j->result == SYS_OK) {
        *count = j->count < max ? j->count : max;
        memcpy(out, j->addrs, *count * sizeof *out);
    }
    int result = j->result;
    atomic_store(&j->state, JOB_FREE);
    return result;
}

void
sys_lookup_drop(int ticket)
{
    struct job *j = job_of(ticket);
    if (!j) {
        return;
    }
    int expected = JOB_RUNNING;
    if (!atomic_compare_exchange_strong(&j->state, &expected, JOB_DROPPED)) {
        atomic_store(&j->state, JOB_FREE);
    }
}

static void
sync_work(struct job *j)
{
    int error;
    do {
        error = fsync(j->fd) == 0 ? 0 : errno;
    } while (error == EINTR);
    close(j->fd);
    /* EINVAL: a file system that has nothing to sync to. */
    j->result = error == 0 || error == EINVAL ? SYS_OK : posix_reason(error);
}

int
sys_sync_start(sys_file f)
{
    struct job *j = job_free_slot(LOOKUPS_MAX, SYNCS_MAX);
    int fd = j ? dup((int)f) : -1;
    int ticket = 0;
    if (fd >= 0) {
        j->fd = fd;
        ticket = job_start(j, sync_work);
        if (ticket == 0) {
            close(fd);
        }
    }
    if (ticket == 0) {
        fsync((int)f); /* no helper to be had: then we wait ourselves */
    }
    return ticket;
}

int
sys_sync_take(int ticket)
{
    struct job *j = job_of(ticket);
    if (!j) {
        return SYS_OK;
    }
    if (atomic_load(&j->state) == JOB_RUNNING) {
        return SYS_AGAIN;
    }
    int result = j->result;
    atomic_store(&j->state, JOB_FREE);
    return result;
}
