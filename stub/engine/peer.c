#include "engine/peer.h"

#include <string.h>

#include "base/check.h"

enum { OUT_BUFFER_SIZE = 49152 }; /* two blocks that cross files, plus a full turn of requests */

bool
peer_open(struct peer *p, const struct torrent *t, struct arena *arena)
{
    size_t bits = bits_size(t->piece_count);
    size_t kept_max = EXT_MESSAGE_LEN_MAX + 8;
    if (kept_max < bits + 8)
        kept_max = bits + 8;
    size_t out_max = OUT_BUFFER_SIZE + bits;
    uint8_t *kept = arena_take(arena, kept_max, 1);
    uint8_t *out = arena_take(arena, out_max, 1);
    p->bits = arena_take(arena, bits + 1, 1);
    p->out = arena_take(arena, REQUESTS_OUT_MAX, sizeof *p->out);
    p->in = arena_take(arena, REQUESTS_IN_MAX, sizeof *p->in);
    if (!kept || !out || !p->bits || !p->out || !p->in)
        return false;
    conn_init(&p->conn, kept, kept_max, out, out_max);
    return true;
}

void
peer_reset(struct peer *p)
{
    struct peer fresh = {.conn = p->conn, .bits = p->bits, .out = p->out, .in = p->in};
    fresh.am_choking = fresh.is_choking = true;
    fresh.out_target = TARGET_MIN;
    *p = fresh;
}

static void
put(struct peer *p, const struct buf *b)
{
    check(!b->full);
    conn_put(&p->conn, buf_bytes(b));
}

void
peer_send_handshake(struct peer *p, const uint8_t info_hash[SHA1_SIZE],
                    const uint8_t our_id[PEER_ID_SIZE])
{
    uint8_t mem[HANDSHAKE_SIZE];
    struct buf b = BUF(mem);
    struct handshake h = {.extended = true, .fast = true};
    memcpy(h.info_hash, info_hash, SHA1_SIZE);
    memcpy(h.peer_id, our_id, PEER_ID_SIZE);
    peer_put_handshake(&b, &h);
    put(p, &b);
}

void
peer_send_simple(struct peer *p, enum peer_message_id id)
{
    uint8_t mem[8];
    struct buf b = BUF(mem);
    peer_put_simple(&b, id);
    put(p, &b);
}

void
peer_send_index(struct peer *p, enum peer_message_id id, uint32_t piece)
{
    uint8_t mem[16];
    struct buf b = BUF(mem);
    peer_put_index(&b, id, piece);
    put(p, &b);
}

void
peer_send_request(struct peer *p, enum peer_message_id id, uint32_t piece, uint32_t begin,
                  uint32_t length)
{
    uint8_t mem[24];
    struct buf b = BUF(mem);
    peer_put_request(&b, id, piece, begin, length);
    put(p, &b);
}

void
peer_send_keepalive(struct peer *p)
{
    uint8_t mem[8];
    struct buf b = BUF(mem);
    peer_put_keepalive(&b);
    put(p, &b);
}

void
peer_tell_interest(struct peer *p, bool interested)
{
    if (p->am_interested == interested || conn_room(&p->conn) < PEER_PUT_RESERVE)
        return;
    p->am_interested = interested;
    peer_send_simple(p, interested ? MSG_INTERESTED : MSG_NOT_INTERESTED);
}

struct block_request *
peer_out_get(struct peer *p, uint32_t i)
{
    check(i < p->out_count);
    return &p->out[(p->out_at + i) % REQUESTS_OUT_MAX];
}

void
peer_out_add(struct peer *p, struct block_request r)
{
    check(p->out_count < REQUESTS_OUT_MAX);
    p->out[(p->out_at + p->out_count++) % REQUESTS_OUT_MAX] = r;
}

void
peer_out_remove(struct peer *p, uint32_t i)
{
    check(i < p->out_count);
    for (; i > 0; i--) /* answers come mostly in order: little is moved */
        *peer_out_get(p, i) = *peer_out_get(p, i - 1);
    p->out_at = (p->out_at + 1) % REQUESTS_OUT_MAX;
    p->out_count--;
}

uint32_t
peer_out_find(struct peer *p, uint32_t piece, uint32_t block)
{
    uint32_t i = 0;
    while (i < p->out_count) {
        const struct block_request *r = peer_out_get(p, i);
        if (r->piece == piece && r->block == block)
            break;
        i++;
    }
    return i;
}

bool
peer_in_add(struct peer *p, struct range_request r)
{
    if (p->in_count == REQUESTS_IN_MAX)
        return false;
    p->in[(p->in_at + p->in_count++) % REQUESTS_IN_MAX] = r;
    return true;
}

bool
peer_in_first(struct peer *p, struct range_request *r)
{
    while (p->in_count > 0 && p->in[p->in_at].length == 0)
        peer_in_drop_first(p);
    if (p->in_count == 0)
        return false;
    *r = p->in[p->in_at];
    return true;
}

void
peer_in_drop_first(struct peer *p)
{
    check(p->in_count > 0);
    p->in_at = (p->in_at + 1) % REQUESTS_IN_MAX;
    p->in_count--;
}

bool
peer_may_ask(const struct peer *p, uint32_t piece)
{
    if (!p->is_choking)
        return true;
    for (uint32_t i = 0; i < p->allowed_in_count; i++)
        if (p->allowed_in[i] == piece)
            return true;
    return false;
}
