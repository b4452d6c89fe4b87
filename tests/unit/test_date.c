#include "builder/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const char *
rfc822(int64_t s)
{
    static uint8_t mem[64];
    struct buf b = BUF(mem);
    date_put_rfc822(&b, s);
    return buf_cstr(&b);
}

static void
test_known_dates(void **state)
{
    (void)state;
    assert_string_equal(rfc822(0), "Thu, 01 Jan 1970 00:00:00 +0000");
    assert_string_equal(rfc822(-5), "Thu, 01 Jan 1970 00:00:00 +0000");
    assert_string_equal(rfc822(951782399), "Mon, 28 Feb 2000 23:59:59 +0000");
    assert_string_equal(rfc822(951782400), "Tue, 29 Feb 2000 00:00:00 +0000");
    assert_string_equal(rfc822(951868800), "Wed, 01 Mar 2000 00:00:00 +0000");
    assert_string_equal(rfc822(1795770300), "Fri, 27 Nov 2026 09:05:00 +0000");
    assert_string_equal(rfc822(DATE_MAX), "Fri, 31 Dec 9999 23:59:59 +0000");
    assert_string_equal(rfc822(INT64_MAX), "Fri, 31 Dec 9999 23:59:59 +0000");
}

/* Every day of eight hundred years, as the C library has it, there and back. */
static void
test_as_the_system_counts(void **state)
{
    (void)state;
    for (int64_t s = 4321; s < INT64_C(800) * 366 * 86400; s += 86400 + 61) {
        char wanted[64], day[16], log[32];
        uint8_t mem[16], log_mem[32];
        struct buf b = BUF(mem), l = BUF(log_mem);
        struct tm tm;
        time_t t = (time_t)s;
        int64_t back = -1;
        assert_non_null(gmtime_r(&t, &tm));
        strftime(wanted, sizeof wanted, "%a, %d %b %Y %H:%M:%S +0000", &tm);
        strftime(day, sizeof day, "%Y-%m-%d", &tm);
        strftime(log, sizeof log, "%d/%b/%Y:%H:%M:%S +0000", &tm);
        date_put_log(&l, s);
        assert_string_equal(buf_cstr(&l), log);
        assert_string_equal(rfc822(s), wanted);
        date_put_day(&b, s);
        assert_string_equal(buf_cstr(&b), day);
        assert_true(date_read_rfc822(bytes_of_text(wanted), &back));
        assert_true(back == s);
    }
}

static void
test_other_forms_are_not_read(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Fri",
        "Fri, 27 Nov 2026 09:05:00",
        "Fri, 27 Nov 2026 09:05:00 GMT",
        "Fri, 27 nov 2026 09:05:00 +0000",
        "Fri, 27 Nov 26 09:05:00 +0000",
        "Fri, 7 Nov 2026 09:05:00 +0000",
        "Fri, 00 Nov 2026 09:05:00 +0000",
        "Fri, 32 Nov 2026 09:05:00 +0000",
        "Fri, 27 Nov 1969 09:05:00 +0000",
        "Fri, 27 Nov 2026 24:05:00 +0000",
        "Fri, 27 Nov 2026 09:60:00 +0000",
        "Fri, 27 Nov 2026 09:05:00 +0000 ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t s = 77;
        assert_false(date_read_rfc822(bytes_of_text(bad[i]), &s));
        assert_int_equal(s, 77);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_dates),
        cmocka_unit_test(test_as_the_system_counts),
        cmocka_unit_test(test_other_forms_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
