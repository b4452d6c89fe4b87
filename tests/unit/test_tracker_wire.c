#include "builder/tracker_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, struct bytes want)
{
    if (!bytes_equal(got, want)) {
        fail_msg("got \"%.*s\", want \"%.*s\"", (int)got.len, (const char *)got.ptr, (int)want.len,
                 (const char *)want.ptr);
    }
}

static struct announce_request
client_request(enum announce_event event)
{
    struct announce_request r = {.port = 6881,
                                 .uploaded = 5,
                                 .downloaded = 6,
                                 .left = 7,
                                 .event = event,
                                 .key = 0x00abcdef,
                                 .numwant = 30};
    for (size_t i = 0; i < sizeof r.info_hash; i++) {
        r.info_hash[i] = (uint8_t)(i * 13); /* bytes of every kind, a NUL too */
        r.peer_id[i] = (uint8_t)(255 - i);
    }
    return r;
}

static void
assert_same_request(const struct announce_request *a, const struct announce_request *b)
{
    assert_memory_equal(a->info_hash, b->info_hash, sizeof a->info_hash);
    assert_memory_equal(a->peer_id, b->peer_id, sizeof a->peer_id);
    assert_int_equal(a->port, b->port);
    assert_true(a->uploaded == b->uploaded);
    assert_true(a->downloaded == b->downloaded);
    assert_true(a->left == b->left);
    assert_int_equal(a->event, b->event);
    assert_int_equal(a->key, b->key);
    assert_int_equal(a->numwant, b->numwant);
}

static const struct tracker_peer peers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}, 6881}, "aaaaaaaaaaaaaaaaaaa"},
    {{{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 6882}, "bbbbbbbbbbbbbbbbbbb"},
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2}, 80}, "ccccccccccccccccccc"},
};

static const struct tracker_reply reply = {
    .interval_s = 1800,
    .interval_min_s = 60,
    .seeds = 1,
    .leechers = 2,
    .external = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, '1', '2', '3', '4'}, 0},
    .peers = peers,
    .peer_count = 3,
};

static void
test_target_is_told_by_the_end_of_its_path(void **state)
{
    (void)state;
    struct bytes query;
    assert_int_equal(tracker_http_target(BYTES("/announce?a=b?c"), &query), TRACKER_HTTP_ANNOUNCE);
    assert_bytes(query, BYTES("a=b?c"));
    assert_int_equal(tracker_http_target(BYTES("/x/scrape"), &query), TRACKER_HTTP_SCRAPE);
    assert_int_equal(query.len, 0);
    assert_int_equal(tracker_http_target(BYTES("/?/announce"), &query), TRACKER_HTTP_OTHER);
    assert_int_equal(tracker_http_target(BYTES("/announcement"), &query), TRACKER_HTTP_OTHER);
    assert_int_equal(tracker_http_target(BYTES("/xannounce"), &query), TRACKER_HTTP_OTHER);
}

/* Client bytes -> our parse, for every event. */
static void
test_http_announce_round_trip(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse(&u, BYTES("http://a/announce?passkey=x%26y")));
    for (int event = EVENT_NONE; event <= EVENT_STOPPED; event++) {
        struct announce_request r = client_request((enum announce_event)event);
        struct tracker_announce got;
        struct bytes query;
        char mem[512];
        struct buf b = BUF(mem);
        announce_http_target(&b, &u, &r);
        assert_int_equal(tracker_http_target(buf_bytes(&b), &query), TRACKER_HTTP_ANNOUNCE);
        assert_null(tracker_http_announce(&got, query));
        assert_same_request(&got.request, &r);
        assert_true(got.compact && got.no_peer_id);
        assert_true(addr_is_none(&got.ip));
    }
}

#define HASH "info_hash=%00bcdefghijklmnopqr%ff%FF"
#define ID "peer_id=ABCDEFGHIJKLMNOPQRST"

