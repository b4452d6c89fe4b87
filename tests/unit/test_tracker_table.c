#include "builder/tracker_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t hash_a[SHA1_SIZE] = "aaaaaaaaaaaaaaaaaaa";
static const uint8_t hash_b[SHA1_SIZE] = "bbbbbbbbbbbbbbbbbbb";
enum { INTERVAL_S = 100, NOW = 1000000 };

static struct addr
client(uint32_t n)
{
    uint8_t ip[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    return addr_v4(ip, 0);
}

static struct announce_request
request(enum announce_event event, int64_t left)
{
    struct announce_request r = {.event = event, .left = left, .port = 6881, .numwant = 50};
    memcpy(r.info_hash, hash_a, SHA1_SIZE);
    return r;
}

static struct tracker_table *
table_of(uint32_t leechers, uint32_t seeds)
{
    struct tracker_table *t = tracker_table_new(INTERVAL_S, 1);
    struct tracker_answer answer;
    tracker_table_add(t, hash_a);
    tracker_table_add(t, hash_a);
    for (uint32_t i = 0; i < leechers + seeds; i++) {
        struct announce_request r = request(EVENT_STARTED, i < leechers ? 1 : 0);
        struct addr from = client(i + 1);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    }
    return t;
}

static void
test_foreign_torrents_are_refused(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(1, 0);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_STARTED, 1);
    struct addr from = client(9);
    memcpy(r.info_hash, hash_b, SHA1_SIZE);
    assert_false(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_false(tracker_table_stats(t, hash_b, NOW, &answer.stats));
    tracker_table_free(t);
}

static void
test_peers_are_distinct_and_never_the_asker(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(30, 10);
    struct announce_request r = request(EVENT_NONE, 1);
    for (uint32_t n = 1; n <= 30; n++) {
        struct tracker_answer answer;
        struct addr from = client(n);
        r.numwant = n % 45;
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
        assert_int_equal(answer.count, r.numwant < 39 ? r.numwant : 39);
        assert_int_equal(answer.stats.leechers, 30);
        assert_int_equal(answer.stats.seeds, 10);
        for (size_t i = 0; i < answer.count; i++) {
            assert_false(addr_same_ip(&answer.peers[i].addr, &from));
            assert_int_equal(answer.peers[i].addr.port, 6881);
            for (size_t k = 0; k < i; k++) {
                assert_false(addr_equal(&answer.peers[i].addr, &answer.peers[k].addr));
            }
        }
    }
    tracker_table_free(t);
}

static void
test_seeds_are_not_given_seeds(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(3, 10);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_NONE, 0);
    struct addr from = client(4);
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_int_equal(answer.count, 3);
    tracker_table_free(t);
}

static void
test_events_move_the_client(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(2, 0);
    struct tracker_answer answer;
    struct addr from = client(1);
    struct announce_request r = request(EVENT_COMPLETED, 0);
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    /* said twice, counted once */
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_int_equal(answer.stats.seeds, 1);
    assert_int_equal(answer.stats.leechers, 1);
    assert_int_equal(answer.stats.completed, 1);
    r.event = EVENT_STOPPED;
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_int_equal(answer.count, 0);
    assert_int_equal(answer.stats.seeds, 0);
    assert_true(tracker_table_stats(t, hash_a, NOW, &answer.stats));
    assert_int_equal(answer.stats.leechers, 1);
    tracker_table_free(t);
}

static void
test_the_silent_are_forgotten_after_two_intervals(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(5, 5);
    struct tracker_stats stats;
    assert_true(tracker_table_stats(t, hash_a, NOW + 2 * INTERVAL_S * 1000 - 16000, &stats));
    assert_int_equal(stats.leechers + stats.seeds, 10);
    assert_true(tracker_table_stats(t, hash_a, NOW + 2 * INTERVAL_S * 1000, &stats));
    assert_int_equal(stats.leechers + stats.seeds, 0);
    tracker_table_free(t);
}

static void
test_a_flood_is_bounded(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(TABLE_PEERS_MAX + 500, 0);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_STARTED, 1);
    struct addr from = client(1 << 20);
    r.numwant = TRACKER_NUMWANT_DEFAULT - 1;
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_int_equal(answer.count, TABLE_NUMWANT_MAX);
    assert_int_equal(answer.stats.leechers, TABLE_PEERS_MAX);
    tracker_table_free(t);
}

