/* The simulated platform: clock, chance, look-up, and what a host does not have. */
#include "sim/world.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

/* sys.h has no argument for it: the one variable of the world that outlives a call. */
static struct sim_host *here;

void
sim_enter(struct sim_host *h)
{
    here = h;
}

struct sim_host *
sim_here(void)
{
    check(here);
    return here;
}

bool
sim_is_ghost(void)
{
    return sim_here()->ghost;
}

void
sim_deed(uint64_t what, uint64_t a, uint64_t b)
{
    here->deeds++;
    sim_mix(here->sim, what << 56 ^ a << 24 ^ b);
}

void
sys_init(void)
{
}

int
sys_stop_requests(void)
{
    return sim_here()->stop_requests;
}

int
sys_stop_exit_code(void)
{
    return 130;
}

void
sys_exit(int code)
{
    (void)code;
    check_failed(__FILE__, __LINE__); /* nobody below a face may end the program */
}

bool
sys_sandbox(sys_dir folder, sys_dir also)
{
    return folder != SYS_NONE || also != SYS_NONE;
}

int64_t
sys_now_ms(void)
{
    return (sim_here()->clock_us + here->sim->now_us) / 1000;
}

int64_t
sys_unix_s(void)
{
    return 1800000000 + sim_here()->sim->now_us / 1000000;
}

void
sys_random(void *out, size_t len)
{
    uint8_t *p = out;
    for (size_t i = 0; i < len; i++) {
        p[i] = (uint8_t)random_u64(&sim_here()->random);
    }
}

void
sys_poll(struct sys_wants *w)
{
    (void)w;
    check_failed(__FILE__, __LINE__); /* the world polls for everybody */
}

/* --- name look-up ------------------------------------------------------------------- */

static struct ticket *
ticket_new(struct ticket *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!list[i].used) {
            list[i] = (struct ticket){.used = true, .number = ++here->tickets};
            return &list[i];
        }
    }
    return NULL;
}

static struct ticket *
ticket_of(struct ticket *list, uint32_t count, int number)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].used && list[i].number == number) {
            return &list[i];
        }
    }
    return NULL;
}

int
sys_lookup_start(const char *host)
{
    struct sim *sim = sim_here()->sim;
    struct ticket *t = sim_is_ghost() ? NULL : ticket_new(here->lookups, LOOKUPS_MAX);
    if (!t) {
        return SYS_AGAIN;
    }
    sim_deed(1, (uint64_t)t->number, 0);
    sim_note(sim, "%s looks up %s", here->config.name, host);
    t->result = SYS_NOT_FOUND;
    for (uint32_t i = 0; i < sim->name_count; i++) {
        const struct name *n = &sim->names[i];
        if (strcmp(n->text, host) == 0) {
            t->result = n->result;
            t->count = n->count;
            memcpy(t->addrs, n->addrs, sizeof t->addrs);
        }
    }
    int64_t takes_ms = t->result == SYS_TIMED_OUT ? 5000 : sim_between(sim, 1, 200);
    sim_push(sim, (struct event){.at_us = sim->now_us + takes_ms * 1000,
                                 .kind = EVENT_LOOKUP,
                                 .a = here->index,
                                 .b = (uint32_t)t->number});
    return t->number;
}

int
sys_lookup_take(int ticket, struct addr *out, size_t max, size_t *count)
{
    *count = 0;
    struct ticket *t = ticket_of(sim_here()->lookups, LOOKUPS_MAX, ticket);
    if (!t || !t->done) {
        return t ? SYS_AGAIN : SYS_NOT_FOUND;
    }
    sim_deed(2, (uint64_t)ticket, 0);
    t->used = false;
    if (t->result == SYS_OK) {
        *count = t->count < max ? t->count : max;
        memcpy(out, t->addrs, *count * sizeof *out);
    }
    return t->result;
}

void
sys_lookup_drop(int ticket)
{
    struct ticket *t = ticket_of(sim_here()->lookups, LOOKUPS_MAX, ticket);
    if (t) {
        sim_deed(3, (uint64_t)ticket, 0);
        t->used = false;
    }
}

/* --- pushing to disk ---------------------------------------------------------------- */

int
sys_sync_start(sys_file f)
{
    struct node *node = disk_node_of(f);
    struct ticket *t = node ? ticket_new(here->syncs, SYNCS_MAX) : NULL;
    if (!t) {
        return 0;
    }
    struct sim *sim = here->sim;
    t->node = node;
    node->opens++; /* a handle of its own */
    t->writes = here->disk.writes;
    t->result = here->disk.broken ? SYS_IO : SYS_OK;
    sim_deed(4, (uint64_t)t->number, 0);
    sim_push(sim, (struct event){.at_us = sim->now_us + sim_between(sim, 500, 60000),
                                 .kind = EVENT_SYNC,
                                 .a = here->index,
                                 .b = (uint32_t)t->number});
    return t->number;
}

int
sys_sync_take(int ticket)
{
    struct ticket *t = ticket_of(sim_here()->syncs, SYNCS_MAX, ticket);
    if (!t || !t->done) {
        return t ? SYS_AGAIN : SYS_OK;
    }
    sim_deed(5, (uint64_t)ticket, 0);
    t->used = false;
    return t->result;
}

/* --- what is not there -------------------------------------------------------------- */

int
sys_self_open(sys_file *out)
{
    (void)out;
    return SYS_NOT_FOUND;
}

const char *
sys_env(const char *name)
{
    (void)name;
    return NULL;
}

bool
sys_language(struct buf *out)
{
    buf_text(out, "en");
    return true;
}

bool
sys_downloads_folder(struct buf *out)
{
    (void)out;
    return false;
}

bool
sys_roots_pem(struct buf *out)
{
    (void)out;
    return false;
}

bool
sys_opener_start(void)
{
    return false;
}

void
sys_open_page(const char *url)
{
    (void)url;
}

int
sys_open_page_result(void)
{
    return SYS_NOT_FOUND;
}

void
sys_show_file(const char *path)
{
    (void)path;
}

void
sys_tell_user(const char *text)
{
    (void)text;
}

int
sys_print(enum sys_stream stream, struct bytes text)
{
    if (sim_here()->sim->trace) {
        printf("%s %d: %.*s", here->config.name, stream, (int)text.len, (const char *)text.ptr);
    }
    return SYS_OK;
}

int
sys_terminal_width(enum sys_stream stream)
{
    (void)stream;
    return 0;
}
