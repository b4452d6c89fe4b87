/* What peers say (BEP 3, 6, 10, 21) and what follows from it.
 *
 * Indices are checked here, once: behind this border a piece number is in range. */
#include "engine/messages.h"

#include <string.h>

#include "engine/download.h"
#include "engine/intake.h"
#include "engine/peer.h"
#include "engine/superseed.h"
#include "engine/upload.h"
#include "wire/peer_ext.h"

/* --- what a peer has --------------------------------------------------------------------- */

/* Counts how many pieces it has that we want, and whether it is a seed. */
static void
count_pieces(struct swarm *s, struct peer *p)
{
    const struct pieces *v = &s->pieces;
    uint32_t count = s->t->piece_count;
    p->is_seed = p->have_count == count;
    if (p->is_seed) {
        p->useful = v->wanted_left;
        return;
    }
    p->useful = 0;
    for (size_t i = 0; i < bits_size(count); i++) {
        unsigned byte = p->bits[i] & v->wanted[i] & ~v->have[i] & 0xffu;
        p->useful += (uint32_t)__builtin_popcount(byte);
    }
}

/* Rarity counts the pieces of peers that are not complete. */
static void
enter_rarity(struct swarm *s, struct peer *p)
{
    if (p->is_seed || p->in_rarity)
        return;
    p->in_rarity = true;
    for (uint32_t i = 0; i < s->t->piece_count; i++)
        if (bits_get(p->bits, i))
            picker_more(&s->picker, i);
}

static void
leave_rarity(struct swarm *s, struct peer *p)
{
    if (!p->in_rarity)
        return;
    p->in_rarity = false;
    for (uint32_t i = 0; i < s->t->piece_count; i++)
        if (bits_get(p->bits, i))
            picker_fewer(&s->picker, i);
}

void
messages_forget(struct swarm *s, struct peer *p)
{
    leave_rarity(s, p);
}

static void
judge(struct swarm *s, struct peer *p)
{
    peer_tell_interest(p, p->useful > 0);
    if (p->is_seed && s->phase == SWARM_SEEDING)
        conn_fail(&p->conn, "a seed needs nothing from a seed");
}

static void
on_have(struct swarm *s, struct peer *p, uint32_t piece)
{
    if (p->is_seed || bits_get(p->bits, piece))
        return;
    bits_set(p->bits, piece);
    p->have_count++;
    p->idle_until_ms = 0;
    if (bits_get(s->pieces.wanted, piece) && !bits_get(s->pieces.have, piece))
        p->useful++;
    if (p->in_rarity)
        picker_more(&s->picker, piece);
    if (p->have_count == s->t->piece_count) {
        leave_rarity(s, p);
        p->is_seed = true;
    }
    enter_rarity(s, p);
    superseed_on_have(s, p, piece);
    judge(s, p);
}

static void
on_dont_have(struct swarm *s, struct peer *p, uint32_t piece) /* BEP 54 */
{
    if (p->is_seed) {
        p->is_seed = false;
        bits_fill(p->bits, s->t->piece_count);
        enter_rarity(s, p);
    }
    if (!bits_get(p->bits, piece))
        return;
    if (p->in_rarity)
        picker_fewer(&s->picker, piece);
    bits_clear(p->bits, piece);
    p->have_count--;
    if (bits_get(s->pieces.wanted, piece) && !bits_get(s->pieces.have, piece))
        p->useful--;
}

/* Bitfield, have-all and have-none belong first, but aria2 sends a bitfield in place of many haves
 * at any time: the newest one counts. */
static void
on_whole(struct swarm *s, struct peer *p, const struct peer_message *m)
{
    uint32_t count = s->t->piece_count;
    if (m->id == MSG_BITFIELD && !bits_tail_is_clean(m->body.ptr, count)) {
        conn_fail(&p->conn, "has pieces that do not exist");
        return;
    }
    leave_rarity(s, p);
    if (m->id == MSG_BITFIELD)
        memcpy(p->bits, m->body.ptr, m->body.len);
    else if (m->id == MSG_HAVE_ALL)
        bits_fill(p->bits, count);
    else
        memset(p->bits, 0, bits_size(count));
    p->have_count = bits_count(p->bits, count);
    count_pieces(s, p);
    enter_rarity(s, p);
    superseed_on_bits(s, p);
    judge(s, p);
}

