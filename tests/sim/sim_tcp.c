/* Simulated TCP.
 *
 * A connection has two ends; each keeps the bytes that flow towards it in a ring that stands
 * for the socket buffers of both hosts: a sender may write while there is room in it, so a
 * reader that does not read holds the sender up. Data travels in segments. The connections
 * that have something to send stand in a queue for their host's uplink, each gets one segment
 * at a time, so they share the line fairly; the downlink takes segments as they come.
 *
 * Closing says FIN behind the data, or breaks the connection when there is unread data. What
 * reaches a closed end is answered by a reset. Now and then a call moves fewer bytes than it
 * could. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* --- connections -------------------------------------------------------------------- */

uint32_t
tcp_new(struct sim *sim)
{
    uint32_t i = sim->free_tcp ? sim->free_tcp - 1 : sim->tcp_top;
    if (i == sim->tcp_max) {
        sim->tcp_max = sim->tcp_max ? 2 * sim->tcp_max : 256;
        sim->tcps = realloc(sim->tcps, sim->tcp_max * sizeof *sim->tcps);
        check(sim->tcps);
    }
    if (i == sim->tcp_top) {
        sim->tcp_top++;
    } else {
        sim->free_tcp = sim->tcps[i].next_free;
    }
    sim->tcps[i] = (struct tcp){.used = true, .serial = ++sim->serial};
    return i;
}

/* Rings are kept for the next connection: most of the world's memory goes through them. */
static uint8_t *
ring_take(struct sim *sim)
{
    uint8_t *ring = sim->spare_rings;
    if (ring) {
        memcpy(&sim->spare_rings, ring, sizeof ring);
        return ring;
    }
    ring = malloc(PIPE_SIZE);
    check(ring);
    return ring;
}

static void
ring_give(struct sim *sim, uint8_t *ring)
{
    if (ring) {
        memcpy(ring, &sim->spare_rings, sizeof ring);
        sim->spare_rings = ring;
    }
}

static void
tcp_free_if_closed(struct sim *sim, struct tcp *t)
{
    if (t->end[0].closed && t->end[1].closed) {
        ring_give(sim, t->end[0].ring);
        ring_give(sim, t->end[1].ring);
        t->end[0].ring = NULL;
        t->end[1].ring = NULL;
        t->used = false;
        t->next_free = sim->free_tcp;
        sim->free_tcp = (uint32_t)(t - sim->tcps) + 1;
    }
}

void
tcp_free_all(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->tcp_top; i++) {
        struct tcp *t = &sim->tcps[i];
        if (t->used) {
            t->end[0].closed = true;
            t->end[1].closed = true;
            tcp_free_if_closed(sim, t);
        }
    }
    while (sim->spare_rings) {
        uint8_t *ring = ring_take(sim);
        free(ring);
    }
}

struct tcp *
tcp_of(const struct sock *s)
{
    return &s->host->sim->tcps[s->tcp - 1];
}

/* --- segments ----------------------------------------------------------------------- */

static struct event
tcp_event_for(const struct sim *sim, const struct tcp *t, enum event_kind kind, uint8_t side)
{
    return (struct event){
        .kind = kind, .a = (uint32_t)(t - sim->tcps), .b = t->serial, .side = side};
}

static void
uplink_schedule(struct sim_host *h)
{
    struct sim *sim = h->sim;
    if (!h->up_busy && h->up_count > 0) {
        h->up_busy = true;
        sim_push(sim,
                 (struct event){.at_us = h->up_free_us > sim->now_us ? h->up_free_us : sim->now_us,
                                .kind = EVENT_UPLINK,
                                .a = h->index});
    }
}

static bool
has_to_send(const struct tcp_end *e)
{
    return e->sent < e->written || (e->fin && !e->fin_sent);
}

static void
grow_queue(struct sim_host *h)
{
    uint32_t most = h->up_max ? 2 * h->up_max : 64;
    uint32_t *queue = calloc(most, sizeof *queue);
    check(queue);
    for (uint32_t i = 0; i < h->up_count; i++) {
        queue[i] = h->up_queue[(h->up_first + i) % h->up_max];
    }
    free(h->up_queue);
    h->up_queue = queue;
    h->up_first = 0;
    h->up_max = most;
}

/* Lines up what flows towards `side` for the uplink of the other side. */
static void
uplink_join(struct sim *sim, struct tcp *t, uint8_t side)
{
    struct tcp_end *e = &t->end[side];
    struct sim_host *h = t->end[1 - side].host;
    if (e->waits || !has_to_send(e)) {
        return;
    }
    if (h->up_count == h->up_max) {
        grow_queue(h);
    }
    h->up_queue[(h->up_first + h->up_count) % h->up_max] = (uint32_t)(t - sim->tcps) * 2 + side;
    h->up_count++;
    e->waits = true;
    uplink_schedule(h);
}

