#include "base/divide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* All pairs of these are tried; the host's own division is the judge. */
static const uint64_t numbers[] = {
    0,          1,           2,           3,          7,          10,
    1000,       16384,       65535,       1000003,    0x7fffffff, 0x80000000,
    0xffffffff, 0x100000000, 0x100000001, 1ULL << 40, 1ULL << 62, 0x0123456789abcdef,
    INT64_MAX,  1ULL << 63,  UINT64_MAX,  -1000003ULL};
enum { COUNT = sizeof numbers / sizeof *numbers };

static void
test_unsigned_is_what_c_says(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 1; j < COUNT; j++) {
            uint64_t n = numbers[i], by = numbers[j], rest;
            assert_true(divide(n, by, &rest) == n / by);
            assert_true(rest == n % by);
        }
    }
}

static void
test_signed_is_what_c_says(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 1; j < COUNT; j++) {
            int64_t n = (int64_t)numbers[i], by = (int64_t)numbers[j], rest;
            if (n == INT64_MIN && by == -1) {
                continue; /* C has no answer */
            }
            assert_true(divide_signed(n, by, &rest) == n / by);
            assert_true(rest == n % by);
        }
    }
}

static void
test_what_c_has_no_answer_for_ends(void **state)
{
    (void)state;
    uint64_t rest;
    int64_t signed_rest;
    assert_true(divide(12345, 0, &rest) == UINT64_MAX);
    assert_true(divide_signed(INT64_MIN, -1, &signed_rest) == INT64_MIN);
    assert_true(signed_rest == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsigned_is_what_c_says),
        cmocka_unit_test(test_signed_is_what_c_says),
        cmocka_unit_test(test_what_c_has_no_answer_for_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
