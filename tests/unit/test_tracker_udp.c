/* UDP trackers (BEP 15): a server in the test that may be deaf, forgetful or wrong. */
#include "engine/tracker.h"
#include "unit/tracker_lab.h"

#include "wire/udp_tracker.h"

enum { LOG_MAX = 64 };

static struct server {
    sys_sock sock;
    struct addr at;
    int drop;       /* so many packets are not heard */
    bool forgetful; /* knows no connection */
    bool wrong_transaction;
    const char *refusal;
    uint32_t actions[LOG_MAX];
    uint32_t transactions[LOG_MAX];
    uint32_t events[LOG_MAX];
    uint8_t last[2048];
    size_t last_len;
    int count;
    bool v6;
} server;

static void
answer(const uint8_t *in, const struct addr *to)
{
    uint8_t mem[256];
    struct buf b = BUF(mem);
    uint32_t action = be32(in + 8);
    bool refused = action == UDP_ANNOUNCE && (server.refusal || server.forgetful);
    buf_be32(&b, refused ? UDP_ERROR : action);
    buf_be32(&b, be32(in + 12) + server.wrong_transaction);
    if (refused) {
        buf_text(&b, server.refusal ? server.refusal : "Connection ID missmatch.");
        server.forgetful = false;
    } else if (action == UDP_CONNECT) {
        buf_be64(&b, UINT64_C(0x1122334455667788));
    } else {
        buf_be32(&b, 1800);
        buf_be32(&b, 7);
        buf_be32(&b, 5);
        static const uint8_t v4[] = {10, 0, 0, 1, 0x1a, 0xe1};
        static const uint8_t v6[] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9};
        buf_add(&b, server.v6 ? bytes_of(v6, sizeof v6) : bytes_of(v4, sizeof v4));
    }
    sys_udp_send(server.sock, b.ptr, b.len, to);
}

static void
server_turn(void)
{
    struct addr from;
    int64_t n;
    while ((n = sys_udp_recv(server.sock, server.last, sizeof server.last, &from)) > 0) {
        server.last_len = (size_t)n;
        assert_in_range(server.count, 0, LOG_MAX - 1);
        server.actions[server.count] = be32(server.last + 8);
        server.transactions[server.count] = be32(server.last + 12);
        server.events[server.count] = n >= UDP_ANNOUNCE_SIZE ? be32(server.last + 80) : 99;
        server.count++;
        if (server.drop > 0)
            server.drop--;
        else
            answer(server.last, &from);
    }
}

static void
serve_at(struct addr at)
{
    if (sys_udp_open(&at, &server.sock) != SYS_OK)
        skip();
    server.at = sys_sock_local(server.sock);
    lab.turn = server_turn;
}

static int
set_up(void **state)
{
    lab_set_up(state);
    memset(&server, 0, sizeof server);
    serve_at(addr_v4((const uint8_t[]){127, 0, 0, 1}, 0));
    return 0;
}