static void
test_http_announce_defaults(void **state)
{
    (void)state;
    struct tracker_announce a;
    assert_null(
        tracker_http_announce(&a, BYTES("&" HASH "&&" ID "&port=0&event=paused&x&=&numwant=-1&")));
    assert_memory_equal(a.request.info_hash, "\0bcdefghijklmnopqr\xff\xff", 20);
    assert_memory_equal(a.request.peer_id, "ABCDEFGHIJKLMNOPQRST", 20);
    assert_int_equal(a.request.port, 0);
    assert_int_equal(a.request.event, EVENT_NONE);
    assert_true(a.request.numwant == TRACKER_NUMWANT_DEFAULT);
    assert_true(a.request.left > 0);
    assert_true(a.compact);
    assert_false(a.no_peer_id);
}

static void
test_http_announce_ip_and_key(void **state)
{
    (void)state;
    struct tracker_announce a, b;
    struct addr want;
    assert_null(tracker_http_announce(
        &a, BYTES(HASH "&" ID "&port=1&ip=2001%3adb8::1&key=ABcd0102&compact=0")));
    assert_true(addr_parse_ip(BYTES("2001:db8::1"), &want));
    assert_true(addr_same_ip(&a.ip, &want));
    assert_int_equal(a.request.key, 0xabcd0102);
    assert_false(a.compact);
    assert_null(
        tracker_http_announce(&a, BYTES(HASH "&" ID "&port=1&ip=example.com&key=some+text")));
    assert_null(tracker_http_announce(&b, BYTES(HASH "&" ID "&port=1&key=some+texu")));
    assert_true(addr_is_none(&a.ip));
    assert_int_not_equal(a.request.key, b.request.key);
}

static void
test_http_announce_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *query, *why;
    } cases[] = {
        {"", "no info_hash"},
        {ID "&port=1", "no info_hash"},
        {HASH "&port=1", "no peer_id"},
        {HASH "&" ID, "no port"},
        {HASH "&" ID "&port=65536", "no port"},
        {HASH "&" ID "&port=-1", "no port"},
        {"info_hash=abc&" ID "&port=1", "info_hash is not 20 bytes"},
        {HASH "x&" ID "&port=1", "info_hash is not 20 bytes"},
        {"info_hash=%0xbcdefghijklmnopqrst&" ID "&port=1", "info_hash is not 20 bytes"},
        {"info_hash=bcdefghijklmnopqrst%f&" ID "&port=1", "info_hash is not 20 bytes"},
        {HASH "&peer_id=&port=1", "peer_id is not 20 bytes"},
        {HASH "&" ID "&port=1&left=-1", "left is not a number"},
        {HASH "&" ID "&port=1&left=9223372036854775808", "left is not a number"},
        {HASH "&" ID "&port=1&uploaded=x", "uploaded is not a number"},
        {HASH "&" ID "&port=1&downloaded=", "downloaded is not a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tracker_announce a;
        const char *why = tracker_http_announce(&a, bytes_of_text(cases[i].query));
        assert_non_null(why);
        assert_string_equal(why, cases[i].why);
    }
}

/* Our answer -> client parse. */
static void
test_http_answers_round_trip(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) {
        struct announce_answer a;
        char mem[1024];
        struct buf b = BUF(mem);
        tracker_put_announce(&b, &reply, form == 0, form == 1);
        assert_true(announce_http_parse(&a, buf_bytes(&b)));
        assert_int_equal(a.interval_s, 1800);
        assert_int_equal(a.interval_min_s, 60);
        assert_int_equal(a.seeds, 1);
        assert_int_equal(a.leechers, 2);
        assert_true(addr_equal(&a.external, &reply.external));
        assert_int_equal(a.peer_count, 3);
        const int order[2][3] = {{0, 2, 1}, {0, 1, 2}}; /* compact: IPv4 first */
        for (int i = 0; i < 3; i++) {
            assert_true(addr_equal(&a.peers[i], &peers[order[form > 0][i]].addr));
        }
    }
}

static void
test_http_answers_are_sorted_bencode(void **state)
{
    (void)state;
    struct tracker_reply r = {.interval_s = 9, .peers = peers, .peer_count = 1};
    char mem[256];
    struct buf b = BUF(mem);
    tracker_put_announce(&b, &r, true, true);
    assert_bytes(buf_bytes(&b),
                 BYTES("d8:completei0e10:incompletei0e8:intervali9e12:min intervali0e"
                       "5:peers6:\x0a\0\0\1\x1a\xe1"
                       "e"));
    b = BUF(mem);
    tracker_put_announce(&b, &r, false, false);
    assert_bytes(buf_bytes(&b),
                 BYTES("d8:completei0e10:incompletei0e8:intervali9e12:min intervali0e"
                       "5:peersld2:ip8:10.0.0.17:peer id20:aaaaaaaaaaaaaaaaaaa\0"
                       "4:porti6881eeee"));
    b = BUF(mem);
    tracker_put_failure(&b, "no port");
    assert_bytes(buf_bytes(&b), BYTES("d14:failure reason7:no porte"));
}