/* Bytes on the line for `len` of a connection. */
static uint64_t
on_line(uint64_t len)
{
    uint64_t frames = len ? (len + FRAME_DATA - 1) / FRAME_DATA : 1;
    return len + frames * FRAME_HEADERS;
}

static void
send_segment(struct sim *sim, struct tcp *t, uint8_t side)
{
    struct tcp_end *e = &t->end[side];
    struct sim_host *from = t->end[1 - side].host;
    uint64_t len = e->written - e->sent;
    len = len < SEGMENT_MAX ? len : SEGMENT_MAX;
    e->sent += len;
    if (from->config.up) {
        from->up_free_us = sim->now_us + (int64_t)(on_line(len) * 1000000 / from->config.up);
    } else {
        from->up_free_us = sim->now_us;
    }
    int64_t arrives = sim_arrival(from, e->host, from->up_free_us);
    e->last_us = arrives > e->last_us ? arrives : e->last_us;
    struct event ev = tcp_event_for(sim, t, EVENT_ARRIVE, side);
    ev.at_us = e->last_us;
    ev.len = (uint32_t)len;
    ev.fin = e->fin && e->sent == e->written;
    e->fin_sent = ev.fin;
    sim_push(sim, ev);
}

static void
on_uplink(struct sim *sim, struct sim_host *h)
{
    h->up_busy = false;
    while (h->up_count > 0) {
        uint32_t entry = h->up_queue[h->up_first];
        h->up_first = (h->up_first + 1) % h->up_max;
        h->up_count--;
        struct tcp *t = &sim->tcps[entry / 2];
        uint8_t side = (uint8_t)(entry % 2);
        struct tcp_end *e = &t->end[side];
        if (!t->used || !e->waits || t->end[1 - side].host != h) {
            continue; /* the connection has gone, and another has its place */
        }
        e->waits = false;
        if (has_to_send(e)) {
            send_segment(sim, t, side);
            uplink_join(sim, t, side);
            break;
        }
    }
    uplink_schedule(h);
}

/* Tells the end `side` that the connection is broken, behind what is under way to it. */
static void
send_reset(struct sim *sim, struct tcp *t, uint8_t side)
{
    struct tcp_end *e = &t->end[side];
    e->written = e->sent; /* what was not sent yet never will be */
    int64_t arrives = sim_arrival(t->end[1 - side].host, e->host, sim->now_us);
    e->last_us = arrives > e->last_us ? arrives : e->last_us;
    struct event ev = tcp_event_for(sim, t, EVENT_RESET, side);
    ev.at_us = e->last_us + 1;
    sim_push(sim, ev);
}

static void
on_deliver(struct sim *sim, struct tcp *t, const struct event *e)
{
    struct tcp_end *end = &t->end[e->side];
    if (end->host->off) {
        return;
    }
    end->delivered += e->len;
    if (end->closed) {
        end->read = end->delivered;
        if (e->len > 0) {
            send_reset(sim, t, 1 - e->side);
        }
        return;
    }
    end->fin_delivered = e->fin;
    sim_wake_host(end->host);
}

static void
on_arrive(struct sim *sim, struct tcp *t, const struct event *e)
{
    struct sim_host *h = t->end[e->side].host;
    if (h->off) {
        return; /* sent again and again, and never answered */
    }
    if (h->break_one_in && random_below(&sim->random, h->break_one_in) == 0) {
        sim_say(sim, "a connection of %s breaks", h->config.name);
        send_reset(sim, t, 0);
        send_reset(sim, t, 1);
        return;
    }
    struct event ev = *e;
    ev.kind = EVENT_DELIVER;
    ev.at_us = sim_received(h, on_line(e->len));
    if (ev.at_us == sim->now_us) {
        on_deliver(sim, t, &ev);
    } else {
        sim_push(sim, ev);
    }
}

static void
on_reset(struct tcp *t, uint8_t side)
{
    struct tcp_end *end = &t->end[side];
    if (!end->closed && !end->host->off) {
        end->broken = true;
        t->end[1 - side].written = t->end[1 - side].sent;
        sim_wake_host(end->host);
    }
}

/* --- connecting --------------------------------------------------------------------- */

static void
answer_syn(struct sim *sim, struct tcp *t, enum event_kind kind)
{
    struct event ev = tcp_event_for(sim, t, kind, 0);
    ev.at_us = sim_arrival(t->end[1].host, t->end[0].host, sim->now_us);
    sim_push(sim, ev);
}