/* --- the rest ----------------------------------------------------------------------------- */

static void
on_choke(struct swarm *s, struct peer *p)
{
    p->is_choking = true;
    if (!p->fast)
        download_drop(s, p); /* with BEP 6 each request is answered or rejected */
}

static void
on_extended(struct swarm *s, struct peer *p, const struct peer_message *m)
{
    if (m->extended == EXT_HANDSHAKE) {
        bool known = peer_ext_parse_handshake(&p->ext, m->body);
        struct bytes client = bytes_first(p->ext.client, sizeof p->client);
        p->client_len = (uint8_t)client.len;
        if (client.len > 0)
            memcpy(p->client, client.ptr, client.len);
        p->ext.client = (struct bytes){0}; /* it points into the message */
        if (known && p->ext.upload_only && s->phase == SWARM_SEEDING)
            conn_fail(&p->conn, "neither side wants anything");
    } else if (m->extended == EXT_DONTHAVE && m->body.len == 4
               && be32(m->body.ptr) < s->t->piece_count) {
        on_dont_have(s, p, be32(m->body.ptr));
    }
}

static void
on_allowed_fast(struct swarm *s, struct peer *p, uint32_t piece)
{
    if (bits_get(s->pieces.have, piece) || p->allowed_in_count == ALLOWED_FAST_COUNT)
        return;
    p->allowed_in[p->allowed_in_count++] = piece;
}

static bool
names_a_piece(enum peer_message_id id)
{
    return id == MSG_HAVE || id == MSG_REQUEST || id == MSG_PIECE || id == MSG_CANCEL
           || id == MSG_SUGGEST || id == MSG_REJECT || id == MSG_ALLOWED_FAST;
}

static void
on_message(struct swarm *s, struct peer *p, const struct peer_message *m, int64_t now_ms)
{
    if (names_a_piece(m->id) && m->piece >= s->t->piece_count) {
        conn_fail(&p->conn, "names a piece that does not exist");
        return;
    }
    switch (m->id) {
    case MSG_CHOKE: on_choke(s, p); break;
    case MSG_UNCHOKE:
        p->is_choking = false;
        p->idle_until_ms = 0;
        break;
    case MSG_INTERESTED:
        p->is_interested = p->was_interested = true;
        upload_on_interested(s, p, now_ms);
        break;
    case MSG_NOT_INTERESTED: p->is_interested = false; break;
    case MSG_HAVE: on_have(s, p, m->piece); break;
    case MSG_BITFIELD:
    case MSG_HAVE_ALL:
    case MSG_HAVE_NONE: on_whole(s, p, m); break;
    case MSG_REQUEST: upload_on_request(s, p, m); break;
    case MSG_PIECE: download_on_piece(s, p, m, now_ms); break;
    case MSG_CANCEL: upload_on_cancel(s, p, m); break;
    case MSG_REJECT: download_on_reject(s, p, m->piece, m->begin); break;
    case MSG_ALLOWED_FAST: on_allowed_fast(s, p, m->piece); break;
    case MSG_EXTENDED: on_extended(s, p, m); break;
    case MSG_SUGGEST: /* a hint for caches that we have no use for */
    case MSG_PORT:    /* its DHT node */
    case MSG_KEEPALIVE:
    case MSG_UNKNOWN: break;
    }
}

/* --- opening ------------------------------------------------------------------------------ */

static void
send_what_we_have(struct swarm *s, struct peer *p)
{
    const struct pieces *v = &s->pieces;
    p->have_log_at = s->have_log_count;
    if (s->superseed) {
        if (p->fast)
            peer_send_simple(p, MSG_HAVE_NONE);
        return;
    }
    if (p->fast && v->have_count == s->t->piece_count)
        peer_send_simple(p, MSG_HAVE_ALL);
    else if (p->fast && v->have_count == 0)
        peer_send_simple(p, MSG_HAVE_NONE);
    else if (v->have_count > 0) {
        uint8_t head[8];
        struct buf b = BUF(head);
        peer_put_bitfield_head(&b, s->t->piece_count);
        conn_put(&p->conn, buf_bytes(&b));
        conn_put(&p->conn, bytes_of(v->have, bits_size(s->t->piece_count)));
    }
}