/* BEP 48's own example. */
static void
test_http_scrape(void **state)
{
    (void)state;
    uint8_t hash[SHA1_SIZE];
    struct bytes query = BYTES(
        "info_hash=yyyyyyyyyyyyyyyyyyyy&x=1&info_hash=short&info_hash=xxxxxxxxxxxxxxxxxxx%78");
    assert_true(tracker_http_scrape(&query, hash));
    assert_memory_equal(hash, "yyyyyyyyyyyyyyyyyyyy", 20);
    assert_true(tracker_http_scrape(&query, hash));
    assert_memory_equal(hash, "xxxxxxxxxxxxxxxxxxxx", 20);
    assert_false(tracker_http_scrape(&query, hash));

    struct tracker_stats stats[] = {{.seeds = 21, .completed = 206, .leechers = 20},
                                    {.seeds = 11, .completed = 13772, .leechers = 19},
                                    {.seeds = 21, .completed = 206, .leechers = 20}};
    memset(stats[0].info_hash, 'y', 20);
    memset(stats[1].info_hash, 'x', 20);
    memset(stats[2].info_hash, 'y', 20);
    char mem[512];
    struct buf b = BUF(mem);
    tracker_put_scrape(&b, stats, 3);
    assert_bytes(
        buf_bytes(&b),
        BYTES(
            "d5:filesd20:xxxxxxxxxxxxxxxxxxxxd8:completei11e10:downloadedi13772e10:incompletei19ee"
            "20:yyyyyyyyyyyyyyyyyyyyd8:completei21e10:downloadedi206e10:incompletei20eeee"));
    b = BUF(mem);
    tracker_put_scrape(&b, stats, 0);
    assert_bytes(buf_bytes(&b), BYTES("d5:filesdee"));
}

static void
test_udp_round_trip(void **state)
{
    (void)state;
    struct announce_request r = client_request(EVENT_STARTED);
    struct tracker_udp_request q;
    struct udp_tracker_answer out;
    struct announce_answer a;
    struct url u;
    uint8_t mem[UDP_TRACKER_PACKET_MAX];
    struct buf b = BUF(mem);

    udp_tracker_connect(&b, 77);
    assert_true(tracker_udp_parse(&q, buf_bytes(&b)));
    assert_int_equal(q.action, UDP_CONNECT);
    assert_int_equal(q.transaction, 77);
    b = BUF(mem);
    tracker_udp_put_connect(&b, q.transaction, UINT64_C(0xfedcba9876543210));
    assert_true(udp_tracker_parse(&out, &a, buf_bytes(&b), false));
    assert_int_equal(out.kind, UDP_TRACKER_CONNECTED);
    assert_int_equal(out.transaction, 77);
    uint64_t connection = out.connection;

    assert_true(url_parse(&u, BYTES("udp://a:80/announce?key=1"))); /* BEP 41 options follow */
    b = BUF(mem);
    udp_tracker_announce(&b, connection, 78, &u, &r);
    assert_true(tracker_udp_parse(&q, buf_bytes(&b)));
    assert_int_equal(q.action, UDP_ANNOUNCE);
    assert_int_equal(q.transaction, 78);
    assert_true(q.connection == connection);
    assert_same_request(&q.announce.request, &r);
    assert_true(addr_is_none(&q.announce.ip));

    for (int v6 = 0; v6 < 2; v6++) {
        b = BUF(mem);
        tracker_udp_put_announce(&b, q.transaction, &reply, v6);
        assert_true(udp_tracker_parse(&out, &a, buf_bytes(&b), v6));
        assert_int_equal(out.kind, UDP_TRACKER_ANNOUNCED);
        assert_int_equal(out.transaction, 78);
        assert_int_equal(a.seeds, 1);
        assert_int_equal(a.leechers, 2);
        assert_int_equal(a.interval_s, 1800);
        assert_int_equal(a.peer_count, v6 ? 1 : 2);
        assert_true(addr_equal(&a.peers[0], &peers[v6].addr));
    }
    b = BUF(mem);
    tracker_udp_put_error(&b, 79, "go away");
    assert_true(udp_tracker_parse(&out, &a, buf_bytes(&b), false));
    assert_int_equal(out.kind, UDP_TRACKER_ERROR);
    assert_bytes(out.error, BYTES("go away"));
}