static int
tear_down(void **state)
{
    sys_sock_close(&server.sock);
    return lab_tear_down(state);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void
one_tracker(void)
{
    lab_tracker(0, "udp://127.0.0.1", server.at.port, "/announce?key=1");
    lab_start();
}

static void
assert_packets(int count, uint32_t last_action, uint32_t last_event)
{
    assert_int_equal(server.count, count);
    assert_int_equal(server.actions[count - 1], last_action);
    assert_int_equal(server.events[count - 1], last_event);
}

static void
test_connect_then_announce(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    assert_packets(2, UDP_ANNOUNCE, EVENT_STARTED);
    assert_int_equal(server.actions[0], UDP_CONNECT);
    assert_true(be64(server.last) == UINT64_C(0x1122334455667788));
    assert_memory_equal(server.last + 16, "hhhhhhhhhhhhhhhhhhhhpppppppppppppppppppp", 40);
    assert_int_equal(be64(server.last + 56), 2); /* downloaded */
    assert_int_equal(be64(server.last + 64), 3); /* left */
    assert_int_equal(be64(server.last + 72), 1); /* uploaded */
    assert_int_equal(be32(server.last + 88), 0xabcd1234);
    assert_int_equal(be32(server.last + 92), ANNOUNCE_NUMWANT);
    assert_int_equal(be16(server.last + 96), 6881);
    assert_memory_equal(server.last + 98, "\2\x0f/announce?key=1", 17); /* BEP 41 */
    struct addr a[4], expected = addr_v4((const uint8_t[]){10, 0, 0, 1}, 6881);
    assert_int_equal(trackers_take_peers(lab.t, a, 4), 1);
    assert_true(addr_equal(&a[0], &expected));
    int64_t seeds, leechers;
    trackers_swarm_size(lab.t, &seeds, &leechers);
    assert_int_equal(seeds, 5);
    assert_int_equal(leechers, 7);
}

static void
test_all_events_are_said(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    trackers_completed(lab.t, lab_now());
    lab_settle();
    assert_packets(3, UDP_ANNOUNCE, EVENT_COMPLETED); /* the connection is still good */
    lab_skip(1801);
    assert_packets(5, UDP_ANNOUNCE, EVENT_NONE); /* now a new one was needed */
    server.drop = 1;
    trackers_stop(lab.t);
    lab_settle();
    assert_false(trackers_stopped(lab.t));
    lab_skip(1); /* a goodbye is sent again soon */
    assert_true(trackers_stopped(lab.t));
    assert_packets(7, UDP_ANNOUNCE, EVENT_STOPPED);
    assert_int_equal(be32(server.last + 92), 0);
}

static void
test_lost_packets_are_sent_again_ever_later(void **state)
{
    (void)state;
    server.drop = 2;
    one_tracker();
    lab_settle();
    lab_skip(14);
    assert_packets(1, UDP_CONNECT, 99);
    lab_skip(2);
    assert_packets(2, UDP_CONNECT, 99);
    lab_skip(28);
    assert_packets(2, UDP_CONNECT, 99);
    lab_skip(3);
    assert_packets(4, UDP_ANNOUNCE, EVENT_STARTED);
    assert_int_equal(trackers_working(lab.t), 1);
}

static void
test_a_deaf_tracker_is_given_up(void **state)
{
    (void)state;
    server.drop = 1000;
    one_tracker();
    lab_settle();
    lab_skip(16);
    lab_skip(31);
    lab_skip(61);
    assert_false(lab_was_told("tracker", ""));
    lab_skip(121);
    assert_true(lab_was_told("tracker", "Tracker 127.0.0.1: no answer"));
    server.drop = 0;
    lab_skip(7);
    assert_int_equal(trackers_working(lab.t), 1);
}

static void
test_the_next_in_the_tier_waits_less(void **state)
{
    (void)state;
    server.drop = 2;
    lab_tracker(0, "udp://127.0.0.1", server.at.port, "/announce?a");
    lab_tracker(0, "udp://127.0.0.1", server.at.port, "/announce?b");
    lab_start();
    lab_settle();
    lab_skip(16);
    lab_skip(31);
    assert_int_equal(trackers_working(lab.t), 1);
    assert_int_equal(server.count, 4);
}

static void
test_a_connection_ends_while_we_announce(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    lab_skip(1750);
    trackers_completed(lab.t, lab_now());
    LAB_UNTIL(server.count == 3);
    server.drop = 3; /* the announce behind this connect */
    lab_settle();
    assert_packets(4, UDP_ANNOUNCE, EVENT_COMPLETED);
    lab_skip(16);
    assert_packets(5, UDP_ANNOUNCE, EVENT_COMPLETED);
    lab_skip(31);
    assert_packets(6, UDP_ANNOUNCE, EVENT_COMPLETED);
    lab_skip(61); /* more than a minute after the connect */
    assert_packets(8, UDP_ANNOUNCE, EVENT_COMPLETED);
    assert_int_equal(server.actions[6], UDP_CONNECT);
}

static void
test_answers_that_are_not_ours_do_not_count(void **state)
{
    (void)state;
    server.wrong_transaction = true;
    one_tracker();
    lab_settle();
    assert_packets(1, UDP_CONNECT, 99);
    assert_int_equal(trackers_working(lab.t), 0);
    server.wrong_transaction = false;
    server.drop = 1;
    lab_skip(16); /* dropped by the server; a stranger tries to answer instead */
    assert_packets(2, UDP_CONNECT, 99);
    uint8_t mem[16];
    struct buf b = BUF(mem);
    buf_be32(&b, UDP_CONNECT);
    buf_be32(&b, server.transactions[1]);
    buf_be64(&b, 1);
    struct addr any = {0}, loopback = addr_v4((const uint8_t[]){127, 0, 0, 1}, 0);
    sys_sock stranger = SYS_NONE;
    assert_int_equal(sys_udp_open(&any, &stranger), SYS_OK);
    assert_int_equal(lab.wants.count, 1);
    loopback.port = sys_sock_local(lab.wants.v[0].sock).port;
    assert_int_equal(sys_udp_send(stranger, b.ptr, b.len, &loopback), 16);
    sys_sock_close(&stranger);
    lab_settle();
    assert_packets(2, UDP_CONNECT, 99);
}

static void
test_a_refusal_is_told(void **state)
{
    (void)state;
    server.refusal = "unknown torrent";
    one_tracker();
    lab_settle();
    assert_true(lab_was_told("tracker", "Tracker 127.0.0.1 says: unknown torrent"));
    server.refusal = NULL;
    lab_skip(7);
    assert_int_equal(trackers_working(lab.t), 1);
}

static void
test_a_forgotten_connection_is_made_anew(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    server.forgetful = true;
    trackers_completed(lab.t, lab_now());
    lab_settle();
    assert_packets(5, UDP_ANNOUNCE, EVENT_COMPLETED);
    assert_int_equal(trackers_working(lab.t), 1);
    assert_false(lab_was_told("tracker", ""));
}

static void
test_peers_over_ipv6_have_ipv6_addresses(void **state)
{
    (void)state;
    uint8_t loopback[16] = {[15] = 1};
    sys_sock_close(&server.sock);
    server.v6 = true;
    serve_at(addr_v6(loopback, 0));
    lab_tracker(0, "udp://[::1]", server.at.port, "/announce");
    lab_start();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    struct addr a[4];
    assert_int_equal(trackers_take_peers(lab.t, a, 4), 1);
    assert_int_equal(a[0].ip[0], 0x20);
    assert_int_equal(a[0].port, 9);
}

static void
test_a_host_that_is_not_there(void **state)
{
    (void)state;
    char longer[100] = "udp://"; /* than a label may be */
    memset(longer + 6, 'a', sizeof longer - 7);
    lab_tracker(0, longer, 80, "/announce");
    lab_start();
    LAB_UNTIL(lab.events.count == 1);
    assert_true(lab_was_told("tracker", "a: no such host"));
}

static void
test_a_local_tracker_needs_no_path(void **state)
{
    (void)state;
    lab_tracker(0, "udp://127.0.0.1", server.at.port, "");
    lab_start();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    assert_int_equal(server.last_len, UDP_ANNOUNCE_SIZE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_connect_then_announce),
        TEST(test_all_events_are_said),
        TEST(test_lost_packets_are_sent_again_ever_later),
        TEST(test_a_deaf_tracker_is_given_up),
        TEST(test_the_next_in_the_tier_waits_less),
        TEST(test_a_connection_ends_while_we_announce),
        TEST(test_answers_that_are_not_ours_do_not_count),
        TEST(test_a_refusal_is_told),
        TEST(test_a_forgotten_connection_is_made_anew),
        TEST(test_peers_over_ipv6_have_ipv6_addresses),
        TEST(test_a_host_that_is_not_there),
        TEST(test_a_local_tracker_needs_no_path),
    };
    sys_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
