/* A tracker with moods. It remembers who announced and tells everybody of some others, drawn by
 * chance. */
#include "sim/tracker_actor.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "wire/http.h"

enum { CONNECTION_ID = 0x5eed };

/* --- what it knows ------------------------------------------------------------------ */

static struct tracker_peer *
find_peer(struct tracker_actor *t, const struct addr *a)
{
    for (size_t i = 0; i < t->peer_count; i++) {
        if (addr_equal(&t->peers[i].addr, a)) {
            return &t->peers[i];
        }
    }
    return NULL;
}

void
tracker_add(struct tracker_actor *t, const struct addr *a)
{
    if (find_peer(t, a)) {
        return;
    }
    if (t->peer_count == t->peer_max) {
        t->peer_max = t->peer_max ? 2 * t->peer_max : 64;
        t->peers = realloc(t->peers, t->peer_max * sizeof *t->peers);
        check(t->peers);
    }
    t->peers[t->peer_count++] = (struct tracker_peer){.addr = *a};
}

static void
count_event(struct tracker_actor *t, enum announce_event event)
{
    t->announces++;
    switch (event) {
    case EVENT_NONE: break;
    case EVENT_STARTED: t->started++; break;
    case EVENT_COMPLETED: t->completed++; break;
    case EVENT_STOPPED: t->stopped++; break;
    }
}

/* Brings as many as are wanted to the front, by chance. */
static size_t
draw(struct tracker_actor *t, uint32_t wanted)
{
    size_t most = t->answer_max ? t->answer_max : TRACKER_ANSWER_MAX;
    most = most < wanted ? most : wanted;
    most = most < t->peer_count ? most : t->peer_count;
    for (size_t i = 0; i < most; i++) {
        size_t with = (size_t)sim_between(sim_host_world(t->host), (int64_t)i,
                                          (int64_t)t->peer_count - 1);
        struct tracker_peer drawn = t->peers[with];
        t->peers[with] = t->peers[i];
        t->peers[i] = drawn;
    }
    return most;
}

static struct tracker_reply
hear(struct tracker_actor *t, const struct tracker_announce *a, struct addr from)
{
    count_event(t, a->request.event);
    from.port = a->request.port;
    struct tracker_peer *known = find_peer(t, &from);
    if (a->request.event == EVENT_STOPPED) {
        if (known) {
            *known = t->peers[--t->peer_count];
        }
    } else if (from.port > 1) {
        tracker_add(t, &from);
        known = find_peer(t, &from);
        if (known) {
            memcpy(known->peer_id, a->request.peer_id, sizeof known->peer_id);
        }
    }
    return (struct tracker_reply){
        .interval_s = t->interval_s,
        .interval_min_s = 0,
        .seeds = t->seeds,
        .leechers = (uint32_t)t->peer_count,
        .external = from,
        .peers = t->peers,
        .peer_count = a->request.event == EVENT_STOPPED ? 0 : draw(t, a->request.numwant),
    };
}

/* --- HTTP --------------------------------------------------------------------------- */

