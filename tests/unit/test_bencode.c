#include "base/limits.h"
#include "meta/bencode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bencode
parse(const char *text)
{
    struct bencode v;
    struct fault why;
    if (!bencode_check(bytes_of_text(text), &v, &why)) {
        fail_msg("refused: %s: %s", text, why.what);
    }
    assert_null(why.what);
    return v;
}

static void
assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_true(bytes_equal(got, bytes_of_text(want)));
}

static void
test_good_values_are_taken(void **state)
{
    (void)state;
    static const char *const good[] = {
        "i0e", "i-5e", "i9223372036854775807e", "i-9223372036854775808e", "0:", "3:abc",
        "le", "de", "l0:e", "d0:0:e", "ld1:ai0eelee", "d1:bi1e1:ai2ee", "d1:a1:b1:a1:ce",
        "10:0123456789", "l4:spam4:eggse", "d1:ali1ei2eee", "d4:infod4:name1:xee",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        parse(good[i]);
    }
}

static void
test_bad_values_are_refused_where_they_are_bad(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t where;
    } bad[] = {
        {"", 0},          {"e", 0},           {"x", 0},          {"i", 0},
        {"ie", 0},        {"i-e", 0},         {"i-0e", 0},       {"i03e", 0},
        {"i00e", 0},      {"i-03e", 0},       {"i+1e", 0},       {"i 1e", 0},
        {"i1.5e", 0},     {"i12", 0},         {"i1", 0},         {"i-", 0},
        {"i9223372036854775808e", 0},         {"i-9223372036854775809e", 0},
        {"i99999999999999999999999e", 0},     {"3:ab", 0},       {"03:abc", 0},
        {"00:", 0},       {"3", 0},           {"3abc", 0},       {"-1:a", 0},
        {"18446744073709551615:a", 0},        {"18446744073709551617:a", 0},
        {"99999999999999999999999:a", 0},     {"4294967297:a", 0},
        {"l", 1},         {"d", 1},           {"li1e", 4},       {"ee", 0},
        {"lee", 2},       {"i1ei2e", 3},      {"1:ab", 3},       {"di1ei2ee", 1},
        {"dlei1ee", 1},   {"d1:ae", 4},       {"d1:a", 4},       {"d1:a1:b1:ce", 10},
        {"d1:ai1e", 7},   {"l1:a3:abe", 9},   {"lx", 1},         {":", 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bencode v;
        struct fault why;
        if (bencode_check(bytes_of_text(bad[i].in), &v, &why)) {
            fail_msg("taken: %s", bad[i].in);
        }
        assert_non_null(why.what);
        assert_int_equal(bencode_type(v), BENCODE_NONE);
        if (why.where != bad[i].where) {
            fail_msg("%s: %s at %zu", bad[i].in, why.what, why.where);
        }
    }
}

static void
test_every_prefix_of_a_value_is_refused(void **state)
{
    (void)state;
    const char text[] = "d1:ad2:idi-45e4:listl2:abi0ed0:leeee1:bi12e1:c10:0123456789e";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        struct bencode v;
        struct fault why;
        char *exact = malloc(len ? len : 1); /* so that reading behind it is seen */
        memcpy(exact, text, len);
        assert_false(bencode_check(bytes_of(exact, len), &v, &why));
        assert_true(why.where <= len);
        free(exact);
    }
    parse(text);
}

static void
test_prefix_check_leaves_what_follows(void **state)
{
    (void)state;
    struct bencode v;
    struct fault why;
    assert_true(bencode_check_prefix(BYTES("d1:ai1eexyz"), &v, &why));
    assert_bytes(v.raw, "d1:ai1ee");
    assert_false(bencode_check_prefix(BYTES("d1:ai1e"), &v, &why));
}

static bool
check_nested(int depth)
{
    struct bencode v;
    struct fault why;
    char *text = malloc((size_t)depth * 2 + 1);
    memset(text, 'l', (size_t)depth);
    memset(text + depth, 'e', (size_t)depth);
    bool ok = bencode_check(bytes_of(text, (size_t)depth * 2), &v, &why);
    free(text);
    return ok;
}

static void
test_depth_is_capped(void **state)
{
    (void)state;
    assert_true(check_nested(BENCODE_DEPTH_MAX));
    assert_false(check_nested(BENCODE_DEPTH_MAX + 1));
    assert_false(check_nested(1000000));
}

static void
test_tokens_are_capped(void **state)
{
    (void)state;
    size_t size = 2 * (size_t)BENCODE_TOKENS_MAX + 10;
    char *text = malloc(size);
    struct bencode v;
    struct fault why;
    for (size_t i = 0; i < size; i++) {
        text[i] = "0:"[i % 2];
    }
    text[0] = 'l';
    text[1] = 'l';
    text[size - 2] = 'e';
    text[size - 1] = 'e';
    assert_false(bencode_check(bytes_of(text, size), &v, &why));
    assert_string_equal(why.what, "it has too many parts");
    free(text);
}