static void
test_port_zero_is_not_passed_on(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(1, 0);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_STARTED, 1);
    struct addr from = client(7);
    r.port = 0;
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.stats.leechers, 1);
    tracker_table_free(t);
}

static void
test_choice_is_fair(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(20, 20);
    struct announce_request r = request(EVENT_NONE, 1);
    int chosen[64] = {0};
    r.numwant = 10;
    for (int round = 0; round < 4000; round++) {
        struct tracker_answer answer;
        struct addr from = client(1);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
        for (size_t i = 0; i < answer.count; i++) {
            chosen[answer.peers[i].addr.ip[15]]++;
        }
    }
    for (int n = 2; n <= 40; n++) { /* 4000 * 10 / 39 = 1026 expected */
        assert_in_range(chosen[n], 900, 1150);
    }
    tracker_table_free(t);
}

static void
test_one_client_with_two_addresses_completes_once(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(0, 0);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_COMPLETED, 0);
    for (uint32_t n = 0; n < 6; n++) {
        struct addr from = client(n + 1);
        r.peer_id[0] = (uint8_t)('a' + n / 2);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    }
    assert_int_equal(answer.stats.seeds, 6);
    assert_int_equal(answer.stats.completed, 3);
    tracker_table_free(t);
}

static void
test_peers_of_one_family_are_enough_of_it(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(100, 0);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_STARTED, 1);
    for (uint8_t n = 1; n <= 10; n++) {
        uint8_t ip[16] = {0x20, 1, 0xd, 0xb8, [15] = n};
        struct addr from = addr_v6(ip, 0);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_V6, NOW, &answer));
        assert_int_equal(answer.count, n - 1);
        for (size_t i = 0; i < answer.count; i++) {
            assert_false(addr_is_v4(&answer.peers[i].addr));
        }
    }
    struct addr from = client(1000);
    r.numwant = 200;
    assert_true(tracker_table_announce(t, &r, &from, TABLE_V4, NOW, &answer));
    assert_int_equal(answer.count, 100);
    tracker_table_free(t);
}

/* The request of a stranger for its own torrent. */
static struct announce_request
foreign(uint32_t torrent)
{
    struct announce_request r = request(EVENT_STARTED, 1);
    for (int i = 0; i < 4; i++) {
        r.info_hash[i] = (uint8_t)(torrent >> (8 * i));
    }
    return r;
}

static void
test_an_open_table_takes_any_torrent_but_not_too_many(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(3, 0);
    struct tracker_answer answer;
    struct addr from = client(9);
    struct announce_request r;
    tracker_table_open(t);
    for (uint32_t n = 0; n < TABLE_OPEN_MAX; n++) {
        r = foreign(n);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
        assert_int_equal(answer.stats.leechers, 1);
    }
    r = foreign(TABLE_OPEN_MAX);
    assert_false(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    r = request(EVENT_STARTED, 1);
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    assert_int_equal(answer.count, 3);
    assert_int_equal(tracker_table_totals(t).torrents, TABLE_OPEN_MAX + 1);
    assert_int_equal(tracker_table_totals(t).leechers, TABLE_OPEN_MAX + 4);

    /* Once they are forgotten newcomers take their places; every one can be found on the way. */
    int64_t later = NOW + 2 * INTERVAL_S * 1000;
    for (uint32_t n = TABLE_OPEN_MAX; n < 2 * TABLE_OPEN_MAX; n++) {
        r = foreign(n);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, later, &answer));
        r = foreign(TABLE_OPEN_MAX + (n - TABLE_OPEN_MAX) / 2);
        assert_true(tracker_table_stats(t, r.info_hash, later, &answer.stats));
    }
    assert_true(tracker_table_stats(t, hash_a, later, &answer.stats));
    assert_in_range(tracker_table_totals(t).torrents, TABLE_OPEN_MAX, TABLE_OPEN_MAX + 1);
    tracker_table_free(t);
}

