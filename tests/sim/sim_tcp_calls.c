/* Simulated TCP: the calls of sys.h. */
#include "sim/world.h"

#include <string.h>

#include "base/check.h"

enum { ROOM_TO_WAKE = PIPE_SIZE / 4, SHORT_ONE_IN = 16 };

int
sys_tcp_listen(const struct addr *at, sys_sock *out)
{
    struct sim_host *h = sim_here();
    if (at->port && sock_port_taken(h, SOCK_LISTEN, at->port)) {
        return SYS_IN_USE;
    }
    uint16_t port = at->port ? at->port : sock_pick_port(h, SOCK_LISTEN);
    struct sock *s = sock_new(h, SOCK_LISTEN, out);
    s->local = *at;
    s->local.port = port;
    sim_deed(20, port, 0);
    return SYS_OK;
}

int
sys_tcp_accept(sys_sock handle, sys_sock *out, struct addr *from)
{
    struct sock *l = sock_of(handle);
    if (!l || l->kind != SOCK_LISTEN || l->backlog_count == 0) {
        return SYS_AGAIN;
    }
    uint32_t tcp = l->backlog[0];
    l->backlog_count--;
    memmove(l->backlog, l->backlog + 1, l->backlog_count * sizeof *l->backlog);
    struct sock *s = sock_new(l->host, SOCK_TCP, out);
    s->tcp = tcp;
    s->side = 1;
    struct tcp *t = tcp_of(s);
    s->local = t->addr[1];
    t->end[1].sock = tcp;
    *from = t->addr[0];
    sim_deed(21, tcp, from->port);
    return SYS_OK;
}

int
sys_tcp_connect(const struct addr *to, sys_sock *out)
{
    struct sim_host *h = sim_here();
    struct sim *sim = h->sim;
    bool v6 = !addr_is_v4(to);
    if (sim_is_ghost() || (v6 && !h->config.v6)) {
        return SYS_UNREACHABLE;
    }
    struct sock *s = sock_new(h, SOCK_TCP, out);
    s->local = sim_host_addr(h, v6, sock_pick_port(h, SOCK_TCP));
    uint32_t i = tcp_new(sim);
    s->tcp = i + 1;
    struct tcp *t = &sim->tcps[i];
    struct sim_host *there = sim_find_host(sim, to);
    t->addr[0] = s->local;
    t->addr[1] = *to;
    t->end[0].host = h;
    t->end[0].sock = i + 1;
    t->end[1].host = there ? there : h;
    t->end[1].closed = true; /* until the SYN has come */
    sim_deed(22, i, to->port);
    sim_note(sim, "%s connects to %s:%u", h->config.name, there ? there->config.name : "nowhere",
             to->port);
    if (there) {
        tcp_begin(sim, t);
    }
    return SYS_OK;
}

int
sys_tcp_connected(sys_sock handle)
{
    struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_TCP) {
        return SYS_OTHER;
    }
    struct tcp *t = tcp_of(s);
    if (s->side == 0 && !t->established) {
        return t->error ? t->error : SYS_AGAIN;
    }
    return t->end[s->side].broken ? SYS_RESET : SYS_OK;
}

static size_t
cut_short(struct sim *sim, uint64_t n)
{
    if (n > 1 && random_below(&sim->random, SHORT_ONE_IN) == 0) {
        n = 1 + random_u64(&sim->random) % n;
    }
    return (size_t)n;
}

uint64_t
tcp_room(const struct tcp_end *e)
{
    return PIPE_SIZE - (e->written - e->read);
}

int64_t
sys_tcp_recv(sys_sock handle, void *out, size_t max)
{
    struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_TCP) {
        return SYS_RESET;
    }
    struct sim *sim = s->host->sim;
    struct tcp *t = tcp_of(s);
    struct tcp_end *e = &t->end[s->side];
    uint64_t there = e->delivered - e->read;
    if (there == 0) {
        return e->broken ? SYS_RESET : e->fin_delivered ? 0 : SYS_AGAIN;
    }
    size_t n = cut_short(sim, there < max ? there : max);
    size_t at = e->read % PIPE_SIZE;
    size_t first = n < PIPE_SIZE - at ? n : PIPE_SIZE - at;
    memcpy(out, e->ring + at, first);
    memcpy((uint8_t *)out + first, e->ring, n - first);
    bool was_full = tcp_room(e) < ROOM_TO_WAKE;
    e->read += n;
    tcp_was_read(sim, e);
    if (was_full && tcp_room(e) >= ROOM_TO_WAKE) {
        sim_wake_host(t->end[1 - s->side].host);
    }
    sim_deed(23, s->tcp, n);
    return (int64_t)n;
}

