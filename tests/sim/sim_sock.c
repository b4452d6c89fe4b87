/* Sockets of all kinds: handles, ports, closing. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* A handle holds a serial number too, so that one used after its close is noticed. */
static sys_sock
handle_of(const struct sim *sim, const struct sock *s)
{
    return (sys_sock)((s->serial % 32768) << 16 | (uint32_t)(s - sim->socks)) + 1;
}

struct sock *
sock_of(sys_sock handle)
{
    struct sim_host *h = sim_here();
    uint32_t index = (uint32_t)(handle - 1) & 0xffff;
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
    uint32_t i = 0;
    while (i < sim->sock_top && sim->socks[i].kind != SOCK_NONE) {
        i++;
    }
    check(i < SOCKS_MAX);
    if (i == sim->sock_top) {
        sim->sock_top++;
    }
    struct sock *s = &sim->socks[i];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->serial = ++sim->serial;
    s->host = h;
    s->last = &s->first;
    *handle = handle_of(sim, s);
    return s;
}

void
sock_free(struct sock *s)
{
    s->kind = SOCK_NONE;
}

struct sock *
sock_bound(struct sim_host *h, enum sock_kind kind, const struct addr *a)
{
    static const uint8_t zero[16];
    for (uint32_t i = 0; i < h->sim->sock_top; i++) {
        struct sock *s = &h->sim->socks[i];
        bool all = memcmp(s->local.ip, zero, 16) == 0;
        if (s->kind == kind && s->host == h && s->local.port == a->port &&
            (all || addr_same_ip(&s->local, a))) {
            return s;
        }
    }
    return NULL;
}

bool
sock_port_taken(struct sim_host *h, enum sock_kind kind, uint16_t port)
{
    for (uint32_t i = 0; i < h->sim->sock_top; i++) {
        const struct sock *s = &h->sim->socks[i];
        if (s->kind == kind && s->host == h && s->local.port == port) {
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
