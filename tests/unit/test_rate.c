#include "base/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
test_steady_stream_measures_its_rate(void **state)
{
    (void)state;
    struct rate r = {0};
    int64_t now_ms = 123456789;
    for (int i = 0; i < 300; i++, now_ms += 100) {
        rate_count(&r, 10000, now_ms);
        if (i >= 20) {
            assert_in_range(rate_get(&r, now_ms), 95000, 115000);
        }
    }
    assert_int_equal(r.total, 3000000);
}

static void
test_young_rate_is_not_too_low(void **state)
{
    (void)state;
    struct rate r = {0};
    rate_count(&r, 5000, 10000);
    rate_count(&r, 5000, 10500);
    assert_int_equal(rate_get(&r, 11000), 10000);
}

static void
test_silence_lets_the_rate_fall_to_zero(void **state)
{
    (void)state;
    struct rate r = {0};
    assert_int_equal(rate_get(&r, 5000), 0);
    rate_count(&r, 800000, 1000);
    uint64_t before = rate_get(&r, 2000);
    for (int64_t ms = 2000; ms < 12000; ms += 250) {
        uint64_t rate = rate_get(&r, ms);
        assert_true(rate <= before);
        before = rate;
    }
    assert_int_equal(before, 0);
    rate_count(&r, 1000, 1000000000); /* after a long sleep nothing old counts */
    assert_in_range(rate_get(&r, 1000000000), 1, 1000);
}

static void
test_clock_that_stands_still_does_no_harm(void **state)
{
    (void)state;
    struct rate r = {0};
    rate_count(&r, 100, 0);
    rate_count(&r, 100, 0);
    assert_int_equal(rate_get(&r, 0), 200);
}

static void
test_no_limit_has_room(void **state)
{
    (void)state;
    struct limiter l = {0};
    assert_true(limiter_room(&l, 0) >= 1u << 30);
    limiter_take(&l, 1u << 30);
    assert_true(limiter_room(&l, 0) >= 1u << 30);
    assert_int_equal(limiter_wait_ms(&l, 0), 0);
}

/* Moves as much as it may for `ms`, asking every `step_ms`, at most `block` at once. */
static uint64_t
moved(struct limiter *l, int64_t from_ms, int64_t ms, int64_t step_ms, uint64_t block)
{
    uint64_t sum = 0;
    for (int64_t now = from_ms; now < from_ms + ms; now += step_ms) {
        while (limiter_room(l, now) > 0) {
            limiter_take(l, block);
            sum += block;
        }
    }
    return sum;
}

static void
test_limit_holds_over_time(void **state)
{
    (void)state;
    static const struct {
        uint64_t per_s;
        int64_t step_ms;
    } cases[] = {{1, 1}, {100, 1}, {1024, 1}, {10000, 7}, {1000000, 1}, {123456789, 3},
                 {5000000000, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct limiter l = {.per_s = cases[i].per_s};
        int64_t ms = 100000;
        uint64_t want = cases[i].per_s * 100;
        uint64_t slack = cases[i].per_s / 4 + 2 * 16384;
        uint64_t got = moved(&l, 1000000000, ms, cases[i].step_ms, 16384);
        assert_true(got <= want + slack);
        assert_true(got + slack + want / 100 >= want);
    }
}

static void
test_wait_is_just_long_enough(void **state)
{
    (void)state;
    const uint64_t limits[] = {1, 3, 999, 16384, 1000000, 7777777777};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct limiter l = {.per_s = limits[i]};
        int64_t now = 5000;
        limiter_take(&l, limiter_room(&l, now) + 1000);
        int64_t wait = limiter_wait_ms(&l, now);
        assert_true(wait > 0);
        struct limiter early = l;
        assert_int_equal(limiter_room(&early, now + wait - 1), 0);
        assert_true(limiter_room(&l, now + wait) > 0);
    }
}

static void
test_clock_far_ahead_only_fills_the_bucket(void **state)
{
    (void)state;
    struct limiter l = {.per_s = UINT32_MAX};
    assert_int_equal(limiter_room(&l, INT64_MAX / 2), UINT32_MAX / 4);
    struct limiter absurd = {.per_s = UINT64_MAX};
    assert_true(limiter_room(&absurd, INT64_MAX / 2) > 1u << 30);
    limiter_take(&absurd, 1u << 31);
    assert_true(limiter_room(&absurd, INT64_MAX / 2 + 999) > 1u << 30);
}

static void
test_parse_reads_what_people_write(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},          {"100", true, 100},      {"64K", true, 65536},
        {"64k", true, 65536},    {"1.5M", true, 1572864}, {"2G", true, 2147483648},
        {"2G/s", true, 2147483648}, {"64KB", true, 65536}, {"64KB/s", true, 65536},
        {"100B", true, 100},     {"0.25K", true, 256},    {"1.05M", true, 1101004},
        {"", false, 0},          {"K", false, 0},         {"/s", false, 0},
        {"-1", false, 0},        {"1.5", false, 0},       {"1.", false, 0},
        {".5M", false, 0},       {"1.M", false, 0},       {"1.2345M", false, 0},
        {"1.2.3M", false, 0},    {"1 M", false, 0},       {"1T", false, 0},
        {"99999999999", false, 0}, {"1KK", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 42;
        assert_int_equal(rate_parse(cases[i].in, &value), cases[i].ok);
        assert_int_equal(value, cases[i].ok ? cases[i].value : 42);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady_stream_measures_its_rate),
        cmocka_unit_test(test_young_rate_is_not_too_low),
        cmocka_unit_test(test_silence_lets_the_rate_fall_to_zero),
        cmocka_unit_test(test_clock_that_stands_still_does_no_harm),
        cmocka_unit_test(test_no_limit_has_room),
        cmocka_unit_test(test_limit_holds_over_time),
        cmocka_unit_test(test_wait_is_just_long_enough),
        cmocka_unit_test(test_clock_far_ahead_only_fills_the_bucket),
        cmocka_unit_test(test_parse_reads_what_people_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