static void
send_allowed_fast(struct swarm *s, struct peer *p)
{
    if (!p->fast)
        return;
    p->allowed_out_count = peer_allowed_fast(p->allowed_out, ALLOWED_FAST_COUNT, s->t->info_hash,
                                             &p->conn.addr, s->t->piece_count);
    for (uint32_t i = 0; i < p->allowed_out_count; i++)
        peer_send_index(p, MSG_ALLOWED_FAST, p->allowed_out[i]);
}

void
messages_extended(struct swarm *s, struct peer *p)
{
    uint8_t mem[512], body[448];
    struct buf b = BUF(mem), inner = BUF(body);
    struct peer_ext ours = {
        .donthave = 1, .reqq = REQUESTS_IN_MAX, .port = s->host->port,
        /* As one with nothing to give that wants nothing we would be shut out. */
        .upload_only = s->complete && !s->superseed,
        .client = bytes_of_text(s->host->user_agent), .your_ip = p->conn.addr,
    };
    if (!p->extended || conn_room(&p->conn) < sizeof mem)
        return;
    peer_ext_put_handshake(&inner, &ours);
    peer_put_extended(&b, EXT_HANDSHAKE, buf_bytes(&inner));
    conn_put(&p->conn, buf_bytes(&b));
}

static void
open_peer(struct swarm *s, struct peer *p)
{
    messages_extended(s, p);
    send_what_we_have(s, p);
    if ((!s->complete || s->pieces.have_count > 0) && !s->superseed)
        send_allowed_fast(s, p);
}

/* OK: the handshake is done. */
static enum parse
hear_handshake(struct swarm *s, struct peer *p, struct bytes *in, int64_t now_ms)
{
    struct handshake h;
    enum parse parsed = peer_parse_handshake(&h, *in);
    if (parsed == PARSE_BAD)
        conn_fail(&p->conn, "does not speak BitTorrent");
    if (parsed != PARSE_OK)
        return parsed;
    *in = bytes_skip(*in, HANDSHAKE_SIZE);
    if (memcmp(h.info_hash, s->t->info_hash, SHA1_SIZE) != 0) {
        conn_fail(&p->conn, "has another torrent");
        return PARSE_BAD;
    }
    if (memcmp(h.peer_id, s->host->peer_id, PEER_ID_SIZE) == 0) {
        s->book.entries[p->entry].ours = true;
        conn_fail(&p->conn, "is ourselves");
        return PARSE_BAD;
    }
    for (uint32_t i = 0; i < s->peer_top; i++) {
        const struct peer *q = &s->peers[i];
        if (q != p && q->phase == PEER_LIVE && memcmp(q->id, h.peer_id, PEER_ID_SIZE) == 0) {
            conn_fail(&p->conn, "is connected already");
            return PARSE_BAD;
        }
    }
    memcpy(p->id, h.peer_id, PEER_ID_SIZE);
    p->fast = h.fast;
    p->extended = h.extended;
    p->phase = PEER_LIVE;
    p->born_ms = p->wanted_ms = now_ms;
    open_peer(s, p);
    return PARSE_OK;
}

struct bytes
messages_hear(struct swarm *s, struct peer *p, struct bytes in, int64_t now_ms)
{
    if (p->phase == PEER_HANDSHAKE && in.len > 0
        && hear_handshake(s, p, &in, now_ms) != PARSE_OK)
        return in;
    const struct peer_wire_limits limits = {
        .bitfield_len = (uint32_t)bits_size(s->t->piece_count), .block_max = BLOCK_SIZE,
        .extended_max = EXT_MESSAGE_LEN_MAX,
    };
    struct peer_message m;
    while (p->conn.state == CONN_OPEN && in.len > 0) {
        enum parse parsed = peer_wire_parse(&m, in, &limits);
        if (parsed == PARSE_MORE)
            break;
        if (parsed == PARSE_BAD) {
            conn_fail(&p->conn, "sends a malformed message");
            break;
        }
        in = bytes_skip(in, m.size);
        if (m.id != MSG_PIECE) /* messages take effect in the order in which they came */
            intake_flush(s, now_ms);
        on_message(s, p, &m, now_ms);
    }
    intake_flush(s, now_ms);
    return in;
}
