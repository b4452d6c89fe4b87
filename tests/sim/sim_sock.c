/* Sockets of all kinds: handles, ports, closing. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* A handle holds a serial number too, so that one used after its close is noticed. */
static sys_sock
handle_of(const struct sim *sim, const struct sock *s)
{
    return (sys_sock)((uint64_t)(s->serial % 32768) << 32 | (uint32_t)(s - sim->socks)) + 1;
}

struct sock *
sock_of(sys_sock handle)
{
    struct sim_host *h = sim_here();
    uint32_t index = (uint32_t)(handle - 1);
    if (sim_is_ghost()) {
        return NULL;
    }
    if (handle <= 0 || index >= h->sim->sock_top) {
        sim_fail(h->sim, "%s uses %lld, which is no socket", h->config.name, (long long)handle);
        return NULL;
    }
    struct sock *s = &h->sim->socks[index];
    if (s->kind == SOCK_NONE || s->host != h || handle_of(h->sim, s) != handle) {
        sim_fail(h->sim, "%s uses a socket that is closed or not its own", h->config.name);
        return NULL;
    }
    return s;
}

void
sock_tell(struct sim *sim, sys_sock handle)
{
    const struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_TCP) {
        sim_note(sim, "  socket of kind %d", s ? s->kind : SOCK_NONE);
        return;
    }
    const struct tcp *t = &sim->tcps[s->tcp - 1];
    const struct tcp_end *e = &t->end[s->side];
    sim_note(sim, "  connection to %s:%u%s%s%s, %llu bytes to read, ended %d, broken %d",
             t->end[1 - s->side].host->config.name, t->addr[1 - s->side].port,
             s->side ? " (it came)" : "", s->side || t->established ? "" : " (not yet)",
             t->error ? " (failed)" : "", (unsigned long long)(e->delivered - e->read),
             e->fin_delivered, e->broken);
}

struct sock *
sock_new(struct sim_host *h, enum sock_kind kind, sys_sock *handle)
{
    struct sim *sim = h->sim;
    uint32_t i = sim->free_sock ? sim->free_sock - 1 : sim->sock_top;
    if (i == sim->sock_max) {
        sim->sock_max = sim->sock_max ? 2 * sim->sock_max : 256;
        sim->socks = realloc(sim->socks, sim->sock_max * sizeof *sim->socks);
        check(sim->socks);
    }
    struct sock *s = &sim->socks[i];
    if (i == sim->sock_top) {
        sim->sock_top++;
    } else {
        sim->free_sock = s->next;
    }
    *s = (struct sock){.kind = kind, .serial = ++sim->serial, .host = h, .next = h->socks};
    if (kind == SOCK_LISTEN) {
        s->backlog = calloc(BACKLOG_MAX, sizeof *s->backlog);
        check(s->backlog);
    }
    if (h->socks) {
        sim->socks[h->socks - 1].previous = i + 1;
    }
    h->socks = i + 1;
    *handle = handle_of(sim, s);
    return s;
}

void
sock_free(struct sock *s)
{
    struct sim *sim = s->host->sim;
    if (s->previous) {
        sim->socks[s->previous - 1].next = s->next;
    } else {
        s->host->socks = s->next;
    }
    if (s->next) {
        sim->socks[s->next - 1].previous = s->previous;
    }
    free(s->backlog);
    *s = (struct sock){.kind = SOCK_NONE, .next = sim->free_sock};
    sim->free_sock = (uint32_t)(s - sim->socks) + 1;
}

struct sock *
sock_bound(struct sim_host *h, enum sock_kind kind, const struct addr *a)
{
    static const uint8_t zero[16];
    for (uint32_t i = h->socks; i; i = h->sim->socks[i - 1].next) {
        struct sock *s = &h->sim->socks[i - 1];
        bool all = memcmp(s->local.ip, zero, 16) == 0;
        if (s->kind == kind && s->local.port == a->port &&
            (all || addr_same_ip(&s->local, a))) {
            return s;
        }
    }
    return NULL;
}

bool
sock_port_taken(struct sim_host *h, enum sock_kind kind, uint16_t port)
{
    for (uint32_t i = h->socks; i; i = h->sim->socks[i - 1].next) {
        const struct sock *s = &h->sim->socks[i - 1];
        if (s->kind == kind && s->local.port == port) {
            return true;
        }
    }
    return false;
}

uint16_t
sock_pick_port(struct sim_host *h, enum sock_kind kind)
{
    do {
        h->next_port = h->next_port < 65535 ? (uint16_t)(h->next_port + 1) : 49152;
    } while (sock_port_taken(h, kind, h->next_port));
    return h->next_port;
}

struct addr
sys_sock_local(sys_sock handle)
{
    struct sock *s = sock_of(handle);
    return s ? s->local : (struct addr){0};
}
