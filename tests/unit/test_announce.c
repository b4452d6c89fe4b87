#include "wire/announce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, const char *want)
{
    if (!bytes_equal(got, bytes_of_text(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, (const char *)got.ptr, want);
    }
}

static void
assert_peer(const struct addr *got, const char *want)
{
    char mem[64];
    struct buf b = BUF(mem);
    addr_print(&b, got);
    assert_bytes(buf_bytes(&b), want);
}

static struct announce_request
request(void)
{
    struct announce_request r = {.port = 6881,
                                 .uploaded = 1,
                                 .downloaded = 2,
                                 .left = INT64_MAX,
                                 .key = 0x00abcdef,
                                 .numwant = 80};
    memcpy(r.info_hash,
           "\x12\x34\x56\x78\x9a\xbc\xde\xf1\x23\x45\x67\x89\xab\xcd\xef\x12\x34\x56\x78\x9a", 20);
    memcpy(r.peer_id, "-SA0001-abc.def~g h&", 20);
    return r;
}

#define COMMON \
    "info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SA0001-abc.def~g%20h%26" \
    "&port=6881&uploaded=1&downloaded=2&left=9223372036854775807&key=00abcdef&numwant=80" \
    "&compact=1&no_peer_id=1"

static void
test_target_carries_the_request(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum announce_event event;
        const char *tracker_id, *want;
    } cases[] = {
        {"http://a/announce", EVENT_NONE, "", "/announce?" COMMON},
        {"http://a", EVENT_STARTED, "", "/?" COMMON "&event=started"},
        {"http://a/x?passkey=1", EVENT_STOPPED, "", "/x?passkey=1&" COMMON "&event=stopped"},
        {"http://a/x?#f", EVENT_COMPLETED, "i d", "/x?" COMMON "&event=completed&trackerid=i%20d"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url u;
        struct announce_request r = request();
        char mem[512];
        struct buf b = BUF(mem);
        r.event = cases[i].event;
        r.tracker_id = bytes_of_text(cases[i].tracker_id);
        assert_true(url_parse(&u, bytes_of_text(cases[i].url)));
        announce_http_target(&b, &u, &r);
        assert_bytes(buf_bytes(&b), cases[i].want);
    }
}

static void
test_compact_answer(void **state)
{
    (void)state;
    struct announce_answer a;
    assert_true(announce_http_parse(
        &a, BYTES("d8:completei5e11:external ip4:\x01\x02\x03\x04"
                  "10:incompletei7e8:intervali1800e"
                  "12:min intervali60e5:peers12:\x0a\0\0\1\x1a\xe1\xc0\xa8\0\x02\0\x50"
                  "6:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x1a\xe2"
                  "10:tracker id3:abc15:warning message4:slowe")));
    assert_int_equal(a.failure.len, 0);
    assert_int_equal(a.seeds, 5);
    assert_int_equal(a.leechers, 7);
    assert_int_equal(a.interval_s, 1800);
    assert_int_equal(a.interval_min_s, 60);
    assert_bytes(a.tracker_id, "abc");
    assert_bytes(a.warning, "slow");
    assert_peer(&a.external, "1.2.3.4:0");
    assert_int_equal(a.peer_count, 3);
    assert_peer(&a.peers[0], "10.0.0.1:6881");
    assert_peer(&a.peers[1], "192.168.0.2:80");
    assert_peer(&a.peers[2], "[2001:db8::1]:6882");
}

static void
test_answer_with_dictionaries(void **state)
{
    (void)state;
    struct announce_answer a;
    assert_true(
        announce_http_parse(&a, BYTES("d8:intervali900e5:peersl"
                                      "d2:ip8:10.0.0.17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881ee"
                                      "d2:ip11:example.com4:porti6881ee" /* a name */
                                      "d2:ip11:2001:db8::54:porti1ee"
                                      "d4:porti2e2:ip16:::ffff:192.0.2.7e" /* keys in no order */
                                      "d2:ip8:10.0.0.14:porti0ee"
                                      "d2:ip8:10.0.0.14:porti72417ee"
                                      "d2:ip8:10.0.0.1e"
                                      "d2:ip9:224.0.0.14:porti5ee"
                                      "d4:porti5ee"
                                      "i5e"
                                      "le"
                                      "de"
                                      "e6:peers6lee")));
    assert_int_equal(a.peer_count, 3);
    assert_peer(&a.peers[0], "10.0.0.1:6881");
    assert_peer(&a.peers[1], "[2001:db8::5]:1");
    assert_peer(&a.peers[2], "192.0.2.7:2");
}

static void
test_unusable_compact_peers_are_dropped(void **state)
{
    (void)state;
    struct announce_answer a;
    assert_true(announce_http_parse(&a, BYTES("d5:peers23:\x0a\0\0\1\0\0"
                                              "\0\0\0\0\0\1"
                                              "\xff\xff\xff\xff\0\1"
                                              "\x0a\0\0\2\0e")));
    assert_int_equal(a.peer_count, 0);
}

static void
test_what_is_absent_is_unknown(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "de", "de\r\n",
        "d8:completei-1e10:incomplete1:x8:intervali-5e12:min intervali4294967296e5:peersi1ee"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct announce_answer a;
        assert_true(announce_http_parse(&a, bytes_of_text(cases[i])));
        assert_int_equal(a.seeds, -1);
        assert_int_equal(a.leechers, -1);
        assert_int_equal(a.interval_s, 0);
        assert_int_equal(a.interval_min_s, 0);
        assert_int_equal(a.peer_count, 0);
        assert_int_equal(a.failure.len, 0);
        assert_true(addr_is_none(&a.external));
    }
}

