/* It waits to be connected to, greets, has everything, unchokes, and then misbehaves. */
#include "sim/poison_actor.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { HARM_AFTER = 3, TICK_MS = 300 };

enum poison_kind
poison_any_kind(struct sim *sim)
{
    return (enum poison_kind)sim_between(sim, 0, POISON_KINDS - 1);
}

static struct random *
chance_of(const struct poison_actor *p)
{
    return sim_random(sim_host_world(p->host));
}

/* Room for what is put next; what does not fit is not sent. */
static struct buf
out_of(struct poison_conn *c)
{
    if (c->out_at == c->out_len) {
        c->out_at = c->out_len = 0;
    }
    return buf_over(c->out + c->out_len, POISON_OUT_MAX - c->out_len);
}

static void
put(struct poison_conn *c, const struct buf *b)
{
    c->out_len += b->full ? 0 : b->len;
}

static void
greet(struct poison_actor *p, struct poison_conn *c)
{
    const struct torrent *t = &p->content->torrent;
    struct buf b = out_of(c);
    struct handshake h = {.fast = true};
    memcpy(h.info_hash, t->info_hash, sizeof h.info_hash);
    memcpy(h.peer_id, "-XX0001-poisonpoison", sizeof h.peer_id);
    h.peer_id[19] = (uint8_t)random_u64(chance_of(p));
    if (p->kind == POISON_HANDSHAKE) {
        h.info_hash[7] ^= 1;
    }
    peer_put_handshake(&b, &h);
    peer_put_simple(&b, MSG_HAVE_ALL);
    peer_put_simple(&b, MSG_UNCHOKE);
    put(c, &b);
    c->greeted = true;
}

static void
put_block(struct poison_actor *p, struct poison_conn *c, uint32_t piece, uint32_t begin,
          uint32_t length, bool bad)
{
    const struct torrent *t = &p->content->torrent;
    struct buf b = out_of(c);
    uint64_t at = (uint64_t)piece * t->piece_length + begin;
    if (at + length > p->content->size) {
        return;
    }
    peer_put_piece_head(&b, piece, begin, length);
    size_t start = b.len;
    buf_add(&b, bytes_of(p->content->data + at, length));
    if (bad && !b.full) {
        b.ptr[start + random_below(chance_of(p), length)] ^= 0x10;
        p->bad_blocks++;
    }
    put(c, &b);
}

static void
put_noise(struct poison_actor *p, struct poison_conn *c)
{
    struct buf b = out_of(c);
    for (int i = 0; i < 200; i++) {
        buf_byte(&b, (uint8_t)random_u64(chance_of(p)));
    }
    put(c, &b);
}

static void
put_lengths(struct poison_actor *p, struct poison_conn *c)
{
    static const uint32_t lengths[] = {0xffffffff, 0x7fffffff, 0x00100000, 2, 14};
    static const uint8_t ids[] = {MSG_PIECE, MSG_BITFIELD, MSG_HAVE, MSG_CHOKE, MSG_EXTENDED};
    struct buf b = out_of(c);
    buf_be32(&b, lengths[random_below(chance_of(p), 5)]);
    buf_byte(&b, ids[random_below(chance_of(p), 5)]);
    put(c, &b);
    put_noise(p, c);
}

static void
put_indices(struct poison_actor *p, struct poison_conn *c)
{
    struct buf b = out_of(c);
    uint32_t beyond = p->content->torrent.piece_count + random_below(chance_of(p), 3);
    switch (random_below(chance_of(p), 4)) {
    case 0: peer_put_index(&b, MSG_HAVE, beyond); break;
    case 1: peer_put_request(&b, MSG_REQUEST, 0, 0xffffffff, 16384); break;
    case 2: peer_put_request(&b, MSG_REJECT, beyond, 0, 16384); break;
    default:
        peer_put_piece_head(&b, beyond, 0xfffffff0, 16);
        buf_text(&b, "sixteen bytes...");
        break;
    }
    put(c, &b);
}

/* Answers a request, well or badly. */
static void
serve(struct poison_actor *p, struct poison_conn *c, const struct peer_message *m)
{
    c->served++;
    bool late = c->served > HARM_AFTER;
    switch (p->kind) {
    case POISON_ALL:
    case POISON_SOME: {
        bool bad = p->kind == POISON_ALL || random_below(chance_of(p), 4) == 0;
        put_block(p, c, m->piece, m->begin, m->length, bad);
        break;
    }
    case POISON_UNASKED: {
        uint32_t other = random_below(chance_of(p), p->content->torrent.piece_count);
        put_block(p, c, other, 0, m->length, true);
        put_block(p, c, m->piece, m->begin, m->length, false);
        break;
    }
    case POISON_LENGTHS:
    case POISON_NOISE:
    case POISON_INDICES:
        put_block(p, c, m->piece, m->begin, m->length, false);
        if (late && p->kind == POISON_LENGTHS) {
            put_lengths(p, c);
        } else if (late && p->kind == POISON_NOISE) {
            put_noise(p, c);
        } else if (late) {
            put_indices(p, c);
        }
        break;
    case POISON_WAVERING:
        if (random_below(chance_of(p), 2)) {
            put_block(p, c, m->piece, m->begin, m->length, false);
        }
        break;
    case POISON_MUTE:
    case POISON_HANDSHAKE:
    case POISON_KINDS: break;
    }
}

