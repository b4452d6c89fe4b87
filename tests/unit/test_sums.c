#include "builder/sums.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH_A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH_B "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void
assert_written(const struct sums *s, const char *wanted)
{
    static uint8_t mem[65536];
    struct buf b = BUF(mem);
    sums_write(s, &b);
    assert_string_equal(buf_cstr(&b), wanted);
}

static void
test_lines_are_read_sorted_and_written(void **state)
{
    (void)state;
    struct sums s = {0};
    assert_int_equal(sums_read(&s, BYTES(HASH_A "  b c\n" HASH_B " *a\n")), 0);
    sums_sort(&s);
    assert_written(&s, HASH_B "  a\n" HASH_A "  b c\n");
    assert_non_null(sums_find(&s, "b c"));
    assert_int_equal(sums_find(&s, "b c")->hash[0], 0x01);
    assert_null(sums_find(&s, "b"));
    assert_int_equal(sums_from(&s, "b"), 1);
    assert_int_equal(sums_from(&s, "c"), 2);
    sums_free(&s);
}

static void
test_of_several_with_one_name_the_last_counts(void **state)
{
    (void)state;
    struct sums s = {0};
    uint8_t hash[SHA256_SIZE] = {0};
    char wanted[70 * 16], *at = wanted;
    for (int round = 1; round <= 3; round++) {
        for (int i = 9; i >= 0; i--) {
            char name[2] = {(char)('0' + i), 0};
            hash[0] = (uint8_t)round;
            sums_add(&s, name, hash);
        }
    }
    for (int i = 0; i < 10; i++) {
        at += snprintf(at, 80, "03%062d  %d\n", 0, i);
    }
    sums_sort(&s);
    assert_int_equal(s.count, 10);
    assert_written(&s, wanted);
    sums_free(&s);
}

/* As sha256sum writes them. */
static void
test_backslashes_and_line_ends_are_escaped(void **state)
{
    (void)state;
    static const char text[] = "\\" HASH_A "  a\\\\b\n\\" HASH_B "  c\\nd\\re\n";
    struct sums s = {0};
    assert_int_equal(sums_read(&s, bytes_of_text(text)), 0);
    sums_sort(&s);
    assert_non_null(sums_find(&s, "a\\b"));
    assert_non_null(sums_find(&s, "c\nd\re"));
    assert_written(&s, text);
    sums_free(&s);
}

static void
test_other_lines_are_named_by_number(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "x\n",
        "\n",
        HASH_A "\n",
        HASH_A "  \n",
        HASH_A " a\n",
        HASH_A "g  a\n",
        "\\" HASH_A "  a\\\n",
        "\\" HASH_A "  a\\x\n",
        "0123  a\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[512];
        struct sums s = {0};
        snprintf(text, sizeof text, "%s%s", HASH_B "  good\n", bad[i]);
        assert_int_equal(sums_read(&s, bytes_of_text(text)), 2);
        sums_free(&s);
    }
    struct sums s = {0};
    assert_int_equal(sums_read(&s, BYTES(HASH_A "  a\0b\n")), 1);
    sums_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_read_sorted_and_written),
        cmocka_unit_test(test_of_several_with_one_name_the_last_counts),
        cmocka_unit_test(test_backslashes_and_line_ends_are_escaped),
        cmocka_unit_test(test_other_lines_are_named_by_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
