#include "base/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_bit_0_is_the_high_bit(void **state)
{
    (void)state;
    uint8_t bits[2] = {0};
    bits_set(bits, 0);
    bits_set(bits, 9);
    assert_int_equal(bits[0], 0x80);
    assert_int_equal(bits[1], 0x40);
    assert_true(bits_get(bits, 9));
    assert_false(bits_get(bits, 8));
    bits_clear(bits, 0);
    assert_int_equal(bits[0], 0);
}

static void
test_fill_and_count_agree_for_every_size(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= 70; count++) {
        uint8_t bits[10], none[10] = {0};
        memset(bits, 0xaa, sizeof bits);
        bits_fill(bits, count);
        assert_int_equal(bits_count(bits, count), count);
        assert_int_equal(bits_count_minus(bits, none, count), count);
        assert_int_equal(bits_count_minus(bits, bits, count), 0);
        assert_true(bits_tail_is_clean(bits, count));
        assert_int_equal(bits[bits_size(count)], 0xaa); /* nothing behind is touched */
        for (uint32_t i = 0; i < count; i++) {
            assert_true(bits_get(bits, i));
        }
    }
}

static void
test_dirty_tail_is_seen(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 32; count++) {
        uint8_t bits[4] = {0};
        if (count % 8) {
            bits_set(bits, count); /* the first spare bit */
            assert_false(bits_tail_is_clean(bits, count));
            bits_clear(bits, count);
        }
        assert_true(bits_tail_is_clean(bits, count));
    }
}

static void
test_count_minus_counts_what_only_a_has(void **state)
{
    (void)state;
    const uint8_t a[] = {0xf0, 0xff}, b[] = {0x3c, 0x0f};
    assert_int_equal(bits_count_minus(a, b, 16), 2 + 4);
    assert_int_equal(bits_count_minus(b, a, 16), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bit_0_is_the_high_bit),
        cmocka_unit_test(test_fill_and_count_agree_for_every_size),
        cmocka_unit_test(test_dirty_tail_is_seen),
        cmocka_unit_test(test_count_minus_counts_what_only_a_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
