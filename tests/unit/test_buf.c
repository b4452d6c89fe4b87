#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_text(const struct buf *b, const char *want)
{
    assert_false(b->full);
    assert_int_equal(b->len, strlen(want));
    assert_memory_equal(b->ptr, want, b->len);
}

static void
test_full_is_sticky_and_keeps_contents(void **state)
{
    (void)state;
    char mem[5] = "xxxxx";
    struct buf b = buf_over(mem, 4);
    buf_text(&b, "abc");
    assert_false(b.full);
    buf_text(&b, "de");
    assert_true(b.full);
    buf_byte(&b, 'f'); /* would fit, but something before it is missing */
    assert_int_equal(b.len, 3);
    assert_memory_equal(mem, "abcxx", 5);
}

static void
test_exact_fit_is_not_full(void **state)
{
    (void)state;
    char mem[4];
    struct buf b = BUF(mem);
    buf_text(&b, "abcd");
    buf_add(&b, (struct bytes){0});
    assert_text(&b, "abcd");
}

static void
test_numbers_at_their_limits(void **state)
{
    (void)state;
    char mem[200];
    struct buf b = BUF(mem);
    buf_u64(&b, 0);
    buf_byte(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_byte(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_byte(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_byte(&b, ' ');
    buf_i64(&b, -1);
    buf_byte(&b, ' ');
    buf_u64_pad(&b, 7, 2);
    buf_byte(&b, ' ');
    buf_u64_pad(&b, 123, 2);
    assert_text(&b, "0 18446744073709551615 -9223372036854775808 9223372036854775807 -1 07 123");
}

static void
test_big_endian_integers(void **state)
{
    (void)state;
    uint8_t mem[14];
    struct buf b = BUF(mem);
    buf_be16(&b, 0x0102);
    buf_be32(&b, 0x03040506);
    buf_be64(&b, 0x0708090a0b0c0d0e);
    assert_memory_equal(mem, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe", 14);
    buf_be16(&b, 1);
    assert_true(b.full);
}

static void
test_escapes(void **state)
{
    (void)state;
    static const struct {
        char kind;
        const char *in, *out;
    } cases[] = {
        {'x', "\x00\x7f\xff", ""},
        {'x', "\x01\xab\xff", "01abff"},
        {'u', "aZ9-._~", "aZ9-._~"},
        {'u', "a b/c?\xc3\xbc", "a%20b%2Fc%3F%C3%BC"},
        {'k', "a b/c", "a%20b/c"},
        {'j', "a\"b\\c\n\t\x1f/", "a\\\"b\\\\c\\n\\u0009\\u001f/"},
        {'j', "\xc3\xbc\xf0\x9f\x98\x80", "\xc3\xbc\xf0\x9f\x98\x80"},
        {'j', "a\xff" "b\xc3", "a\xef\xbf\xbd" "b\xef\xbf\xbd"},
        {'h', "<a href=\"x\">'&'</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char mem[100];
        struct buf b = BUF(mem);
        struct bytes in = bytes_of_text(cases[i].in);
        switch (cases[i].kind) {
        case 'x': buf_hex(&b, in); break;
        case 'u': buf_url_escaped(&b, in, ""); break;
        case 'k': buf_url_escaped(&b, in, "/"); break;
        case 'j': buf_json_escaped(&b, in); break;
        case 'h': buf_html_escaped(&b, in); break;
        }
        assert_text(&b, cases[i].out);
    }
}

static void
test_url_escape_of_nul_is_escaped(void **state)
{
    (void)state;
    char mem[10];
    struct buf b = BUF(mem);
    buf_url_escaped(&b, BYTES("\0"), "/");
    assert_text(&b, "%00");
}

static void
test_cstr_always_terminates(void **state)
{
    (void)state;
    char mem[4];
    struct buf b = BUF(mem);
    buf_text(&b, "abc");
    assert_string_equal(buf_cstr(&b), "abc");
    assert_int_equal(b.len, 3);
    buf_byte(&b, 'd');
    assert_string_equal(buf_cstr(&b), "abc");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_is_sticky_and_keeps_contents),
        cmocka_unit_test(test_exact_fit_is_not_full),
        cmocka_unit_test(test_numbers_at_their_limits),
        cmocka_unit_test(test_big_endian_integers),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_url_escape_of_nul_is_escaped),
        cmocka_unit_test(test_cstr_always_terminates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
