#include "meta/magnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789ABCDEF01234567"
#define HEX256 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static uint8_t mem[MAGNET_MEM_MAX];

static bool
parse(struct magnet *m, const char *link)
{
    struct buf b = BUF(mem);
    return magnet_parse(m, bytes_of_text(link), &b);
}

static void
assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_true(bytes_equal(got, bytes_of_text(want)));
}

static void
test_full_link(void **state)
{
    (void)state;
    struct magnet m;
    assert_true(parse(&m, "magnet:?xt=urn:btih:" HEX "&dn=A+b%20c%2Bd&tr=http%3A%2F%2Ft%2Fannounce"
                          "&tr=udp://t:80/a+b&tr=http://t/announce&tr=wss://x&ws=https://w/f"
                          "&ws=ftp://w/f&x.pe=1.2.3.4:5&x.pe=[::1]:6&so=0,2,4-6&xl=5&unknown"));
    assert_true(m.has_v1);
    assert_false(m.has_v2);
    assert_memory_equal(m.info_hash, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab"
                                     "\xcd\xef\x01\x23\x45\x67", 20);
    assert_bytes(m.name, "A b c+d");
    assert_int_equal(m.tracker_count, 2); /* the third is the first again, wss is unknown */
    assert_bytes(m.trackers[0], "http://t/announce");
    assert_bytes(m.trackers[1], "udp://t:80/a+b"); /* a plus in a URL is a plus */
    assert_int_equal(m.webseed_count, 1);
    assert_bytes(m.webseeds[0], "https://w/f");
    assert_int_equal(m.peer_count, 2);
    assert_bytes(m.peers[1], "[::1]:6");
    assert_bytes(m.select, "0,2,4-6");
}

static void
test_hash_forms(void **state)
{
    (void)state;
    static const struct {
        const char *topic;
        bool v1, v2;
    } cases[] = {
        {"xt=urn:btih:" HEX, true, false},
        {"xt=URN:BTIH:" HEX, true, false},
        {"xt.1=urn:btih:" HEX, true, false},
        {"xt=urn%3Abtih%3A" HEX, true, false},
        {"xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH", true, false},
        {"xt=urn:btih:aerukz4jvpg66ajdivtytk6n54asgrlh", true, false},
        {"xt=urn:btmh:1220" HEX256, false, true},
        {"xt=urn:btih:" HEX "&xt=urn:btmh:1220" HEX256, true, true},
        {"dn=x&xt=urn:sha1:ABC&xt=urn:btih:" HEX, true, false},
        {"xt=urn:btih:0123", false, false},
        {"xt=urn:btih:" HEX "0", false, false},
        {"xt=urn:btih:g123456789abcdef0123456789ABCDEF01234567", false, false},
        {"xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRL1", false, false},
        {"xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRL`", false, false},
        {"xt=urn:btmh:1114" HEX, false, false},
        {"xt=urn:btmh:1220" HEX, false, false},
        {"xt=", false, false},
        {"xt", false, false},
        {"", false, false},
        {"&&&=&", false, false},
        {"dn=only a name", false, false},
        {"xt=urn:btih:%zz", false, false},
        {"xt=urn:btih:%4", false, false},
        {"xt.x=urn:btih:" HEX, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char link[300];
        struct buf b = BUF(link);
        struct magnet m;
        buf_text(&b, "magnet:?");
        buf_text(&b, cases[i].topic);
        assert_int_equal(parse(&m, buf_cstr(&b)), cases[i].v1 || cases[i].v2);
        assert_int_equal(m.has_v1, cases[i].v1);
        assert_int_equal(m.has_v2, cases[i].v2);
        if (cases[i].v1) {
            assert_memory_equal(m.info_hash, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
        }
    }
}

static void
test_other_links_are_refused(void **state)
{
    (void)state;
    struct magnet m;
    assert_false(parse(&m, ""));
    assert_false(parse(&m, "magnet:"));
    assert_false(parse(&m, "http://x/?xt=urn:btih:" HEX));
    assert_true(parse(&m, " MAGNET:?xt=urn:btih:" HEX "\n"));
}

static void
test_too_much_is_left_out(void **state)
{
    (void)state;
    struct magnet m;
    size_t max = 400000;
    char *link = malloc(max);
    struct buf b = buf_over(link, max);
    buf_text(&b, "magnet:?xt=urn:btih:" HEX);
    for (int i = 0; i < 5000; i++) {
        buf_text(&b, "&tr=http://t/");
        buf_u64(&b, (uint64_t)i);
        buf_text(&b, "&ws=http://w/");
        buf_u64(&b, (uint64_t)i);
        buf_text(&b, "&x.pe=h:");
        buf_u64(&b, (uint64_t)i);
    }
    assert_true(parse(&m, buf_cstr(&b)));
    assert_int_equal(m.tracker_count, TRACKERS_MAX);
    assert_int_equal(m.webseed_count, WEBSEEDS_MAX);
    assert_int_equal(m.peer_count, MAGNET_PEERS_MAX);
    free(link);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_link),
        cmocka_unit_test(test_hash_forms),
        cmocka_unit_test(test_other_links_are_refused),
        cmocka_unit_test(test_too_much_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