static void
test_members_of_foreign_torrents_are_bounded_and_ours_are_not_touched(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(3, 0);
    struct tracker_answer answer;
    tracker_table_open(t);
    for (uint32_t torrent = 0; torrent < 300; torrent++) {
        for (uint32_t n = 0; n < 1000; n++) {
            struct announce_request r = foreign(torrent);
            struct addr from = client(n);
            r.numwant = 0;
            assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
        }
    }
    assert_in_range(tracker_table_totals(t).leechers, TABLE_OPEN_MEMBERS_MAX / 2,
                    TABLE_OPEN_MEMBERS_MAX + 3);
    struct announce_request r = request(EVENT_STARTED, 1);
    for (uint32_t n = 1; n <= 100; n++) {
        struct addr from = client(n);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    }
    assert_int_equal(answer.stats.leechers, 100);
    tracker_table_free(t);
}

static void
test_a_torrent_of_strangers_becomes_ours(void **state)
{
    (void)state;
    struct tracker_table *t = tracker_table_new(INTERVAL_S, 1);
    struct tracker_answer answer;
    struct announce_request r = request(EVENT_STARTED, 1);
    struct addr from = client(1);
    tracker_table_open(t);
    assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, NOW, &answer));
    tracker_table_add(t, hash_a);
    int64_t later = NOW + 2 * INTERVAL_S * 1000;
    for (uint32_t n = 0; n < 20; n++) {
        r = foreign(n);
        assert_true(tracker_table_announce(t, &r, &from, TABLE_BOTH, later, &answer));
    }
    assert_true(tracker_table_stats(t, hash_a, later, &answer.stats)); /* empty, and still there */
    assert_int_equal(answer.stats.leechers, 0);
    tracker_table_free(t);
}

/* What an owner does who keeps swarms over restarts, or withdraws one. */
static void
test_swarms_are_kept_and_dropped_by_their_owner(void **state)
{
    (void)state;
    struct tracker_table *t = table_of(5, 3), *other = tracker_table_new(INTERVAL_S, 2);
    struct tracker_peer members[10];
    struct tracker_answer answer;
    assert_int_equal(tracker_table_members(t, hash_a, true, members, 10), 3);
    assert_int_equal(tracker_table_members(t, hash_a, false, members, 2), 2);
    assert_int_equal(tracker_table_members(t, hash_b, false, members, 10), 0);
    assert_int_equal(tracker_table_members(t, hash_a, false, members, 10), 5);
    tracker_table_add(other, hash_a);
    tracker_table_set_completed(other, hash_a, 77);
    for (size_t i = 0; i < 5; i++) {
        tracker_table_join(other, hash_a, i == 0, &members[i], NOW);
        tracker_table_join(other, hash_a, i == 0, &members[i], NOW); /* still one */
        tracker_table_join(other, hash_b, false, &members[i], NOW);  /* not ours */
    }
    assert_true(tracker_table_stats(other, hash_a, NOW, &answer.stats));
    assert_int_equal(answer.stats.leechers, 4);
    assert_int_equal(answer.stats.seeds, 1);
    assert_int_equal(answer.stats.completed, 77);
    tracker_table_add(other, hash_b);
    tracker_table_remove(other, hash_a);
    tracker_table_remove(other, hash_a);
    assert_false(tracker_table_stats(other, hash_a, NOW, &answer.stats));
    assert_true(tracker_table_stats(other, hash_b, NOW, &answer.stats));
    assert_int_equal(tracker_table_totals(other).torrents, 1);
    assert_int_equal(tracker_table_totals(other).leechers, 0);
    tracker_table_free(t);
    tracker_table_free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_torrents_are_refused),
        cmocka_unit_test(test_peers_are_distinct_and_never_the_asker),
        cmocka_unit_test(test_seeds_are_not_given_seeds),
        cmocka_unit_test(test_events_move_the_client),
        cmocka_unit_test(test_the_silent_are_forgotten_after_two_intervals),
        cmocka_unit_test(test_a_flood_is_bounded),
        cmocka_unit_test(test_port_zero_is_not_passed_on),
        cmocka_unit_test(test_choice_is_fair),
        cmocka_unit_test(test_one_client_with_two_addresses_completes_once),
        cmocka_unit_test(test_peers_of_one_family_are_enough_of_it),
        cmocka_unit_test(test_an_open_table_takes_any_torrent_but_not_too_many),
        cmocka_unit_test(test_members_of_foreign_torrents_are_bounded_and_ours_are_not_touched),
        cmocka_unit_test(test_a_torrent_of_strangers_becomes_ours),
        cmocka_unit_test(test_swarms_are_kept_and_dropped_by_their_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
