/* Tiers, events and times, with HTTP trackers on the loopback. */
#include "engine/tracker.h"
#include "unit/tracker_lab.h"

#include <zlib.h>

#define GOOD \
    "d8:intervali1800e12:min intervali600e5:peers6:\x0a\x00\x00\x01\x1a\xe1" \
    "e"

/* What a path answers; the first entry whose path begins the request's counts. */
struct page {
    const char *path;
    const char *status;
    struct bytes body;
};
static struct page pages[8];

static void
answer_from_pages(struct web_lab *web, const char *head, struct buf *out)
{
    (void)web;
    for (struct page *p = pages; p->path; p++) {
        if (strncmp(head + 4, p->path, strlen(p->path)) == 0) {
            if (p->status)
                web_put(out, p->status, p->body);
            return;
        }
    }
    web_put(out, "404 Not Found", BYTES("nothing here"));
}

static int
set_up(void **state)
{
    lab_set_up(state);
    memset(pages, 0, sizeof pages);
    pages[0] = (struct page){"/announce", "200 OK", BYTES(GOOD)};
    web_open(&lab.web, answer_from_pages);
    lab.web.close_after = true;
    return 0;
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, lab_tear_down)

static const char *
request(int i)
{
    assert_in_range(i, 0, lab.web.requests - 1);
    return lab.web.log[i];
}

static void
one_tracker(void)
{
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/announce");
    lab_start();
}

static bool
asks(int i, const char *text)
{
    return strstr(request(i), text) != NULL;
}

static void
test_the_first_announce_says_everything(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    assert_true(asks(0, "GET /announce?info_hash=hhhhhhhhhhhhhhhhhhhh&peer_id=pppppppppppppppppppp"
                        "&port=6881&uploaded=1&downloaded=2&left=3&key=abcd1234&numwant=80&"));
    assert_true(asks(0, "&event=started "));
    assert_true(asks(0, "\r\nUser-Agent: samara/test\r\n"));
    struct addr a[4];
    assert_int_equal(trackers_take_peers(lab.t, a, 4), 1);
    struct addr expected = addr_v4((const uint8_t[]){10, 0, 0, 1}, 6881);
    assert_true(addr_equal(&a[0], &expected));
    assert_int_equal(trackers_take_peers(lab.t, a, 4), 0);
    lab_settle();
    assert_int_equal(lab.web.requests, 1);
    assert_false(lab_was_told("tracker", ""));
}

static void
test_it_comes_again_after_the_interval(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    lab_skip(1700);
    assert_int_equal(lab.web.requests, 1);
    lab_skip(101);
    assert_int_equal(lab.web.requests, 2);
    assert_false(asks(1, "event="));
    assert_true(asks(1, "numwant=80&"));
}

static void
test_intervals_are_clamped(void **state)
{
    (void)state;
    pages[0].body = BYTES("d8:intervali1e5:peers0:e");
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    lab_skip(50);
    assert_int_equal(lab.web.requests, 1);
    pages[0].body = BYTES("d8:intervali999999999e5:peers0:e");
    lab_skip(11);
    assert_int_equal(lab.web.requests, 2);
    lab_skip(ANNOUNCE_INTERVAL_MAX_S + 1);
    assert_int_equal(lab.web.requests, 3);
}

static void
test_hurry_respects_the_min_interval(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    trackers_hurry(lab.t, lab_now());
    lab_skip(590);
    trackers_hurry(lab.t, lab_now());
    lab_settle();
    assert_int_equal(lab.web.requests, 1);
    lab_skip(11);
    assert_int_equal(lab.web.requests, 2);
    assert_false(asks(1, "event="));
}

static void
test_completed_and_stopped_are_said_once(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    lab.figures.left = 0;
    trackers_completed(lab.t, lab_now());
    lab_settle();
    assert_int_equal(lab.web.requests, 2);
    assert_true(asks(1, "left=0&"));
    assert_true(asks(1, "event=completed"));
    lab_skip(1801);
    assert_int_equal(lab.web.requests, 3);
    assert_false(asks(2, "event="));
    assert_false(trackers_stopped(lab.t));
    trackers_stop(lab.t);
    LAB_UNTIL(trackers_stopped(lab.t));
    assert_int_equal(lab.web.requests, 4);
    assert_true(asks(3, "event=stopped"));
    assert_true(asks(3, "numwant=0"));
    lab_skip(1801);
    assert_int_equal(lab.web.requests, 4);
}

