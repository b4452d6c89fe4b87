#include "wire/udp_tracker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, struct bytes want)
{
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.ptr, want.ptr, want.len);
}

static void
test_connect_is_that_of_bep_15(void **state)
{
    (void)state;
    uint8_t mem[UDP_CONNECT_SIZE];
    struct buf b = BUF(mem);
    udp_tracker_connect(&b, 0x01020304);
    assert_bytes(buf_bytes(&b), BYTES("\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0\1\2\3\4"));
}

static struct bytes
announce(uint8_t mem[UDP_TRACKER_PACKET_MAX], const char *text)
{
    struct url u;
    struct announce_request r = {.port = 0x1ae1,
                                 .uploaded = 3,
                                 .downloaded = 1,
                                 .left = 2,
                                 .event = EVENT_STARTED,
                                 .key = 0xa1a2a3a4,
                                 .numwant = 80};
    struct buf b = buf_over(mem, UDP_TRACKER_PACKET_MAX);
    memset(r.info_hash, 'h', sizeof r.info_hash);
    memset(r.peer_id, 'p', sizeof r.peer_id);
    assert_true(url_parse(&u, bytes_of_text(text)));
    udp_tracker_announce(&b, 0x1122334455667788, 0x99aabbcc, &u, &r);
    assert_false(b.full);
    return buf_bytes(&b);
}

static void
test_announce_is_that_of_bep_15(void **state)
{
    (void)state;
    uint8_t mem[UDP_TRACKER_PACKET_MAX];
    assert_bytes(announce(mem, "udp://tracker.example.com:80"),
                 BYTES("\x11\x22\x33\x44\x55\x66\x77\x88"
                       "\0\0\0\1"
                       "\x99\xaa\xbb\xcc"
                       "hhhhhhhhhhhhhhhhhhhh"
                       "pppppppppppppppppppp"
                       "\0\0\0\0\0\0\0\1"
                       "\0\0\0\0\0\0\0\2"
                       "\0\0\0\0\0\0\0\3"
                       "\0\0\0\2"
                       "\0\0\0\0"
                       "\xa1\xa2\xa3\xa4"
                       "\0\0\0\x50"
                       "\x1a\xe1"));
}

/* BEP 41's own example, and one that needs two options. */
static void
test_url_data_goes_along(void **state)
{
    (void)state;
    uint8_t mem[UDP_TRACKER_PACKET_MAX];
    struct bytes packet = announce(mem, "udp://tracker.example.com:80/dir?a=b&c=d");
    assert_bytes(bytes_skip(packet, UDP_ANNOUNCE_SIZE), BYTES("\x02\x0c/dir?a=b&c=d"));
    packet = announce(mem, "udp://a:80?q#fragment");
    assert_bytes(bytes_skip(packet, UDP_ANNOUNCE_SIZE), BYTES("\x02\x02?q"));

    char text[URL_LEN_MAX + 1] = "udp://a:80/";
    memset(text + 11, 'x', 299);
    packet = announce(mem, text);
    assert_int_equal(packet.len, UDP_ANNOUNCE_SIZE + 2 + 255 + 2 + 45);
    assert_int_equal(packet.ptr[UDP_ANNOUNCE_SIZE + 1], 255);
    assert_int_equal(packet.ptr[UDP_ANNOUNCE_SIZE + 257], 2);
    assert_int_equal(packet.ptr[UDP_ANNOUNCE_SIZE + 258], 45);
    memset(text + 11, 'x', URL_LEN_MAX - 11);
    announce(mem, text); /* fits */
}

/* The parser on memory of exactly this size, so that the sanitizer sees one byte too many. */
static bool
parse(struct udp_tracker_answer *out, struct announce_answer *a, struct bytes packet, bool v6)
{
    static uint8_t error[64];
    uint8_t *copy = malloc(packet.len ? packet.len : 1);
    memcpy(copy, packet.ptr, packet.len);
    bool ok = udp_tracker_parse(out, a, bytes_of(copy, packet.len), v6);
    if (ok && out->error.len) {
        memcpy(error, out->error.ptr, out->error.len);
        out->error.ptr = error;
    }
    free(copy);
    return ok;
}

static void
test_answers_are_read(void **state)
{
    (void)state;
    struct udp_tracker_answer out;
    struct announce_answer a;

    assert_true(
        parse(&out, &a, BYTES("\0\0\0\0\1\2\3\4\x11\x22\x33\x44\x55\x66\x77\x88more"), false));
    assert_int_equal(out.kind, UDP_TRACKER_CONNECTED);
    assert_int_equal(out.transaction, 0x01020304);
    assert_true(out.connection == 0x1122334455667788);

    assert_true(parse(&out, &a, BYTES("\0\0\0\3\1\2\3\4go away"), false));
    assert_int_equal(out.kind, UDP_TRACKER_ERROR);
    assert_bytes(out.error, BYTES("go away"));
    assert_true(parse(&out, &a, BYTES("\0\0\0\3\1\2\3\4"), false));
    assert_int_equal(out.error.len, 0);

    assert_true(parse(&out, &a,
                      BYTES("\0\0\0\1\1\2\3\4\0\0\7\x08\0\0\0\5\0\0\0\7"
                            "\x0a\0\0\1\x1a\xe1"
                            "\x0a\0\0\2\0\0"
                            "\x0a\0"),
                      false));
    assert_int_equal(out.kind, UDP_TRACKER_ANNOUNCED);
    assert_int_equal(a.interval_s, 1800);
    assert_int_equal(a.leechers, 5);
    assert_int_equal(a.seeds, 7);
    assert_int_equal(a.peer_count, 1); /* port 0 and the cut one are dropped */
    assert_true(addr_is_v4(&a.peers[0]));
    assert_int_equal(a.peers[0].port, 6881);
    assert_int_equal(a.failure.len, 0);
}

static void
test_answer_over_ipv6_has_longer_peers(void **state)
{
    (void)state;
    struct udp_tracker_answer out;
    struct announce_answer a;
    assert_true(parse(&out, &a,
                      BYTES("\0\0\0\1\1\2\3\4\0\0\7\x08\0\0\0\5\0\0\0\7"
                            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x1a\xe1"),
                      true));
    assert_int_equal(a.peer_count, 1);
    assert_false(addr_is_v4(&a.peers[0]));
    assert_int_equal(a.peers[0].port, 6881);
}

static void
test_short_or_unknown_packets_are_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[64];
    static const struct {
        uint8_t action;
        size_t size_min;
    } cases[] = {{UDP_CONNECT, 16}, {UDP_ANNOUNCE, 20}, {UDP_ERROR, 8}, {UDP_SCRAPE, 65}, {4, 65}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t len = 0; len <= 64; len++) {
            uint8_t packet[64];
            struct udp_tracker_answer out;
            struct announce_answer a;
            memcpy(packet, zeros, 64);
            packet[3] = cases[i].action;
            assert_int_equal(parse(&out, &a, bytes_of(packet, len), false),
                             len >= cases[i].size_min);
        }
    }
    struct udp_tracker_answer out;
    struct announce_answer a;
    assert_false(parse(&out, &a, BYTES("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), false));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect_is_that_of_bep_15),
        cmocka_unit_test(test_announce_is_that_of_bep_15),
        cmocka_unit_test(test_url_data_goes_along),
        cmocka_unit_test(test_answers_are_read),
        cmocka_unit_test(test_answer_over_ipv6_has_longer_peers),
        cmocka_unit_test(test_short_or_unknown_packets_are_refused),
    };
    return cmocka_run_group_tests_name("udp_tracker", tests, NULL, NULL);
}