int64_t
sys_tcp_send(sys_sock handle, const void *data, size_t len, bool more)
{
    (void)more;
    struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_TCP) {
        return SYS_RESET;
    }
    struct sim *sim = s->host->sim;
    struct tcp *t = tcp_of(s);
    struct tcp_end *e = &t->end[1 - s->side];
    if (t->end[s->side].broken) {
        return SYS_RESET;
    }
    if (s->side == 0 && !t->established) {
        return t->error ? SYS_RESET : SYS_AGAIN;
    }
    uint64_t room = tcp_room(e);
    size_t n = cut_short(sim, len < room ? len : room);
    if (n == 0) {
        return len ? SYS_AGAIN : 0;
    }
    uint8_t *ring = tcp_ring(sim, e);
    size_t at = e->written % PIPE_SIZE;
    size_t first = n < PIPE_SIZE - at ? n : PIPE_SIZE - at;
    memcpy(ring + at, data, first);
    memcpy(ring, (const uint8_t *)data + first, n - first);
    e->written += n;
    tcp_sent(sim, t, 1 - s->side);
    sim_deed(24, s->tcp, n);
    return (int64_t)n;
}

int64_t
sys_tcp_send_file(sys_sock handle, sys_file f, int64_t offset, size_t len)
{
    static uint8_t copy[PIPE_SIZE];
    struct sock *s = sock_of(handle);
    if (!s || s->kind != SOCK_TCP) {
        return SYS_RESET;
    }
    uint64_t room = tcp_room(&tcp_of(s)->end[1 - s->side]);
    size_t want = len < room ? len : (size_t)room;
    if (want == 0) {
        return len ? SYS_AGAIN : 0;
    }
    int64_t n = sys_file_read(f, offset, copy, want);
    if (n <= 0) {
        return n < 0 ? n : SYS_IO;
    }
    return sys_tcp_send(handle, copy, (size_t)n, false);
}

static void
listener_close(struct sock *s)
{
    struct sim *sim = s->host->sim;
    for (uint32_t i = 0; i < s->backlog_count; i++) {
        tcp_turn_away(sim, &sim->tcps[s->backlog[i] - 1]);
    }
}

void
close_sock(struct sock *s)
{
    switch (s->kind) {
    case SOCK_NONE: break;
    case SOCK_LISTEN: listener_close(s); break;
    case SOCK_TCP: tcp_close(s->host->sim, tcp_of(s), s->side); break;
    case SOCK_UDP: udp_close(s); break;
    }
    sock_free(s);
}

void
sys_sock_close(sys_sock *handle)
{
    if (*handle == SYS_NONE) {
        return;
    }
    struct sock *s = sock_of(*handle);
    if (s) {
        sim_deed(25, s->kind, s->tcp);
        close_sock(s);
    }
    *handle = SYS_NONE;
}

void
tcp_ready(struct sock *s, bool *read, bool *write)
{
    *read = s->kind == SOCK_LISTEN ? s->backlog_count > 0 : s->first != NULL;
    *write = s->kind == SOCK_UDP;
    if (s->kind != SOCK_TCP) {
        return;
    }
    const struct tcp *t = tcp_of(s);
    const struct tcp_end *e = &t->end[s->side];
    bool open = s->side == 1 || t->established;
    bool failed = e->broken || (!open && t->error);
    *read = failed || (open && (e->delivered > e->read || e->fin_delivered));
    *write = failed || (open && tcp_room(&t->end[1 - s->side]) >= ROOM_TO_WAKE);
}

/* The ends of a host vanish: with a word, or without one (`silent`). */
void
tcp_host_gone(struct sim_host *h, bool silent)
{
    struct sim *sim = h->sim;
    while (h->socks) {
        struct sock *s = &sim->socks[h->socks - 1];
        if (silent && s->kind == SOCK_TCP) {
            tcp_vanish(sim, tcp_of(s), s->side);
            sock_free(s);
        } else {
            close_sock(s);
        }
    }
}