static void
test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *body, *failure;
        bool never;
        uint32_t minutes;
    } cases[] = {
        {"d14:failure reason9:not founde", "not found", false, 0},
        {"d14:failure reason10:Overloaded8:retry in1:5e", "Overloaded", false, 5},
        {"d14:failure reason10:Overloaded8:retry ini7ee", "Overloaded", false, 7},
        {"d14:failure reason3:bad8:retry in5:nevere", "bad", true, 0},
        {"d14:failure reason3:bad8:retry in5:soon!e", "bad", false, 0},
        {"d14:failure reason3:bad8:retry ini-1ee", "bad", false, 0},
        {"d14:failure reason0:8:retry in1:1e", "no reason given", false, 1},
        {"d14:failure reasoni1ee", "no reason given", false, 0},
        {"d14:failure reason3:bad5:peers6:\x0a\x01\x01\x01\x1a\xe1"
         "e",
         "bad", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct announce_answer a;
        assert_true(announce_http_parse(&a, bytes_of_text(cases[i].body)));
        assert_bytes(a.failure, cases[i].failure);
        assert_int_equal(a.retry_never, cases[i].never);
        assert_int_equal(a.retry_min, cases[i].minutes);
        assert_int_equal(a.peer_count, 0);
    }
}

static void
test_other_things_are_no_answers(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "<html>", "le", "i5e", "4:spam", "d", "d5:peers6:abce"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct announce_answer a;
        assert_false(announce_http_parse(&a, bytes_of_text(cases[i])));
    }
}

static void
test_peers_are_capped(void **state)
{
    (void)state;
    static char mem[ANNOUNCE_PEERS_MAX * 60];
    static const char dictionary[] = "d2:ip8:10.0.0.14:porti6881ee";
    struct announce_answer a;
    struct buf b = BUF(mem);

    buf_text(&b, "d5:peersl");
    for (int i = 0; i < ANNOUNCE_PEERS_MAX + 1; i++) {
        buf_text(&b, dictionary);
    }
    buf_text(&b, "ee");
    assert_true(announce_http_parse(&a, buf_bytes(&b)));
    assert_int_equal(a.peer_count, ANNOUNCE_PEERS_MAX);

    memset(mem, 1, sizeof mem);
    announce_take_compact(&a, bytes_of(mem, 60), false);
    assert_int_equal(a.peer_count, ANNOUNCE_PEERS_MAX);
    a.peer_count = 0;
    announce_take_compact(&a, bytes_of(mem, sizeof mem), true);
    assert_int_equal(a.peer_count, ANNOUNCE_PEERS_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target_carries_the_request),
        cmocka_unit_test(test_compact_answer),
        cmocka_unit_test(test_answer_with_dictionaries),
        cmocka_unit_test(test_unusable_compact_peers_are_dropped),
        cmocka_unit_test(test_what_is_absent_is_unknown),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_other_things_are_no_answers),
        cmocka_unit_test(test_peers_are_capped),
    };
    return cmocka_run_group_tests_name("announce", tests, NULL, NULL);
}