static void
test_accessors_answer_for_the_wrong_type(void **state)
{
    (void)state;
    struct bencode absent = {0};
    const char *values[] = {"i5e", "1:x", "le", "de"};
    const enum bencode_type types[] = {BENCODE_INT, BENCODE_STRING, BENCODE_LIST, BENCODE_DICT};
    assert_int_equal(bencode_type(absent), BENCODE_NONE);
    assert_int_equal(bencode_int(absent, 7), 7);
    assert_int_equal(bencode_string(absent).len, 0);
    assert_int_equal(bencode_get(absent, "a").raw.len, 0);
    for (int i = 0; i < 4; i++) {
        struct bencode v = parse(values[i]);
        struct bencode_walk w = bencode_walk(v);
        assert_int_equal(bencode_type(v), types[i]);
        assert_int_equal(bencode_int(v, 7), i == 0 ? 5 : 7);
        assert_int_equal(bencode_string(v).len, i == 1);
        assert_int_equal(bencode_get(v, "a").raw.len, 0);
        assert_false(bencode_next(&w));
    }
}

static void
test_ints_at_their_limits(void **state)
{
    (void)state;
    assert_true(bencode_int(parse("i9223372036854775807e"), 0) == INT64_MAX);
    assert_true(bencode_int(parse("i-9223372036854775808e"), 0) == INT64_MIN);
    assert_int_equal(bencode_int(parse("i-1e"), 0), -1);
    assert_int_equal(bencode_int(parse("i0e"), 5), 0);
}

static void
test_get_finds_keys_in_any_order_and_the_first_of_equals(void **state)
{
    (void)state;
    struct bencode v = parse("d1:zi1e1:a2:hi1:zi2e0:i3e3:sub" "d1:ai9eee");
    assert_int_equal(bencode_get_int(v, "z", 0), 1);
    assert_bytes(bencode_get_string(v, "a"), "hi");
    assert_int_equal(bencode_get_int(v, "", 0), 3);
    assert_int_equal(bencode_get_int(v, "sub", 8), 8);
    assert_int_equal(bencode_get_int(bencode_get(v, "sub"), "a", 0), 9);
    assert_int_equal(bencode_get(v, "aa").raw.len, 0);
}

static void
test_get_many_equals_get(void **state)
{
    (void)state;
    struct bencode v = parse("d1:zi1e1:ali1ee1:zi2e7:two key1:xe"), found[4];
    bencode_get_many(v, "a|none|two key|z", found);
    assert_bytes(found[0].raw, "li1ee");
    assert_int_equal(bencode_type(found[1]), BENCODE_NONE);
    assert_bytes(bencode_string(found[2]), "x");
    assert_int_equal(bencode_int(found[3], 0), 1);
    bencode_get_many(parse("l1:ai1ee"), "a|b", found);
    assert_int_equal(bencode_type(found[0]), BENCODE_NONE);
}

static void
test_walk_visits_all_in_order(void **state)
{
    (void)state;
    struct bencode_walk w = bencode_walk(parse("ld1:ali1eeei-7e4:spamlldeeee"));
    assert_true(bencode_next(&w));
    assert_bytes(w.value.raw, "d1:ali1eee");
    assert_int_equal(w.key.len, 0);
    assert_true(bencode_next(&w));
    assert_int_equal(bencode_int(w.value, 0), -7);
    assert_true(bencode_next(&w));
    assert_bytes(bencode_string(w.value), "spam");
    assert_true(bencode_next(&w));
    assert_bytes(w.value.raw, "lldeee");
    assert_false(bencode_next(&w));
    assert_false(bencode_next(&w));
    w = bencode_walk(parse("d1:k1:ve"));
    assert_true(bencode_next(&w));
    assert_bytes(w.key, "k");
    assert_bytes(bencode_string(w.value), "v");
    assert_false(bencode_next(&w));
}

static void
test_written_values_read_back(void **state)
{
    (void)state;
    char mem[100];
    struct buf b = BUF(mem);
    buf_byte(&b, 'd');
    bencode_put_text(&b, "bytes");
    bencode_put_string(&b, BYTES("a\0e"));
    bencode_put_text(&b, "min");
    bencode_put_int(&b, INT64_MIN);
    buf_byte(&b, 'e');
    struct bencode v;
    struct fault why;
    assert_true(bencode_check(buf_bytes(&b), &v, &why));
    assert_true(bytes_equal(bencode_get_string(v, "bytes"), BYTES("a\0e")));
    assert_true(bencode_get_int(v, "min", 0) == INT64_MIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_values_are_taken),
        cmocka_unit_test(test_bad_values_are_refused_where_they_are_bad),
        cmocka_unit_test(test_every_prefix_of_a_value_is_refused),
        cmocka_unit_test(test_prefix_check_leaves_what_follows),
        cmocka_unit_test(test_depth_is_capped),
        cmocka_unit_test(test_tokens_are_capped),
        cmocka_unit_test(test_accessors_answer_for_the_wrong_type),
        cmocka_unit_test(test_ints_at_their_limits),
        cmocka_unit_test(test_get_finds_keys_in_any_order_and_the_first_of_equals),
        cmocka_unit_test(test_get_many_equals_get),
        cmocka_unit_test(test_walk_visits_all_in_order),
        cmocka_unit_test(test_written_values_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
