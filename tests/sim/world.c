/* Events and time.
 *
 * Time stands still while an actor turns. sim_run looks for a host whose loop would not sleep
 * (something happened, or its deadline has come) and turns it; when all sleep, the clock jumps to
 * the next event or deadline. So the order of things depends on the seed alone. */
#include "sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { IDLE_TURNS_MAX = 300 }; /* a loop that turns so often for nothing spins */

struct sim *
sim_new(uint64_t seed, bool trace)
{
    struct sim *sim = calloc(1, sizeof *sim);
    check(sim);
    sim->seed = seed;
    sim->trace = trace;
    sim->random.state = seed * 0x9e3779b97f4a7c15u + 1;
    return sim;
}

const char *
sim_failure(const struct sim *sim)
{
    return sim->failed ? sim->failure : NULL;
}

static void
print_time(const struct sim *sim)
{
    printf("%9.3f ", (double)sim->now_us / 1e6);
}

void
sim_fail(struct sim *sim, const char *format, ...)
{
    if (sim->failed) {
        return;
    }
    sim->failed = true;
    int n = snprintf(sim->failure, sizeof sim->failure, "at %.3f s: ", (double)sim->now_us / 1e6);
    va_list list;
    va_start(list, format);
    vsnprintf(sim->failure + n, sizeof sim->failure - (size_t)n, format, list);
    va_end(list);
    if (sim->trace) {
        printf("FAILED %s\n", sim->failure);
    }
}

void
sim_say(struct sim *sim, const char *format, ...)
{
    char line[256];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    for (const char *c = line; *c; c++) {
        sim_mix(sim, (uint8_t)*c);
    }
    if (sim->trace) {
        print_time(sim);
        puts(line);
    }
}

void
sim_note(struct sim *sim, const char *format, ...)
{
    if (sim->trace) {
        print_time(sim);
        va_list list;
        va_start(list, format);
        vprintf(format, list);
        va_end(list);
        puts("");
    }
}

uint64_t
sim_hash(const struct sim *sim)
{
    return sim->hash;
}

void
sim_mix(struct sim *sim, uint64_t v)
{
    uint64_t h = (sim->hash ^ v) * 0x9e3779b97f4a7c15u;
    sim->hash = h ^ h >> 29;
}

int64_t
sim_now_ms(const struct sim *sim)
{
    return sim->now_us / 1000;
}

struct random *
sim_random(struct sim *sim)
{
    return &sim->random;
}

int64_t
sim_between(struct sim *sim, int64_t low, int64_t high)
{
    check(low <= high);
    return low + (int64_t)(random_u64(&sim->random) % (uint64_t)(high - low + 1));
}

bool
sim_chance(struct sim *sim, uint32_t percent)
{
    return random_below(&sim->random, 100) < percent;
}

/* --- events: a binary heap ---------------------------------------------------------- */

static bool
earlier(const struct event *a, const struct event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

void
sim_push(struct sim *sim, struct event e)
{
    if (sim->event_count == sim->event_max) {
        sim->event_max = sim->event_max ? 2 * sim->event_max : 256;
        sim->heap = realloc(sim->heap, sim->event_max * sizeof *sim->heap);
        check(sim->heap);
    }
    check(e.at_us >= sim->now_us);
    e.order = sim->event_order++;
    size_t i = sim->event_count++;
    while (i > 0 && earlier(&e, &sim->heap[(i - 1) / 2])) {
        sim->heap[i] = sim->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    sim->heap[i] = e;
}

static struct event
pop(struct sim *sim)
{
    struct event first = sim->heap[0];
    struct event last = sim->heap[--sim->event_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= sim->event_count) {
            break;
        }
        if (child + 1 < sim->event_count && earlier(&sim->heap[child + 1], &sim->heap[child])) {
            child++;
        }
        if (!earlier(&sim->heap[child], &last)) {
            break;
        }
        sim->heap[i] = sim->heap[child];
        i = child;
    }
    sim->heap[i] = last;
    return first;
}

void
sim_after(struct sim *sim, int64_t delay_ms, void (*call)(void *context), void *context)
{
    sim_push(sim, (struct event){.at_us = sim->now_us + delay_ms * 1000,
                                 .kind = EVENT_CALL,
                                 .call = call,
                                 .context = context});
}

static void
finish_ticket(struct sim *sim, const struct event *e)
{
    struct sim_host *h = sim->hosts[e->a];
    bool lookup = e->kind == EVENT_LOOKUP;
    struct ticket *list = lookup ? h->lookups : h->syncs;
    for (uint32_t i = 0; i < (lookup ? LOOKUPS_MAX : SYNCS_MAX); i++) {
        struct ticket *t = &list[i];
        if (t->used && !t->done && t->number == (int)e->b) {
            t->done = true;
            if (!lookup) {
                disk_sync_done(h, t);
            }
            h->poked = true;
            sim_wake_host(h);
        }
    }
}

static void
happen(struct sim *sim, const struct event *e)
{
    sim_mix(sim, (uint64_t)e->at_us);
    sim_mix(sim, (uint64_t)e->kind << 32 | e->a);
    switch (e->kind) {
    case EVENT_CALL: e->call(e->context); break;
    case EVENT_UPLINK:
    case EVENT_ARRIVE:
    case EVENT_DELIVER:
    case EVENT_RESET:
    case EVENT_SYN:
    case EVENT_SYN_ACK:
    case EVENT_REFUSED: tcp_event(sim, e); break;
    case EVENT_DATAGRAM: udp_event(sim, e); break;
    case EVENT_LOOKUP:
    case EVENT_SYNC: finish_ticket(sim, e); break;
    }
}

/* --- turns -------------------------------------------------------------------------- */

static int64_t
host_clock_ms(const struct sim_host *h)
{
    return (h->clock_us + h->sim->now_us) / 1000;
}

/* Fills in what the poll would report. True: it would return at once. */
static bool
poll_now(struct sim_host *h, struct sys_wants *w)
{
    bool any = false;
    for (uint32_t i = 0; i < w->count; i++) {
        struct sys_want *v = &w->v[i];
        struct sock *s = sock_of(v->sock);
        v->can_read = false;
        v->can_write = false;
        if (s) {
            tcp_ready(s, &v->can_read, &v->can_write);
        }
        v->can_read = v->can_read && v->want_read;
        v->can_write = v->can_write && v->want_write;
        any = any || v->can_read || v->can_write;
    }
    bool in_time = w->deadline_ms > host_clock_ms(h);
    return any || h->poked || !in_time;
}

static void
notice_spinning(struct sim_host *h, uint64_t deeds, const struct sys_wants *w)
{
    h->idle_turns = h->deeds == deeds ? h->idle_turns + 1 : 0;
    if (h->idle_turns < IDLE_TURNS_MAX) {
        return;
    }
    int readable = 0, writable = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        readable += w->v[i].can_read;
        writable += w->v[i].can_write;
        if (w->v[i].can_read || w->v[i].can_write) {
            sock_tell(h->sim, w->v[i].sock);
        }
    }
    sim_fail(h->sim, "%s spins: %d sockets readable, %d writable, deadline in %lld ms",
             h->config.name, readable, writable, (long long)(w->deadline_ms - host_clock_ms(h)));
}

