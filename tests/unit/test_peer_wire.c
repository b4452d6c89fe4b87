#include "wire/peer_wire.h"

#include "base/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct peer_wire_limits limits = {
    .bitfield_len = 3, .block_max = 16384, .extended_max = 100};

/* The parser on memory of exactly this size, so that the sanitizer sees one byte too many. */
static enum parse
parse_exact(struct peer_message *m, const void *in, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, in, len);
    enum parse result = peer_wire_parse(m, bytes_of(copy, len), &limits);
    if (result == PARSE_OK && m->body.len) { /* point into what lives on */
        m->body.ptr = (const uint8_t *)in + (m->body.ptr - copy);
    }
    free(copy);
    return result;
}

/* Every proper prefix of a good message must ask for more. */
static struct peer_message
parse_good(struct bytes in)
{
    struct peer_message m;
    for (size_t len = 0; len < in.len; len++) {
        assert_int_equal(parse_exact(&m, in.ptr, len), PARSE_MORE);
    }
    assert_int_equal(parse_exact(&m, in.ptr, in.len), PARSE_OK);
    assert_int_equal(m.size, in.len);
    return m;
}

static void
test_handshake_round_trip(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        struct handshake h = {.extended = bits & 1,
                              .fast = bits & 2,
                              .dht = bits & 4,
                              .v2 = bits & 8},
                         got;
        memset(h.info_hash, 0xaa, sizeof h.info_hash);
        memset(h.peer_id, 'p', sizeof h.peer_id);
        uint8_t mem[HANDSHAKE_SIZE + 1];
        struct buf b = BUF(mem);
        peer_put_handshake(&b, &h);
        assert_int_equal(b.len, HANDSHAKE_SIZE);
        assert_int_equal(peer_parse_handshake(&got, buf_bytes(&b)), PARSE_OK);
        assert_memory_equal(&got, &h, sizeof h);
    }
}

static void
test_handshake_bytes_are_those_of_the_beps(void **state)
{
    (void)state;
    struct handshake h = {.extended = true, .fast = true, .dht = true};
    uint8_t mem[HANDSHAKE_SIZE];
    struct buf b = BUF(mem);
    peer_put_handshake(&b, &h);
    assert_memory_equal(mem,
                        "\x13"
                        "BitTorrent protocol\0\0\0\0\0\x10\0\x05",
                        28);
}

static void
test_handshake_in_parts(void **state)
{
    (void)state;
    char text[] = "\x13"
                  "BitTorrent protocol\xff\xff\xff\xff\xff\xff\xff\xff"
                  "0123456789abcdefghijABCDEFGHIJ0123456789rest";
    struct handshake h = {0};
    for (size_t len = 0; len < HANDSHAKE_SIZE; len++) {
        assert_int_equal(peer_parse_handshake(&h, bytes_of(text, len)), PARSE_MORE);
        if (len == 47) {
            assert_int_equal(h.info_hash[0], 0);
        }
        if (len == 48) {
            assert_memory_equal(h.info_hash, "0123456789abcdefghij", 20);
            assert_int_equal(h.peer_id[0], 0);
        }
    }
    assert_int_equal(peer_parse_handshake(&h, bytes_of(text, sizeof text)), PARSE_OK);
    assert_memory_equal(h.peer_id, "ABCDEFGHIJ0123456789", 20);
    assert_true(h.v2 && h.dht && h.fast && h.extended);
}

static void
test_handshake_of_strangers_is_bad_at_once(void **state)
{
    (void)state;
    struct handshake h;
    assert_int_equal(peer_parse_handshake(&h, BYTES("G")), PARSE_BAD);
    assert_int_equal(peer_parse_handshake(&h, BYTES("\x12")), PARSE_BAD);
    assert_int_equal(peer_parse_handshake(&h, BYTES("\x13"
                                                    "Bittorrent")),
                     PARSE_BAD);
    assert_int_equal(peer_parse_handshake(&h, BYTES("\x13"
                                                    "BitTorrent protocoL")),
                     PARSE_BAD);
}

