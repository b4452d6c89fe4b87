#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_true(bytes_equal(got, bytes_of_text(want)));
}

static void
test_compare_orders_like_bencode_keys(void **state)
{
    (void)state;
    const char *ascending[] = {"", "a", "aa", "ab", "b", "\x7f", "\x80", "\xff\xff"};
    int count = (int)(sizeof ascending / sizeof *ascending);
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            int order = bytes_compare(bytes_of_text(ascending[i]), bytes_of_text(ascending[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(bytes_equal(bytes_of_text(ascending[i]),
                                         bytes_of_text(ascending[j])), i == j);
        }
    }
}

static void
test_null_slices_behave_as_empty(void **state)
{
    (void)state;
    struct bytes none = {0};
    assert_true(bytes_equal(none, BYTES("")));
    assert_true(bytes_starts(BYTES("a"), none));
    assert_true(bytes_ends(none, none));
    assert_int_equal(bytes_find(none, 'a'), 0);
    assert_int_equal(bytes_find_part(none, BYTES("a")), 0);
    assert_int_equal(bytes_trim(none).len, 0);
    assert_int_equal(bytes_cut(&none, ',').len, 0);
    assert_int_equal(bytes_of_text(NULL).len, 0);
    assert_true(bytes_is_utf8(none));
    assert_null(bytes_skip(none, 5).ptr);
}

static void
test_nocase_folds_ascii_only(void **state)
{
    (void)state;
    assert_true(bytes_equal_nocase(BYTES("Content-Length"), BYTES("cONTENT-lENGTH")));
    assert_false(bytes_equal_nocase(BYTES("a["), BYTES("a{")));
    assert_false(bytes_equal_nocase(BYTES("\xc4"), BYTES("\xe4")));
    assert_false(bytes_equal_nocase(BYTES("ab"), BYTES("abc")));
}

static void
test_find_gives_length_when_absent(void **state)
{
    (void)state;
    static const struct {
        const char *in, *part;
        size_t at;
    } cases[] = {
        {"abcabc", "abc", 0}, {"abcabc", "cab", 2}, {"abc", "abcd", 3},
        {"abc", "c", 2},      {"abc", "x", 3},      {"aab", "ab", 1},
        {"abc", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bytes_find_part(bytes_of_text(cases[i].in),
                                         bytes_of_text(cases[i].part)), cases[i].at);
    }
    assert_int_equal(bytes_find(BYTES("a\0b"), 'b'), 2);
    assert_int_equal(bytes_find(BYTES("a\0b"), 'x'), 3);
}

static void
test_cut_walks_a_list(void **state)
{
    (void)state;
    struct bytes rest = BYTES("a,,b");
    assert_bytes(bytes_cut(&rest, ','), "a");
    assert_bytes(bytes_cut(&rest, ','), "");
    assert_bytes(bytes_cut(&rest, ','), "b");
    assert_int_equal(rest.len, 0);
}

static void
test_trim_and_clip_stay_inside(void **state)
{
    (void)state;
    assert_bytes(bytes_trim(BYTES(" \t a b\r\n")), "a b");
    assert_bytes(bytes_trim(BYTES("  ")), "");
    assert_bytes(bytes_first(BYTES("abc"), 9), "abc");
    assert_bytes(bytes_skip(BYTES("abc"), 9), "");
    assert_bytes(bytes_skip(BYTES("abc"), 1), "bc");
}

static void
test_to_u64_takes_digits_up_to_max(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        uint64_t max;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", 0, true, 0},
        {"007", 9, true, 7},
        {"1", 0, false, 0},
        {"65535", 65535, true, 65535},
        {"65536", 65535, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1a", 99, false, 0},
        {"7", 5, false, 0},
        {"10", 5, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 42;
        bool ok = bytes_to_u64(bytes_of_text(cases[i].in), cases[i].max, &value);
        assert_int_equal(ok, cases[i].ok);
        assert_int_equal(value, ok ? cases[i].value : 42);
    }
}

static void
test_from_hex_wants_exact_length(void **state)
{
    (void)state;
    uint8_t out[3];
    assert_true(bytes_from_hex(BYTES("00fFa9"), out, 3));
    assert_memory_equal(out, "\x00\xff\xa9", 3);
    assert_false(bytes_from_hex(BYTES("00ff"), out, 3));
    assert_false(bytes_from_hex(BYTES("00ffa"), out, 3));
    assert_false(bytes_from_hex(BYTES("00ffa9a9"), out, 3));
    assert_false(bytes_from_hex(BYTES("00fg00"), out, 3));
    assert_false(bytes_from_hex(BYTES("0x0000"), out, 3));
}

static void
test_utf8_refuses_malformed_forms(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
    } cases[] = {
        {"plain", true},
        {"gr\xc3\xbc\xc3\x9f", true},
        {"\xe6\xbc\xa2\xe5\xad\x97", true},
        {"\xf0\x9f\x98\x80", true},
        {"\xf4\x8f\xbf\xbf", true},      /* U+10FFFF */
        {"\xf4\x90\x80\x80", false},     /* beyond */
        {"\xed\x9f\xbf", true},          /* U+D7FF */
        {"\xed\xa0\x80", false},         /* surrogate */
        {"\xee\x80\x80", true},          /* U+E000 */
        {"\xc0\x80", false},             /* overlong */
        {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xc3", false},                 /* cut off */
        {"\xe6\xbc", false},
        {"\xf0\x9f\x98", false},
        {"\x80", false},                 /* lone continuation */
        {"a\xff", false},
        {"\xf5\x80\x80\x80", false},
        {"\xe6\x41\x41", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bytes_is_utf8(bytes_of_text(cases[i].in)), cases[i].ok);
    }
}

static void
test_utf8_next_decodes(void **state)
{
    (void)state;
    uint32_t code;
    assert_int_equal(bytes_utf8_next(BYTES("\xf0\x9f\x98\x80x"), &code), 4);
    assert_int_equal(code, 0x1f600);
    assert_int_equal(bytes_utf8_next(BYTES("\xe6\xbc\xa2"), &code), 3);
    assert_int_equal(code, 0x6f22);
    assert_int_equal(bytes_utf8_next(BYTES("\xc3\xbc"), &code), 2);
    assert_int_equal(code, 0xfc);
    assert_int_equal(bytes_utf8_next(BYTES("\0"), &code), 1);
    assert_int_equal(code, 0);
    assert_int_equal(bytes_utf8_next(BYTES(""), &code), 0);
}

static void
test_be_round_trips_unaligned(void **state)
{
    (void)state;
    uint8_t mem[16] = {0};
    put_be16(mem + 1, 0xfedc);
    put_be32(mem + 3, 0xfedcba98);
    put_be64(mem + 7, 0xfedcba9876543210);
    assert_memory_equal(mem, "\0\xfe\xdc\xfe\xdc\xba\x98\xfe\xdc\xba\x98\x76\x54\x32\x10\0", 16);
    assert_int_equal(be16(mem + 1), 0xfedc);
    assert_int_equal(be32(mem + 3), 0xfedcba98);
    assert_true(be64(mem + 7) == 0xfedcba9876543210);
}

static void
test_le_round_trips_unaligned(void **state)
{
    (void)state;
    uint8_t mem[8] = {0};
    put_le16(mem + 1, 0xfedc);
    put_le32(mem + 3, 0xfedcba98);
    assert_memory_equal(mem, "\0\xdc\xfe\x98\xba\xdc\xfe\0", 8);
    assert_int_equal(le16(mem + 1), 0xfedc);
    assert_int_equal(le32(mem + 3), 0xfedcba98);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_orders_like_bencode_keys),
        cmocka_unit_test(test_null_slices_behave_as_empty),
        cmocka_unit_test(test_nocase_folds_ascii_only),
        cmocka_unit_test(test_find_gives_length_when_absent),
        cmocka_unit_test(test_cut_walks_a_list),
        cmocka_unit_test(test_trim_and_clip_stay_inside),
        cmocka_unit_test(test_to_u64_takes_digits_up_to_max),
        cmocka_unit_test(test_from_hex_wants_exact_length),
        cmocka_unit_test(test_utf8_refuses_malformed_forms),
        cmocka_unit_test(test_utf8_next_decodes),
        cmocka_unit_test(test_be_round_trips_unaligned),
        cmocka_unit_test(test_le_round_trips_unaligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
