/* Peer wire protocol: BEP 3's handshake and messages, the messages of BEP 6, the frame of
 * BEP 10. A message is <length be32> <id> <payload>; the length counts the id.
 *
 * peer_wire_parse runs once a block, so it looks at the head only and never at a body. */
#include "wire/peer_wire.h"

#include <string.h>

#include "base/bits.h"

#define PROTOCOL \
    BYTES("\x13" \
          "BitTorrent protocol")

enum {
    RESERVED_AT = 20,
    INFO_HASH_AT = 28,
    PEER_ID_AT = 48,
    LENGTH_SIZE = 4,
    HEAD_SIZE = 5, /* length; length and id */
};

/* Bits of the eight reserved bytes: which byte, which bit. */
enum { EXTENDED_BYTE = 5, LAST_BYTE = 7 };
enum { EXTENDED_BIT = 0x10, FAST_BIT = 0x04, DHT_BIT = 0x01, V2_BIT = 0x10 };

void
peer_put_handshake(struct buf *b, const struct handshake *h)
{
    uint8_t reserved[8] = {0};

    reserved[EXTENDED_BYTE] = h->extended ? EXTENDED_BIT : 0;
    reserved[LAST_BYTE] =
        (uint8_t)((h->fast ? FAST_BIT : 0) | (h->dht ? DHT_BIT : 0) | (h->v2 ? V2_BIT : 0));
    buf_add(b, PROTOCOL);
    buf_add(b, bytes_of(reserved, sizeof reserved));
    buf_add(b, bytes_of(h->info_hash, SHA1_SIZE));
    buf_add(b, bytes_of(h->peer_id, PEER_ID_SIZE));
}

enum parse
peer_parse_handshake(struct handshake *h, struct bytes in)
{
    struct bytes seen = bytes_first(in, PROTOCOL.len);
    if (!bytes_starts(PROTOCOL, seen)) {
        return PARSE_BAD;
    }
    if (in.len < PEER_ID_AT) {
        return PARSE_MORE;
    }

    const uint8_t *reserved = in.ptr + RESERVED_AT;
    h->extended = reserved[EXTENDED_BYTE] & EXTENDED_BIT;
    h->fast = reserved[LAST_BYTE] & FAST_BIT;
    h->dht = reserved[LAST_BYTE] & DHT_BIT;
    h->v2 = reserved[LAST_BYTE] & V2_BIT;
    memcpy(h->info_hash, in.ptr + INFO_HASH_AT, SHA1_SIZE);
    if (in.len < HANDSHAKE_SIZE) {
        return PARSE_MORE;
    }
    memcpy(h->peer_id, in.ptr + PEER_ID_AT, PEER_ID_SIZE);
    return PARSE_OK;
}

/* May a message `id` have `len` bytes behind its id? */
static bool
length_is_legal(uint8_t id, uint32_t len, const struct peer_wire_limits *limits)
{
    switch (id) {
    case MSG_CHOKE:
    case MSG_UNCHOKE:
    case MSG_INTERESTED:
    case MSG_NOT_INTERESTED:
    case MSG_HAVE_ALL:
    case MSG_HAVE_NONE: return len == 0;
    case MSG_HAVE:
    case MSG_SUGGEST:
    case MSG_ALLOWED_FAST: return len == 4;
    case MSG_REQUEST:
    case MSG_CANCEL:
    case MSG_REJECT: return len == 12;
    case MSG_PORT: return len == 2;
    case MSG_BITFIELD: return len == limits->bitfield_len;
    case MSG_PIECE: return len >= 8 && len - 8 <= limits->block_max;
    case MSG_EXTENDED: return len >= 1 && len - 1 <= limits->extended_max;
    default: return len <= limits->extended_max;
    }
}