static void
test_udp_scrape(void **state)
{
    (void)state;
    struct tracker_udp_request q;
    struct tracker_stats stats[2] = {{.seeds = 1, .completed = 2, .leechers = 3}, {.seeds = 4}};
    char mem[64];
    struct buf b = BUF(mem);

    buf_be64(&b, 9);
    buf_be32(&b, UDP_SCRAPE);
    buf_be32(&b, 10);
    buf_text(&b, "aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbcut");
    assert_true(tracker_udp_parse(&q, buf_bytes(&b)));
    assert_int_equal(q.action, UDP_SCRAPE);
    assert_int_equal(q.connection, 9);
    assert_bytes(q.hashes, BYTES("aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb"));
    b = BUF(mem);
    tracker_udp_put_scrape(&b, 10, stats, 2);
    assert_bytes(buf_bytes(&b), BYTES("\0\0\0\2\0\0\0\x0a"
                                      "\0\0\0\1\0\0\0\2\0\0\0\3"
                                      "\0\0\0\4\0\0\0\0\0\0\0\0"));
}

static void
test_udp_odd_values_are_made_harmless(void **state)
{
    (void)state;
    struct tracker_udp_request q;
    uint8_t packet[UDP_ANNOUNCE_SIZE];
    memset(packet, 0xff, sizeof packet);
    put_be32(packet + 8, UDP_ANNOUNCE);
    memcpy(packet + 84, "\x01\x02\x03\x04", 4);
    assert_true(tracker_udp_parse(&q, bytes_of(packet, sizeof packet)));
    assert_true(q.announce.request.left == INT64_MAX);
    assert_int_equal(q.announce.request.event, EVENT_NONE);
    assert_true(q.announce.request.numwant == TRACKER_NUMWANT_DEFAULT);
    assert_true(addr_is_v4(&q.announce.ip));
}

static void
test_udp_refuses_short_and_strange_packets(void **state)
{
    (void)state;
    static const struct {
        uint32_t action;
        size_t size_min;
    } cases[] = {
        {UDP_CONNECT, 16}, {UDP_ANNOUNCE, 98}, {UDP_SCRAPE, 36}, {UDP_ERROR, 101}, {99, 101}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t len = 0; len <= 100; len++) {
            uint8_t packet[100] = {0};
            struct tracker_udp_request q;
            put_be64(packet, UDP_TRACKER_MAGIC);
            put_be32(packet + 8, cases[i].action);
            assert_int_equal(tracker_udp_parse(&q, bytes_of(packet, len)),
                             len >= cases[i].size_min);
        }
    }
    struct tracker_udp_request q;
    assert_false(tracker_udp_parse(&q, BYTES("\0\0\x04\x17\x27\x10\x19\x81\0\0\0\0\1\2\3\4")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target_is_told_by_the_end_of_its_path),
        cmocka_unit_test(test_http_announce_round_trip),
        cmocka_unit_test(test_http_announce_defaults),
        cmocka_unit_test(test_http_announce_ip_and_key),
        cmocka_unit_test(test_http_announce_refusals),
        cmocka_unit_test(test_http_answers_round_trip),
        cmocka_unit_test(test_http_answers_are_sorted_bencode),
        cmocka_unit_test(test_http_scrape),
        cmocka_unit_test(test_udp_round_trip),
        cmocka_unit_test(test_udp_scrape),
        cmocka_unit_test(test_udp_odd_values_are_made_harmless),
        cmocka_unit_test(test_udp_refuses_short_and_strange_packets),
    };
    return cmocka_run_group_tests_name("tracker_wire", tests, NULL, NULL);
}