static void
test_completed_is_said_after_started_was_heard(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(lab.web.requests == 1); /* "started" is on its way */
    trackers_completed(lab.t, lab_now());
    LAB_UNTIL(lab.web.requests == 2);
    assert_true(asks(1, "event=completed"));
    lab_settle();
    assert_int_equal(lab.web.requests, 2);
}

static void
test_completed_is_said_before_a_stop_at_once(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    trackers_completed(lab.t, lab_now());
    trackers_stop(lab.t);
    LAB_UNTIL(trackers_stopped(lab.t));
    lab_settle();
    assert_int_equal(lab.web.requests, 3);
    assert_true(asks(1, "event=completed"));
    assert_true(asks(2, "event=stopped"));
}

static void
test_a_stop_waits_for_completed_under_way(void **state)
{
    (void)state;
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    trackers_completed(lab.t, lab_now());
    LAB_UNTIL(lab.web.requests == 2);
    trackers_stop(lab.t);
    LAB_UNTIL(trackers_stopped(lab.t));
    lab_settle();
    assert_int_equal(lab.web.requests, 3);
    assert_true(asks(2, "event=stopped"));
}

static void
test_who_does_not_know_us_gets_no_goodbye(void **state)
{
    (void)state;
    pages[0].status = NULL; /* never answers */
    one_tracker();
    LAB_UNTIL(lab.web.requests == 1);
    trackers_stop(lab.t);
    assert_true(trackers_stopped(lab.t));
    lab_settle();
    assert_int_equal(lab.web.requests, 1);
}

static void
test_a_refusal_is_told_once_and_backs_off(void **state)
{
    (void)state;
    pages[0].body = BYTES("d14:failure reason15:not\x1b registerede");
    one_tracker();
    LAB_UNTIL(lab.web.requests == 1);
    lab_settle();
    assert_true(lab_was_told("tracker", "Tracker 127.0.0.1 says: not  registered"));
    assert_int_equal(trackers_working(lab.t), 0);
    int expected = 1;
    for (int64_t wait = ANNOUNCE_RETRY_MIN_S; wait < 4000; wait *= 2) {
        int64_t capped = wait < ANNOUNCE_RETRY_MAX_S ? wait : ANNOUNCE_RETRY_MAX_S;
        lab_skip(capped * 3 / 4 - 1);
        assert_int_equal(lab.web.requests, expected);
        lab_skip(capped / 2 + 2);
        assert_int_equal(lab.web.requests, ++expected);
        assert_true(asks(expected - 1, "event=started"));
    }
    assert_false(lab_was_told("tracker", ""));
    pages[0].body = BYTES(GOOD);
    lab_skip(ANNOUNCE_RETRY_MAX_S * 2);
    assert_int_equal(trackers_working(lab.t), 1);
}

static void
test_retry_in_is_respected(void **state)
{
    (void)state;
    pages[0].body = BYTES("d14:failure reason4:busy8:retry ini60ee");
    one_tracker();
    lab_settle();
    lab_skip(3590);
    assert_int_equal(lab.web.requests, 1);
    trackers_hurry(lab.t, lab_now());
    pages[0].body = BYTES("d14:failure reason3:bye8:retry in5:nevere");
    lab_skip(11);
    assert_int_equal(lab.web.requests, 2);
    lab_skip(1000000);
    assert_int_equal(lab.web.requests, 2);
}

static void
test_a_tier_goes_on_to_the_next_tracker(void **state)
{
    (void)state;
    pages[1] = (struct page){"/dead/announce", "500 Broken", BYTES("")};
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/dead/announce");
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/announce");
    lab_start();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    int before = lab.web.requests;
    for (int i = 0; i < 3; i++)
        lab_skip(1801); /* the one that answered stays first */
    assert_int_equal(lab.web.requests, before + 3);
    for (int i = before; i < before + 3; i++)
        assert_true(asks(i, "GET /announce"));
    pages[0].path = "/no";
    lab_skip(1801);
    assert_int_equal(lab.web.requests, before + 5);
    assert_true(asks(before + 4, "GET /dead/announce"));
    assert_true(lab_was_told("tracker", "HTTP status"));
}