/* Fills the fields that `m->id` has from `body`, whose length is legal. */
static void
read_body(struct peer_message *m, struct bytes body)
{
    const uint8_t *p = body.ptr;

    switch (m->id) {
    case MSG_REQUEST:
    case MSG_CANCEL:
    case MSG_REJECT:
        m->length = be32(p + 8);
        m->begin = be32(p + 4);
        m->piece = be32(p);
        break;
    case MSG_PIECE:
        m->body = bytes_skip(body, 8);
        m->begin = be32(p + 4);
        m->piece = be32(p);
        break;
    case MSG_HAVE:
    case MSG_SUGGEST:
    case MSG_ALLOWED_FAST: m->piece = be32(p); break;
    case MSG_PORT: m->port = be16(p); break;
    case MSG_EXTENDED:
        m->extended = p[0];
        m->body = bytes_skip(body, 1);
        break;
    case MSG_BITFIELD: m->body = body; break;
    case MSG_CHOKE:
    case MSG_UNCHOKE:
    case MSG_INTERESTED:
    case MSG_NOT_INTERESTED:
    case MSG_HAVE_ALL:
    case MSG_HAVE_NONE: break;
    default: m->id = MSG_UNKNOWN; break;
    }
}

enum parse
peer_wire_parse(struct peer_message *m, struct bytes in, const struct peer_wire_limits *limits)
{
    if (in.len < LENGTH_SIZE) {
        return PARSE_MORE;
    }
    uint32_t length = be32(in.ptr);
    if (length == 0) {
        *m = (struct peer_message){.id = MSG_KEEPALIVE, .size = LENGTH_SIZE};
        return PARSE_OK;
    }
    if (in.len < HEAD_SIZE) {
        return PARSE_MORE;
    }
    uint8_t id = in.ptr[LENGTH_SIZE];
    if (!length_is_legal(id, length - 1, limits)) {
        return PARSE_BAD;
    }
    if (in.len - LENGTH_SIZE < length) {
        return PARSE_MORE;
    }

    *m =
        (struct peer_message){.id = (enum peer_message_id)id, .size = LENGTH_SIZE + (size_t)length};
    read_body(m, bytes_of(in.ptr + HEAD_SIZE, length - 1));
    return PARSE_OK;
}

static void
put_head(struct buf *b, uint32_t payload_len, enum peer_message_id id)
{
    buf_be32(b, payload_len + 1);
    buf_byte(b, (uint8_t)id);
}

void
peer_put_keepalive(struct buf *b)
{
    buf_be32(b, 0);
}

void
peer_put_simple(struct buf *b, enum peer_message_id id)
{
    put_head(b, 0, id);
}

void
peer_put_index(struct buf *b, enum peer_message_id id, uint32_t piece)
{
    put_head(b, 4, id);
    buf_be32(b, piece);
}

void
peer_put_request(
    struct buf *b, enum peer_message_id id, uint32_t piece, uint32_t begin, uint32_t length)
{
    put_head(b, 12, id);
    buf_be32(b, piece);
    buf_be32(b, begin);
    buf_be32(b, length);
}

void
peer_put_piece_head(struct buf *b, uint32_t piece, uint32_t begin, uint32_t length)
{
    put_head(b, 8 + length, MSG_PIECE);
    buf_be32(b, piece);
    buf_be32(b, begin);
}

void
peer_put_bitfield_head(struct buf *b, uint32_t count)
{
    put_head(b, (uint32_t)bits_size(count), MSG_BITFIELD);
}

void
peer_put_extended(struct buf *b, uint8_t sub_id, struct bytes body)
{
    put_head(b, (uint32_t)body.len + 1, MSG_EXTENDED);
    buf_byte(b, sub_id);
    buf_add(b, body);
}

static bool
contains(const uint32_t *list, uint32_t count, uint32_t value)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

uint32_t
peer_allowed_fast(uint32_t *out, uint32_t count, const uint8_t info_hash[SHA1_SIZE],
    const struct addr *ip, uint32_t piece_count)
{
    uint8_t x[4 + SHA1_SIZE] = {0};
    uint32_t n = 0;

    if (!addr_is_v4(ip)) {
        return 0;
    }
    if (piece_count <= count) {
        for (; n < piece_count; n++) {
            out[n] = n;
        }
        return n;
    }
    memcpy(x, ip->ip + 12, 3);
    memcpy(x + 4, info_hash, SHA1_SIZE);
    for (size_t x_len = sizeof x; n < count; x_len = SHA1_SIZE) {
        sha1_of(bytes_of(x, x_len), x);
        for (size_t i = 0; i < SHA1_SIZE && n < count; i += 4) {
            uint32_t piece = be32(x + i) % piece_count;
            if (!contains(out, n, piece)) {
                out[n++] = piece;
            }
        }
    }
    return n;
}