static void
answer_http(struct tracker_actor *t, struct tracker_client *c, const struct http_head *head,
            const struct addr *from)
{
    static uint8_t body_memory[sizeof c->out - 512];
    struct buf body = BUF(body_memory);
    struct bytes query;
    struct tracker_announce a;
    const char *failure = "not an announce";
    if (tracker_http_target(head->target, &query) == TRACKER_HTTP_ANNOUNCE) {
        failure = tracker_http_announce(&a, query);
    }
    if (failure) {
        sim_fail(sim_host_world(t->host), "a bad announce: %s", failure);
        return;
    }
    if (t->mood == TRACKER_BROKEN) {
        buf_text(&body, sim_chance(sim_host_world(t->host), 50) ? "<html>hello" : "d5:peers");
    } else if (t->mood == TRACKER_FAILING) {
        tracker_put_failure(&body, "come back later");
    } else {
        struct tracker_reply reply = hear(t, &a, *from);
        tracker_put_announce(&body, &reply, a.compact, a.no_peer_id);
    }
    struct buf b = BUF(c->out);
    buf_text(&b, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ");
    buf_u64(&b, body.len);
    buf_text(&b, "\r\n\r\n");
    buf_add(&b, buf_bytes(&body));
    check(!b.full && !body.full);
    c->out_len = b.len;
    c->out_at = 0;
}

static void
accept_all(struct tracker_actor *t)
{
    for (size_t i = 0; i < TRACKER_CLIENTS_MAX; i++) {
        struct tracker_client *c = &t->clients[i];
        if (c->sock != SYS_NONE) {
            continue;
        }
        if (sys_tcp_accept(t->tcp, &c->sock, &c->addr) != SYS_OK) {
            return;
        }
        c->in_len = c->out_len = c->out_at = 0;
        c->want = 0;
    }
}

static void
client_turn(struct tracker_actor *t, size_t i, const struct sys_wants *w)
{
    struct tracker_client *c = &t->clients[i];
    if (sys_can_read(w, c->want)) {
        int64_t n = sys_tcp_recv(c->sock, c->in + c->in_len, sizeof c->in - c->in_len);
        if (n == 0 || (n < 0 && n != SYS_AGAIN)) {
            sys_sock_close(&c->sock);
            return;
        }
        c->in_len += n > 0 ? (size_t)n : 0;
        struct http_head head;
        enum parse got = http_parse_request(&head, bytes_of(c->in, c->in_len));
        if (got == PARSE_BAD) {
            sim_fail(sim_host_world(t->host), "a bad HTTP request");
        }
        if (got == PARSE_OK && c->out_len == 0 && t->mood != TRACKER_SILENT) {
            answer_http(t, c, &head, &c->addr);
        }
    }
    if (c->out_at < c->out_len && sys_can_write(w, c->want)) {
        int64_t n = sys_tcp_send(c->sock, c->out + c->out_at, c->out_len - c->out_at, false);
        c->out_at += n > 0 ? (size_t)n : 0;
        if (n < 0 || c->out_at == c->out_len) {
            sys_sock_close(&c->sock);
        }
    }
}

/* --- UDP ---------------------------------------------------------------------------- */

static void
answer_udp(struct tracker_actor *t, const struct tracker_udp_request *q, const struct addr *from)
{
    uint8_t memory[2048];
    struct buf b = BUF(memory);
    if (t->mood == TRACKER_SILENT) {
        return;
    }
    if (t->mood == TRACKER_BROKEN) {
        buf_text(&b, "what?");
    } else if (q->action == UDP_CONNECT) {
        tracker_udp_put_connect(&b, q->transaction, CONNECTION_ID);
    } else if (t->mood == TRACKER_FAILING || q->connection != CONNECTION_ID) {
        tracker_udp_put_error(&b, q->transaction, "come back later");
    } else if (q->action == UDP_ANNOUNCE) {
        struct tracker_reply reply = hear(t, &q->announce, *from);
        tracker_udp_put_announce(&b, q->transaction, &reply, !addr_is_v4(from));
    }
    check(!b.full);
    sys_udp_send(t->udp, b.ptr, b.len, from);
}

static void
udp_turn(struct tracker_actor *t)
{
    uint8_t packet[4096];
    struct addr from;
    int64_t n;
    while ((n = sys_udp_recv(t->udp, packet, sizeof packet, &from)) >= 0) {
        struct tracker_udp_request q;
        if (tracker_udp_parse(&q, bytes_of(packet, (size_t)n))) {
            answer_udp(t, &q, &from);
        } else {
            sim_fail(sim_host_world(t->host), "a bad UDP announce");
        }
    }
}

/* --- the actor ---------------------------------------------------------------------- */

static void
on_wants(void *context, struct sys_wants *w, int64_t now_ms)
{
    struct tracker_actor *t = context;
    (void)now_ms;
    bool room = false;
    for (size_t i = 0; i < TRACKER_CLIENTS_MAX; i++) {
        struct tracker_client *c = &t->clients[i];
        c->want = sys_wants_add(w, c->sock, c->in_len < sizeof c->in, c->out_at < c->out_len);
        room = room || c->sock == SYS_NONE;
    }
    t->want_tcp = sys_wants_add(w, t->tcp, room, false);
    t->want_udp = sys_wants_add(w, t->udp, true, false);
}

static void
on_turn(void *context, const struct sys_wants *w, int64_t now_ms)
{
    struct tracker_actor *t = context;
    (void)now_ms;
    for (size_t i = 0; i < TRACKER_CLIENTS_MAX; i++) {
        if (t->clients[i].sock != SYS_NONE) {
            client_turn(t, i, w);
        }
    }
    if (sys_can_read(w, t->want_tcp)) {
        accept_all(t);
    }
    if (sys_can_read(w, t->want_udp)) {
        udp_turn(t);
    }
}

void
tracker_start(struct tracker_actor *t)
{
    struct addr at = {0};
    sim_revive(t->host);
    sim_enter(t->host);
    at.port = 80;
    check(sys_tcp_listen(&at, &t->tcp) == SYS_OK);
    at.port = 6969;
    check(sys_udp_open(&at, &t->udp) == SYS_OK);
    struct sim_actor actor = {on_wants, on_turn, t};
    sim_start(t->host, &actor);
}

void
tracker_end(struct tracker_actor *t)
{
    sim_enter(t->host);
    for (size_t i = 0; i < TRACKER_CLIENTS_MAX; i++) {
        sys_sock_close(&t->clients[i].sock);
    }
    sys_sock_close(&t->tcp);
    sys_sock_close(&t->udp);
    free(t->peers);
    t->peers = NULL;
    sim_end(t->host);
}
