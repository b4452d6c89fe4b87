/* Simulated UDP: datagrams may be lost, doubled and overtake each other. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { DATAGRAM_SIZE_MAX = 65507, HEADERS = 28 };

int
sys_udp_open(const struct addr *at, sys_sock *out)
{
    struct sim_host *h = sim_here();
    if (at->port && sock_port_taken(h, SOCK_UDP, at->port)) {
        return SYS_IN_USE;
    }
    uint16_t port = at->port ? at->port : sock_pick_port(h, SOCK_UDP);
    struct sock *s = sock_new(h, SOCK_UDP, out);
    s->local = *at;
    s->local.port = port;
    sim_deed(10, s->local.port, 0);
    return SYS_OK;
}

void
udp_close(struct sock *s)
{
    while (s->first) {
        struct datagram *d = s->first;
        s->first = d->next;
        free(d);
    }
}

static struct datagram *
datagram_new(const struct addr *from, const struct addr *to, const void *data, size_t len)
{
    struct datagram *d = calloc(1, sizeof *d + len);
    check(d);
    d->from = *from;
    d->to = *to;
    d->len = len;
    memcpy(d->data, data, len);
    return d;
}

int64_t
sys_udp_send(sys_sock handle, const void *data, size_t len, const struct addr *to)
{
    struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_UDP || len > DATAGRAM_SIZE_MAX) {
        return SYS_OTHER;
    }
    struct sim_host *h = sim_here();
    struct sim *sim = h->sim;
    sim_deed(11, len, to->port);
    bool v4 = addr_is_v4(to);
    sim_note(sim, "%s sends %zu bytes by UDP", h->config.name, len);
    if (!v4 && !h->config.v6) {
        return SYS_UNREACHABLE;
    }
    struct sim_host *there = sim_find_host(sim, to);
    if (!there) {
        return (int64_t)len;
    }
    int64_t leaves = h->up_free_us > sim->now_us ? h->up_free_us : sim->now_us;
    if (h->config.up) {
        leaves += (int64_t)((len + HEADERS) * 1000000 / h->config.up);
        h->up_free_us = leaves;
    }
    uint32_t copies = random_below(&sim->random, 100) < there->udp_doubled ? 2 : 1;
    struct addr from = sim_host_addr(h, !v4, s->local.port);
    for (uint32_t i = 0; i < copies; i++) {
        if (random_below(&sim->random, 100) < there->udp_lost) {
            continue;
        }
        sim_push(sim, (struct event){.at_us = sim_arrival(h, there, leaves),
                                     .kind = EVENT_DATAGRAM,
                                     .a = there->index,
                                     .datagram = datagram_new(&from, to, data, len)});
    }
    return (int64_t)len;
}

void
udp_event(struct sim *sim, const struct event *e)
{
    struct sim_host *h = sim->hosts[e->a];
    struct datagram *d = e->datagram;
    struct sock *s = h->off ? NULL : sock_bound(h, SOCK_UDP, &d->to);
    if (!s || s->datagram_count == DATAGRAMS_MAX) {
        free(d);
        return;
    }
    if (s->last) {
        s->last->next = d;
    } else {
        s->first = d;
    }
    s->last = d;
    s->datagram_count++;
    sim_wake_host(h);
}

int64_t
sys_udp_recv(sys_sock handle, void *out, size_t max, struct addr *from)
{
    struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_UDP) {
        return SYS_OTHER;
    }
    struct datagram *d = s->first;
    if (!d) {
        return SYS_AGAIN;
    }
    s->first = d->next;
    if (!s->first) {
        s->last = NULL;
    }
    s->datagram_count--;
    size_t len = d->len < max ? d->len : max;
    memcpy(out, d->data, len);
    *from = d->from;
    free(d);
    sim_deed(12, len, from->port);
    return (int64_t)len;
}