static void
test_all_tiers_are_asked_at_the_same_time(void **state)
{
    (void)state;
    pages[1] = (struct page){"/silent", NULL, BYTES("")};
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/silent/announce");
    lab_tracker(1, "http://127.0.0.1", lab.web.port, "/announce");
    lab_start();
    assert_int_equal(trackers_count(lab.t), 2);
    LAB_UNTIL(trackers_working(lab.t) == 1);
    lab_settle();
    assert_int_equal(lab.web.requests, 2);
    lab_skip(HTTP_TIMEOUT_MS / 1000 + 1);
    assert_true(lab_was_told("tracker", "127.0.0.1: no answer"));
}

static void
test_of_a_private_torrent_one_is_asked_at_a_time(void **state)
{
    (void)state;
    lab.config.private_torrent = true;
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/announce");
    lab_tracker(1, "http://127.0.0.1", lab.web.port, "/announce?2");
    lab_start();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    lab_settle();
    assert_int_equal(lab.web.requests, 1);
    assert_true(asks(0, "GET /announce?info_hash"));
}

static void
test_many_tiers_share_a_few_connections(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        char path[32];
        snprintf(path, sizeof path, "/announce?%u", i);
        lab_tracker(i, "http://127.0.0.1", lab.web.port, path);
    }
    lab_start();
    LAB_UNTIL(trackers_working(lab.t) == 30);
    assert_int_equal(lab.web.requests, 30);
    assert_in_range(lab.web.open_max, 2, 8);
    trackers_stop(lab.t);
    LAB_UNTIL(trackers_stopped(lab.t));
    assert_int_equal(lab.web.requests, 60);
}

static void
test_the_users_trackers_stand_in_front(void **state)
{
    (void)state;
    char mine[64];
    snprintf(mine, sizeof mine, "http://127.0.0.1:%u/announce?mine", lab.web.port);
    const struct bytes urls[] = {bytes_of_text(mine), BYTES("ftp://127.0.0.1/announce"),
                                 BYTES("http://")};
    const uint32_t tiers[] = {0, 0, 1};
    lab.sources =
        (struct swarm_sources){.trackers = urls, .tracker_tiers = tiers, .tracker_count = 3};
    lab.config.private_torrent = true; /* so that the order can be seen */
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/announce?theirs");
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/announce?mine");
    lab_start();
    assert_int_equal(trackers_count(lab.t), 2);
    LAB_UNTIL(trackers_working(lab.t) == 1);
    assert_true(asks(0, "GET /announce?mine&info_hash"));
}

static void
test_what_the_tracker_says_is_kept(void **state)
{
    (void)state;
    int64_t seeds, leechers;
    struct addr own;
    pages[0].body = BYTES("d8:completei5e11:external ip4:\x01\x02\x03\x04"
                          "10:incompletei7e"
                          "8:intervali1800e5:peers0:10:tracker id3:a b15:warning message4:sooee");
    one_tracker();
    trackers_swarm_size(lab.t, &seeds, &leechers);
    assert_int_equal(seeds, -1);
    assert_false(trackers_external(lab.t, &own));
    LAB_UNTIL(trackers_working(lab.t) == 1);
    trackers_swarm_size(lab.t, &seeds, &leechers);
    assert_int_equal(seeds, 5);
    assert_int_equal(leechers, 7);
    assert_true(trackers_external(lab.t, &own));
    struct addr expected = addr_v4((const uint8_t[]){1, 2, 3, 4}, 0);
    assert_true(addr_same_ip(&own, &expected));
    assert_true(lab_was_told("tracker", "warns: sooe"));
    lab_skip(1801);
    assert_true(asks(1, "&trackerid=a%20b"));
    assert_false(lab_was_told("tracker", ""));
}

/* "d8:completei5e10:incompletei7e8:intervali1800e5:peers0:e" */
#define PACKED \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xb1\xb0\x4a\xce\xcf\x2d\xc8\x49\x2d" \
    "\x49\xcd\x34\x4d\x35\x34\xb0\xca\xcc\x83\xf3\xcd\x53\x2d\x80\xdc\x92\xd4\xa2\xb2" \
    "\xc4\x9c\x4c\x43\x0b\x03\x83\x54\x53\xab\x82\xd4\xd4\xa2\x62\x03\xab\x54\x00\xcf" \
    "\x65\x58\x20\x38\x00\x00\x00"