static void
test_messages_round_trip(void **state)
{
    (void)state;
    static const enum peer_message_id simple[] = {MSG_CHOKE,          MSG_UNCHOKE,  MSG_INTERESTED,
                                                  MSG_NOT_INTERESTED, MSG_HAVE_ALL, MSG_HAVE_NONE};
    static const enum peer_message_id index[] = {MSG_HAVE, MSG_SUGGEST, MSG_ALLOWED_FAST};
    static const enum peer_message_id request[] = {MSG_REQUEST, MSG_CANCEL, MSG_REJECT};
    uint8_t mem[64];
    struct buf b;
    struct peer_message m;

    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
        b = BUF(mem);
        peer_put_simple(&b, simple[i]);
        assert_int_equal(parse_good(buf_bytes(&b)).id, simple[i]);
    }
    for (size_t i = 0; i < sizeof index / sizeof *index; i++) {
        b = BUF(mem);
        peer_put_index(&b, index[i], 0xfffefdfc);
        m = parse_good(buf_bytes(&b));
        assert_int_equal(m.id, index[i]);
        assert_int_equal(m.piece, 0xfffefdfc);
    }
    for (size_t i = 0; i < sizeof request / sizeof *request; i++) {
        b = BUF(mem);
        peer_put_request(&b, request[i], 1, 0x80000000, 16384);
        m = parse_good(buf_bytes(&b));
        assert_int_equal(m.id, request[i]);
        assert_int_equal(m.piece, 1);
        assert_int_equal(m.begin, 0x80000000);
        assert_int_equal(m.length, 16384);
    }
    b = BUF(mem);
    peer_put_keepalive(&b);
    assert_int_equal(parse_good(buf_bytes(&b)).id, MSG_KEEPALIVE);
}

static void
test_messages_with_a_body_round_trip(void **state)
{
    (void)state;
    uint8_t mem[64];
    struct buf b = BUF(mem);

    peer_put_piece_head(&b, 7, 16384, 5);
    assert_int_equal(b.len, PIECE_HEAD_SIZE);
    buf_text(&b, "hello");
    struct peer_message m = parse_good(buf_bytes(&b));
    assert_int_equal(m.id, MSG_PIECE);
    assert_int_equal(m.piece, 7);
    assert_int_equal(m.begin, 16384);
    assert_true(bytes_equal(m.body, BYTES("hello")));

    uint8_t bits[3] = {0};
    bits_set(bits, 0);
    bits_set(bits, 17);
    b = BUF(mem);
    peer_put_bitfield_head(&b, 18);
    buf_add(&b, bytes_of(bits, 3));
    m = parse_good(buf_bytes(&b));
    assert_int_equal(m.id, MSG_BITFIELD);
    assert_true(bytes_equal(m.body, bytes_of(bits, 3)));

    b = BUF(mem);
    peer_put_extended(&b, 3, BYTES("de"));
    m = parse_good(buf_bytes(&b));
    assert_int_equal(m.id, MSG_EXTENDED);
    assert_int_equal(m.extended, 3);
    assert_true(bytes_equal(m.body, BYTES("de")));

    m = parse_good(BYTES("\0\0\0\3\x09\x1a\xe1"));
    assert_int_equal(m.id, MSG_PORT);
    assert_int_equal(m.port, 6881);
}

static void
test_message_takes_only_its_own_bytes(void **state)
{
    (void)state;
    struct peer_message m;
    struct bytes in = BYTES("\0\0\0\5\4\0\0\0\1\0\0\0\0\0\0\0\1\1");
    assert_int_equal(peer_wire_parse(&m, in, &limits), PARSE_OK);
    assert_int_equal(m.size, 9);
    in = bytes_skip(in, m.size);
    assert_int_equal(peer_wire_parse(&m, in, &limits), PARSE_OK);
    assert_int_equal(m.id, MSG_KEEPALIVE);
    in = bytes_skip(in, m.size);
    assert_int_equal(peer_wire_parse(&m, in, &limits), PARSE_OK);
    assert_int_equal(m.id, MSG_UNCHOKE);
}

