/* A stream of handshake and messages: sizes and slices stay inside the input, a good message
 * asks for more when its last byte is missing, and writing what was read gives it again. */
#include "base/check.h"
#include "wire/peer_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct peer_wire_limits limits = {
    .bitfield_len = 10, .block_max = 16384, .extended_max = 4096};

static void
write_again(struct buf *b, const struct peer_message *m)
{
    switch (m->id) {
    case MSG_KEEPALIVE: peer_put_keepalive(b); break;
    case MSG_HAVE:
    case MSG_SUGGEST:
    case MSG_ALLOWED_FAST: peer_put_index(b, m->id, m->piece); break;
    case MSG_REQUEST:
    case MSG_CANCEL:
    case MSG_REJECT: peer_put_request(b, m->id, m->piece, m->begin, m->length); break;
    case MSG_BITFIELD:
        peer_put_bitfield_head(b, 80);
        buf_add(b, m->body);
        break;
    case MSG_PIECE:
        peer_put_piece_head(b, m->piece, m->begin, (uint32_t)m->body.len);
        buf_add(b, m->body);
        break;
    case MSG_EXTENDED: peer_put_extended(b, m->extended, m->body); break;
    case MSG_PORT:
        buf_be32(b, 3);
        buf_byte(b, MSG_PORT);
        buf_be16(b, m->port);
        break;
    default: peer_put_simple(b, m->id); break;
    }
}

static void
try_messages(struct bytes in)
{
    static uint8_t mem[PIECE_HEAD_SIZE + 16384];
    struct peer_message m, shorter;

    while (peer_wire_parse(&m, in, &limits) == PARSE_OK) {
        struct bytes whole = bytes_first(in, m.size);
        check(m.size >= 4 && m.size <= in.len);
        check(m.body.len <= m.size);
        check(m.body.len == 0 || m.body.ptr + m.body.len == in.ptr + m.size);
        check(peer_wire_parse(&shorter, bytes_first(in, m.size - 1), &limits) == PARSE_MORE);
        if (m.id != MSG_UNKNOWN) {
            struct buf b = BUF(mem);
            write_again(&b, &m);
            check(bytes_equal(buf_bytes(&b), whole));
        }
        in = bytes_skip(in, m.size);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct handshake h, again;

    try_messages(in);
    if (peer_parse_handshake(&h, in) == PARSE_OK) {
        uint8_t mem[HANDSHAKE_SIZE];
        struct buf b = BUF(mem);
        peer_put_handshake(&b, &h);
        check(peer_parse_handshake(&again, buf_bytes(&b)) == PARSE_OK);
        check(h.v2 == again.v2 && h.fast == again.fast && h.extended == again.extended);
        check(peer_parse_handshake(&again, bytes_first(in, HANDSHAKE_SIZE - 1)) == PARSE_MORE);
        try_messages(bytes_skip(in, HANDSHAKE_SIZE));
    }
    return 0;
}