static void
test_packed_answers_are_unpacked(void **state)
{
    (void)state;
    int64_t seeds, leechers;
    pages[0] = (struct page){"/announce", "200 OK\r\nContent-Encoding: gzip", BYTES(PACKED)};
    one_tracker();
    LAB_UNTIL(trackers_working(lab.t) == 1);
    trackers_swarm_size(lab.t, &seeds, &leechers);
    assert_int_equal(seeds, 5);
    assert_int_equal(leechers, 7);
    assert_true(asks(0, "Accept-Encoding: gzip"));
}

static void
test_packed_answers_that_do_not_unpack_are_failures(void **state)
{
    (void)state;
    static uint8_t full[ANNOUNCE_ANSWER_MAX + 1], bomb[4096];
    z_stream z = {.next_in = full, .avail_in = sizeof full, .next_out = bomb};
    z.avail_out = sizeof bomb;
    assert_int_equal(deflateInit(&z, 9), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const struct bytes wrongs[] = {
        bytes_first(BYTES(PACKED), 40),
        BYTES("\x1f\x8b" "abc"),
        BYTES(""),
        bytes_of(bomb, z.total_out), /* unpacked, longer than any answer may be */
    };
    deflateEnd(&z);
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        pages[0] = (struct page){"/announce", "200 OK\r\nContent-Encoding: gzip", wrongs[i]};
        if (i == 0)
            one_tracker();
        LAB_UNTIL(lab.web.requests == (int)i + 1);
        lab_settle();
        assert_int_equal(trackers_working(lab.t), 0);
        if (i == 0) /* and only then: the same trouble is told once */
            assert_true(lab_was_told("tracker", "127.0.0.1: its answer is damaged"));
        lab_skip(8 << i);
    }
}

static void
test_useless_answers_are_failures(void **state)
{
    (void)state;
    static uint8_t huge[ANNOUNCE_ANSWER_MAX + 1];
    one_tracker();
    pages[0].body = BYTES("<html>");
    LAB_UNTIL(lab.web.requests == 1);
    lab_settle();
    assert_true(lab_was_told("tracker", "127.0.0.1: what answers there is no tracker"));
    pages[0].body = bytes_of(huge, sizeof huge);
    lab_skip(8);
    lab_settle();
    assert_true(lab_was_told("tracker", "127.0.0.1: its answer is too long"));
    pages[0] = (struct page){"/announce", "503 Busy\r\nRetry-After: 1000", BYTES("busy")};
    lab_skip(16);
    lab_settle();
    assert_true(lab_was_told("tracker", "127.0.0.1: it answers with HTTP status 503"));
    lab_skip(990);
    assert_int_equal(lab.web.requests, 3);
    pages[0] = (struct page){"/announce", "400 Bad", BYTES("d14:failure reason5:wronge")};
    lab_skip(11);
    assert_int_equal(lab.web.requests, 4);
    assert_true(lab_was_told("tracker", "says: wrong"));
}

static void
test_a_local_address_must_look_like_a_tracker(void **state)
{
    (void)state;
    lab_tracker(0, "http://127.0.0.1", lab.web.port, "/cgi/reboot");
    lab_start();
    lab_settle();
    assert_int_equal(lab.web.accepted, 0);
    assert_true(lab_was_told("tracker", "must have an address that ends in \"announce\""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_announce_says_everything),
        TEST(test_it_comes_again_after_the_interval),
        TEST(test_intervals_are_clamped),
        TEST(test_hurry_respects_the_min_interval),
        TEST(test_completed_and_stopped_are_said_once),
        TEST(test_completed_is_said_after_started_was_heard),
        TEST(test_completed_is_said_before_a_stop_at_once),
        TEST(test_a_stop_waits_for_completed_under_way),
        TEST(test_who_does_not_know_us_gets_no_goodbye),
        TEST(test_a_refusal_is_told_once_and_backs_off),
        TEST(test_retry_in_is_respected),
        TEST(test_a_tier_goes_on_to_the_next_tracker),
        TEST(test_all_tiers_are_asked_at_the_same_time),
        TEST(test_of_a_private_torrent_one_is_asked_at_a_time),
        TEST(test_many_tiers_share_a_few_connections),
        TEST(test_the_users_trackers_stand_in_front),
        TEST(test_what_the_tracker_says_is_kept),
        TEST(test_packed_answers_are_unpacked),
        TEST(test_packed_answers_that_do_not_unpack_are_failures),
        TEST(test_useless_answers_are_failures),
        TEST(test_a_local_address_must_look_like_a_tracker),
    };
    sys_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