/* A length that is wrong for its type is refused with five bytes, however much is promised. */
static void
test_lengths_are_judged_by_type(void **state)
{
    (void)state;
    static const struct {
        uint8_t id;
        uint32_t min, max; /* of the length prefix */
    } cases[] = {
        {MSG_CHOKE, 1, 1},      {MSG_UNCHOKE, 1, 1},
        {MSG_INTERESTED, 1, 1}, {MSG_NOT_INTERESTED, 1, 1},
        {MSG_HAVE, 5, 5},       {MSG_BITFIELD, 4, 4},
        {MSG_REQUEST, 13, 13},  {MSG_PIECE, 9, 16393},
        {MSG_CANCEL, 13, 13},   {MSG_PORT, 3, 3},
        {10, 1, 101},           {MSG_SUGGEST, 5, 5},
        {MSG_HAVE_ALL, 1, 1},   {MSG_HAVE_NONE, 1, 1},
        {MSG_REJECT, 13, 13},   {MSG_ALLOWED_FAST, 5, 5},
        {18, 1, 101},           {MSG_EXTENDED, 2, 102},
        {21, 1, 101},           {255, 1, 101},
    };
    static const uint32_t lengths[] = {
        1,  2,   3,   4,   5,   6,     8,     9,          10,         12,         13,
        14, 100, 101, 102, 103, 16393, 16394, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            uint8_t in[5];
            struct peer_message m;
            bool good = lengths[j] >= cases[i].min && lengths[j] <= cases[i].max;
            put_be32(in, lengths[j]);
            in[4] = cases[i].id;
            assert_int_equal(parse_exact(&m, in, sizeof in), !good             ? PARSE_BAD
                                                             : lengths[j] == 1 ? PARSE_OK
                                                                               : PARSE_MORE);
        }
    }
}

static void
test_unknown_types_are_skipped(void **state)
{
    (void)state;
    struct peer_message m = parse_good(BYTES("\0\0\0\4\x15"
                                             "abc"));
    assert_int_equal(m.id, MSG_UNKNOWN);
}

/* BEP 6's own examples. */
static void
test_allowed_fast_set_is_canonical(void **state)
{
    (void)state;
    static const uint32_t want[] = {1059, 431, 808, 1217, 287, 376, 1188, 353, 508};
    uint8_t info_hash[SHA1_SIZE];
    struct addr ip;
    uint32_t got[16];
    memset(info_hash, 0xaa, sizeof info_hash);
    assert_true(addr_parse_ip(BYTES("80.4.4.200"), &ip));
    assert_int_equal(peer_allowed_fast(got, 7, info_hash, &ip, 1313), 7);
    assert_memory_equal(got, want, 7 * sizeof *got);
    assert_int_equal(peer_allowed_fast(got, 9, info_hash, &ip, 1313), 9);
    assert_memory_equal(got, want, 9 * sizeof *got);
}

static void
test_allowed_fast_set_of_small_torrents(void **state)
{
    (void)state;
    uint8_t info_hash[SHA1_SIZE] = {1};
    uint32_t got[16];
    struct addr ip;
    assert_true(addr_parse_ip(BYTES("80.4.4.200"), &ip));
    for (uint32_t pieces = 0; pieces < 14; pieces++) {
        uint32_t n = peer_allowed_fast(got, 10, info_hash, &ip, pieces);
        assert_int_equal(n, pieces < 10 ? pieces : 10);
        uint32_t seen = 0;
        for (uint32_t i = 0; i < n; i++) {
            assert_true(got[i] < pieces);
            assert_false(seen >> got[i] & 1);
            seen |= 1u << got[i];
        }
    }
    assert_true(addr_parse_ip(BYTES("2001:db8::1"), &ip));
    assert_int_equal(peer_allowed_fast(got, 10, info_hash, &ip, 100), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_round_trip),
        cmocka_unit_test(test_handshake_bytes_are_those_of_the_beps),
        cmocka_unit_test(test_handshake_in_parts),
        cmocka_unit_test(test_handshake_of_strangers_is_bad_at_once),
        cmocka_unit_test(test_messages_round_trip),
        cmocka_unit_test(test_messages_with_a_body_round_trip),
        cmocka_unit_test(test_message_takes_only_its_own_bytes),
        cmocka_unit_test(test_lengths_are_judged_by_type),
        cmocka_unit_test(test_unknown_types_are_skipped),
        cmocka_unit_test(test_allowed_fast_set_is_canonical),
        cmocka_unit_test(test_allowed_fast_set_of_small_torrents),
    };
    return cmocka_run_group_tests_name("peer_wire", tests, NULL, NULL);
}
