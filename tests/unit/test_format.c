#include "ui/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t mem[4096];

static void
test_size(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        {-1, "0 bytes"}, {0, "0 bytes"}, {1, "1 byte"}, {1023, "1023 bytes"}, {1024, "1.0 KiB"},
        {1535, "1.4 KiB"}, {1536, "1.5 KiB"}, {102399, "99.9 KiB"}, {102400, "100 KiB"},
        {1048575, "1023 KiB"}, {1048576, "1.0 MiB"}, {INT64_C(5) << 30, "5.0 GiB"},
        {INT64_C(3) << 40, "3.0 TiB"}, {INT64_MAX, "7.9 EiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF(mem);
        format_size(&b, NULL, cases[i].bytes);
        assert_string_equal(buf_cstr(&b), cases[i].text);
    }
    struct buf b = BUF(mem);
    format_rate(&b, NULL, UINT64_MAX);
    assert_string_equal(buf_cstr(&b), "7.9 EiB/s");
}

static void
test_times(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *duration, *clock;
    } cases[] = {
        {-5, "0 s", "0:00"}, {0, "0 s", "0:00"}, {59, "59 s", "0:59"}, {60, "1 min", "1:00"},
        {200, "3 min 20 s", "3:20"}, {3600, "1 h", "1:00:00"}, {7500, "2 h 5 min", "2:05:00"},
        {86400, "1 day", "1d"}, {273600, "3 days 4 h", "3d 4h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF(mem);
        format_duration(&b, NULL, cases[i].seconds);
        assert_string_equal(buf_cstr(&b), cases[i].duration);
        b.len = 0;
        format_clock(&b, NULL, cases[i].seconds);
        assert_string_equal(buf_cstr(&b), cases[i].clock);
    }
}

static void
test_percent_is_100_only_when_all_is_there(void **state)
{
    (void)state;
    static const struct {
        int64_t done, size;
        const char *text;
    } cases[] = {
        {0, 0, "100.0%"}, {0, 10, "0.0%"}, {1, 3, "33.3%"}, {10, 10, "100.0%"},
        {999999, 1000000, "99.9%"}, {INT64_MAX - 1, INT64_MAX, "99.9%"},
        {INT64_MAX / 2, INT64_MAX, "49.9%"}, {5, 0, "100.0%"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF(mem);
        format_percent(&b, NULL, cases[i].done, cases[i].size);
        assert_string_equal(buf_cstr(&b), cases[i].text);
    }
}

static void
test_milli_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t milli; /* -1: refused */
    } cases[] = {
        {"0", 0}, {"1", 1000}, {"1.5", 1500}, {"0.001", 1}, {"2.25", 2250}, {"10.0", 10000},
        {"", -1}, {".", -1}, {"1.", -1}, {".5", -1}, {"-1", -1}, {"1.2345", -1}, {"1,5", -1},
        {"1.5x", -1}, {"1.2.3", -1}, {"99999999999999999999", -1}, {"1000.1", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t milli = -1;
        bool good = format_parse_milli(cases[i].text, 1000000, &milli);
        assert_int_equal(good, cases[i].milli >= 0);
        if (good) {
            assert_int_equal(milli, cases[i].milli);
        }
    }
    struct buf b = BUF(mem);
    format_milli(&b, NULL, 1239);
    assert_string_equal(buf_cstr(&b), "1.23");
}

static void
test_foreign_text_cannot_steer_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool lines;
        const char *want;
    } cases[] = {
        {"plain \xc3\xa9 \xe6\x97\xa5", false, "plain \xc3\xa9 \xe6\x97\xa5"},
        {"a\x1b[31mb", false, "a\xef\xbf\xbd[31mb"}, {"a\nb\tc", false, "a b c"},
        {"a\nb", true, "a\nb"}, {"a\rb\x7f", true, "a\xef\xbf\xbd" "b\xef\xbf\xbd"},
        {"\xe2\x80\xae" "evil", false, "\xef\xbf\xbd" "evil"}, {"\xff\xc3", false,
            "\xef\xbf\xbd\xef\xbf\xbd"}, {"\xc2\x9b" "31m", false, "\xef\xbf\xbd" "31m"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF(mem);
        format_foreign(&b, bytes_of_text(cases[i].text), cases[i].lines);
        assert_string_equal(buf_cstr(&b), cases[i].want);
    }
}

static void
test_columns(void **state)
{
    (void)state;
    assert_int_equal(format_columns(BYTES("")), 0);
    assert_int_equal(format_columns(BYTES("abc")), 3);
    assert_int_equal(format_columns(BYTES("\xe6\x97\xa5\xe6\x9c\xac")), 4);
    assert_int_equal(format_columns(BYTES("e\xcc\x81")), 1);
    assert_int_equal(format_columns(BYTES("\xf0\x9f\x98\x80")), 2);
    assert_int_equal(format_columns(BYTES("\xff")), 1);
}

static void
test_fit_keeps_the_extension_and_whole_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
        const char *want;
    } cases[] = {
        {"short", 10, "short"}, {"exactly-10", 10, "exactly-10"},
        {"a-very-long-name.mp4", 15, "a-very-l....mp4"}, {"abcdef", 3, "..."}, {"abcdef", 0, ""},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d", 7,
            "\xe6\x97\xa5\xe6\x9c\xac..."}, {"abcdef", 5, "ab..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF(mem);
        format_fit(&b, bytes_of_text(cases[i].text), cases[i].columns);
        assert_true(format_columns(buf_bytes(&b)) <= cases[i].columns);
        assert_true(bytes_is_utf8(buf_bytes(&b)));
        assert_string_equal(buf_cstr(&b), cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_percent_is_100_only_when_all_is_there),
        cmocka_unit_test(test_milli_both_ways),
        cmocka_unit_test(test_foreign_text_cannot_steer_a_terminal),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_fit_keeps_the_extension_and_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