static void
waver(struct poison_conn *c)
{
    struct buf b = out_of(c);
    peer_put_simple(&b, MSG_CHOKE);
    peer_put_simple(&b, MSG_UNCHOKE);
    put(c, &b);
}

/* Takes what is complete of the input. False: what came is not the protocol. */
static bool
hear(struct poison_actor *p, struct poison_conn *c)
{
    struct bytes rest = bytes_of(c->in, c->in_len);
    if (!c->greeted) {
        struct handshake h;
        enum parse got = peer_parse_handshake(&h, rest);
        if (got != PARSE_OK) {
            return got == PARSE_MORE;
        }
        greet(p, c);
        rest = bytes_skip(rest, HANDSHAKE_SIZE);
    }
    struct peer_wire_limits limits = {
        .bitfield_len = (p->content->torrent.piece_count + 7) / 8,
        .block_max = 0,
        .extended_max = sizeof c->in - 64,
    };
    struct peer_message m;
    enum parse got;
    while ((got = peer_wire_parse(&m, rest, &limits)) == PARSE_OK) {
        if (m.id == MSG_REQUEST) {
            serve(p, c, &m);
        }
        rest = bytes_skip(rest, m.size);
    }
    memmove(c->in, rest.ptr, rest.len);
    c->in_len = rest.len;
    return got == PARSE_MORE;
}

static void
conn_close_it(struct poison_conn *c)
{
    sys_sock_close(&c->sock);
    free(c->out);
    *c = (struct poison_conn){0};
}

static void
conn_step(struct poison_actor *p, struct poison_conn *c, const struct sys_wants *w, int64_t now_ms)
{
    if (sys_can_read(w, c->want)) {
        int64_t n = sys_tcp_recv(c->sock, c->in + c->in_len, sizeof c->in - c->in_len);
        if (n == 0 || (n < 0 && n != SYS_AGAIN)) {
            conn_close_it(c);
            return;
        }
        c->in_len += n > 0 ? (size_t)n : 0;
        if (!hear(p, c)) {
            sim_fail(sim_host_world(p->host), "a client sends what is no message");
            return;
        }
    }
    if (c->greeted && now_ms >= c->next_ms) {
        c->next_ms = now_ms + TICK_MS;
        if (p->kind == POISON_WAVERING) {
            waver(c);
        }
    }
    if (c->out_at < c->out_len && sys_can_write(w, c->want)) {
        int64_t n = sys_tcp_send(c->sock, c->out + c->out_at, c->out_len - c->out_at, false);
        if (n < 0 && n != SYS_AGAIN) {
            conn_close_it(c);
            return;
        }
        c->out_at += n > 0 ? (size_t)n : 0;
    }
}

static void
on_wants(void *context, struct sys_wants *w, int64_t now_ms)
{
    struct poison_actor *p = context;
    bool room = false;
    for (size_t i = 0; i < POISON_CONNS_MAX; i++) {
        struct poison_conn *c = &p->conns[i];
        bool writes = c->out_at < c->out_len;
        c->want = sys_wants_add(w, c->sock, c->in_len < sizeof c->in && !writes, writes);
        room = room || c->sock == SYS_NONE;
        if (c->greeted) {
            sys_wants_wake(w, c->next_ms > now_ms ? c->next_ms : now_ms + 1);
        }
    }
    p->want = sys_wants_add(w, p->listener, room, false);
}

static void
on_turn(void *context, const struct sys_wants *w, int64_t now_ms)
{
    struct poison_actor *p = context;
    for (size_t i = 0; i < POISON_CONNS_MAX; i++) {
        struct poison_conn *c = &p->conns[i];
        if (c->sock != SYS_NONE) {
            conn_step(p, c, w, now_ms);
        } else if (sys_can_read(w, p->want)) {
            struct addr from;
            if (sys_tcp_accept(p->listener, &c->sock, &from) == SYS_OK) {
                c->out = malloc(POISON_OUT_MAX);
                check(c->out);
            }
        }
    }
}

void
poison_start(struct poison_actor *p)
{
    sim_enter(p->host);
    struct addr at = {.port = POISON_PORT};
    check(sys_tcp_listen(&at, &p->listener) == SYS_OK);
    struct sim_actor actor = {on_wants, on_turn, p};
    sim_start(p->host, &actor);
    sim_say(sim_host_world(p->host), "it poisons in way %d", p->kind);
}

void
poison_end(struct poison_actor *p)
{
    sim_enter(p->host);
    for (size_t i = 0; i < POISON_CONNS_MAX; i++) {
        if (p->conns[i].sock != SYS_NONE) {
            conn_close_it(&p->conns[i]);
        }
    }
    sys_sock_close(&p->listener);
    sim_end(p->host);
}