static void
on_syn(struct sim *sim, struct tcp *t)
{
    struct sim_host *h = t->end[1].host;
    if (h->off || random_below(&sim->random, 100) < h->ignore) {
        return;
    }
    struct sock *listener = sock_bound(h, SOCK_LISTEN, &t->addr[1]);
    if (!listener || random_below(&sim->random, 100) < h->refuse) {
        answer_syn(sim, t, EVENT_REFUSED);
        return;
    }
    if (listener->backlog_count == BACKLOG_MAX) {
        return;
    }
    listener->backlog[listener->backlog_count++] = (uint32_t)(t - sim->tcps) + 1;
    t->end[1].closed = false;
    t->end[0].last_us = sim->now_us; /* nothing overtakes the answer */
    answer_syn(sim, t, EVENT_SYN_ACK);
    sim_wake_host(h);
}

void
tcp_event(struct sim *sim, const struct event *e)
{
    if (e->kind == EVENT_UPLINK) {
        on_uplink(sim, sim->hosts[e->a]);
        return;
    }
    struct tcp *t = &sim->tcps[e->a];
    if (!t->used || t->serial != e->b) {
        return; /* nobody is left to whom it would matter */
    }
    switch (e->kind) {
    case EVENT_ARRIVE: on_arrive(sim, t, e); break;
    case EVENT_DELIVER: on_deliver(sim, t, e); break;
    case EVENT_RESET: on_reset(t, e->side); break;
    case EVENT_SYN: on_syn(sim, t); break;
    case EVENT_SYN_ACK:
    case EVENT_REFUSED:
        t->established = e->kind == EVENT_SYN_ACK;
        sim_note(sim, "%s %s %s:%u", t->end[0].host->config.name,
                 t->established ? "reaches" : "is refused by", t->end[1].host->config.name,
                 t->addr[1].port);
        t->error = t->established ? SYS_OK : SYS_REFUSED;
        sim_wake_host(t->end[0].host);
        break;
    case EVENT_CALL:
    case EVENT_UPLINK:
    case EVENT_DATAGRAM:
    case EVENT_LOOKUP:
    case EVENT_SYNC: check_failed(__FILE__, __LINE__);
    }
}

void
tcp_close(struct sim *sim, struct tcp *t, uint8_t side)
{
    struct tcp_end *own = &t->end[side];
    struct tcp_end *other = &t->end[1 - side];
    own->closed = true;
    own->sock = 0;
    if (!own->broken && !other->closed) {
        if (own->delivered > own->read) {
            send_reset(sim, t, 1 - side);
        } else {
            other->fin = true;
            uplink_join(sim, t, 1 - side);
        }
    }
    own->read = own->delivered;
    tcp_free_if_closed(sim, t);
}

/* Without a word to the other side. */
void
tcp_vanish(struct sim *sim, struct tcp *t, uint8_t side)
{
    t->end[side].closed = true;
    tcp_free_if_closed(sim, t);
}

/* It waited to be accepted, and never will be. */
void
tcp_turn_away(struct sim *sim, struct tcp *t)
{
    if (!t->end[0].closed) {
        send_reset(sim, t, 0);
    }
    tcp_vanish(sim, t, 1);
}

/* The first packet of a new connection. */
void
tcp_begin(struct sim *sim, struct tcp *t)
{
    struct event ev = tcp_event_for(sim, t, EVENT_SYN, 1);
    ev.at_us = sim_arrival(t->end[0].host, t->end[1].host, sim->now_us);
    sim_push(sim, ev);
}

/* Something was written towards `side`. */
void
tcp_sent(struct sim *sim, struct tcp *t, uint8_t side)
{
    uplink_join(sim, t, side);
}

uint8_t *
tcp_ring(struct sim *sim, struct tcp_end *e)
{
    if (!e->ring) {
        e->ring = ring_take(sim);
    }
    return e->ring;
}

/* An empty pipe needs no memory. */
void
tcp_was_read(struct sim *sim, struct tcp_end *e)
{
    if (e->read == e->written && e->ring) {
        ring_give(sim, e->ring);
        e->ring = NULL;
    }
}

/* Power is back: what others sent meanwhile, and send again now, is answered by a reset. */
void
tcp_host_back(struct sim_host *h)
{
    struct sim *sim = h->sim;
    for (uint32_t i = 0; i < sim->tcp_top; i++) {
        struct tcp *t = &sim->tcps[i];
        for (uint8_t side = 0; t->used && side < 2; side++) {
            struct tcp_end *e = &t->end[side];
            if (e->host == h && e->closed && e->sent > e->delivered) {
                send_reset(sim, t, 1 - side);
            }
        }
    }
}