/* One round of a host's loop: what it wants, the poll, its turn. */
static void
turn_host(struct sim_host *h)
{
    static struct sys_wants w;
    struct sim *sim = h->sim;
    sim_enter(h);
    int64_t now_ms = host_clock_ms(h);
    sys_wants_start(&w, now_ms + 3600 * 1000);
    h->actor.wants(h->actor.context, &w, now_ms);
    if (!h->running || sim->failed) {
        return;
    }
    if (!poll_now(h, &w)) {
        h->awake = false;
        h->idle_turns = 0;
        h->wake_us = w.deadline_ms * 1000 - h->clock_us;
        host_due(h);
        return;
    }
    h->poked = false;
    h->turns++;
    uint64_t deeds = h->deeds;
    sim_mix(sim, (uint64_t)h->index << 48 ^ (uint64_t)sim->now_us);
    h->actor.turn(h->actor.context, &w, now_ms);
    h->awake = true;
    h->busy_us = sim->now_us + (h->config.quantum_us ? h->config.quantum_us : QUANTUM_US);
    host_due(h);
    notice_spinning(h, deeds, &w);
}

static int64_t
next_time(const struct sim *sim)
{
    int64_t event = sim->event_count > 0 ? sim->heap[0].at_us : INT64_MAX;
    int64_t turn = sim->host_count > 0 ? sim->queue[0]->due_us : INT64_MAX;
    return event < turn ? event : turn;
}

bool
sim_run(struct sim *sim, int64_t until_ms, bool (*done)(void *context), void *context)
{
    while (!sim->failed) {
        while (sim->event_count > 0 && sim->heap[0].at_us <= sim->now_us && !sim->failed) {
            struct event e = pop(sim);
            happen(sim, &e);
        }
        while (sim->host_count > 0 && sim->queue[0]->due_us <= sim->now_us && !sim->failed) {
            turn_host(sim->queue[0]);
        }
        if (sim->failed) {
            break;
        }
        if (done && done(context)) {
            return true;
        }
        int64_t next = next_time(sim);
        if (next > until_ms * 1000) {
            sim->now_us = until_ms * 1000 > sim->now_us ? until_ms * 1000 : sim->now_us;
            break;
        }
        sim->now_us = next > sim->now_us ? next : sim->now_us;
    }
    return false;
}

void
sim_free(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->host_count; i++) {
        if (sim->hosts[i]->running) {
            sim_kill(sim->hosts[i], SIM_KILL_9);
        }
    }
    tcp_free_all(sim);
    for (size_t i = 0; i < sim->event_count; i++) {
        free(sim->heap[i].datagram);
    }
    for (uint32_t i = 0; i < sim->host_count; i++) {
        disk_free(sim->hosts[i]);
        free(sim->hosts[i]->up_queue);
        free(sim->hosts[i]);
    }
    free(sim->hosts);
    free(sim->queue);
    free(sim->by_ip);
    free(sim->heap);
    free(sim->socks);
    free(sim->tcps);
    free(sim);
}
