#include "builder/access_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char text[ACCESS_LINE_MAX + 1];

static const char *
line_of(const struct access *a)
{
    struct buf b = buf_over(text, ACCESS_LINE_MAX);
    access_log_put(&b, a);
    assert_false(b.full);
    return buf_cstr(&b);
}

static struct access
plain(void)
{
    struct access a = {.method = BYTES("GET"),
                       .target = BYTES("/a/film.run?x=1"),
                       .minor_version = 1,
                       .status = 206,
                       .len = 4096,
                       .unix_s = 1795770300};
    assert_true(addr_parse_ip(BYTES("192.0.2.7"), &a.from));
    a.from.port = 50000;
    return a;
}

static void
test_the_common_log_format(void **state)
{
    (void)state;
    struct access a = plain();
    assert_string_equal(line_of(&a), "192.0.2.7 - - [27/Nov/2026:09:05:00 +0000] "
                                     "\"GET /a/film.run?x=1 HTTP/1.1\" 206 4096\n");
    assert_true(addr_parse_ip(BYTES("2001:db8::1"), &a.from));
    a.len = 0;
    a.minor_version = 0;
    a.unix_s = 0;
    assert_string_equal(line_of(&a), "2001:db8::1 - - [01/Jan/1970:00:00:00 +0000] "
                                     "\"GET /a/film.run?x=1 HTTP/1.0\" 206 -\n");
}

static void
test_a_line_is_a_line_and_a_quote_ends_its_field(void **state)
{
    (void)state;
    struct access a = plain();
    a.target = BYTES("/\" 200\n\\\x1b[2J\xc3\xbc");
    assert_string_equal(line_of(&a), "192.0.2.7 - - [27/Nov/2026:09:05:00 +0000] "
                                     "\"GET /\\\" 200\\x0a\\\\\\x1b[2J\\xc3\\xbc HTTP/1.1\" "
                                     "206 4096\n");
}

static void
test_the_longest_line_fits(void **state)
{
    (void)state;
    static uint8_t worst[70000];
    struct access a = plain();
    a.method = a.target = bytes_of(worst, sizeof worst);
    a.len = UINT64_MAX;
    assert_true(addr_parse_ip(BYTES("2001:1db8:1111:2222:3333:4444:5555:6666"), &a.from));
    assert_in_range(strlen(line_of(&a)), 4 * ACCESS_TARGET_MAX, ACCESS_LINE_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_common_log_format),
        cmocka_unit_test(test_a_line_is_a_line_and_a_quote_ends_its_field),
        cmocka_unit_test(test_the_longest_line_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
