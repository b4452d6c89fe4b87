#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_take_gives_zeroed_aligned_separate_memory(void **state)
{
    (void)state;
    struct arena a = {.size_max = 1 << 24};
    uint8_t *last = NULL;
    for (size_t i = 0; i < 2000; i++) {
        size_t size = i * 37 % 1000;
        if (i % 100 == 0) {
            size = 100000; /* larger than a chunk */
        }
        uint8_t *p = arena_take(&a, 1, size);
        assert_non_null(p);
        assert_ptr_not_equal(p, last);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t k = 0; k < size; k++) {
            assert_int_equal(p[k], 0);
        }
        memset(p, 0xff, size);
        last = p;
    }
    arena_free(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_take(&a, 1, 1));
    arena_free(&a);
}

static void
test_take_of_an_overflowing_product_fails(void **state)
{
    (void)state;
    struct arena a = {.size_max = SIZE_MAX};
    assert_null(arena_take(&a, SIZE_MAX, 2));
    assert_null(arena_take(&a, SIZE_MAX / 2, 3));
    assert_null(arena_take(&a, 1, SIZE_MAX));
    arena_free(&a);
}

static void
test_take_beyond_the_cap_fails(void **state)
{
    (void)state;
    struct arena a = {.size_max = 1000};
    assert_non_null(arena_take(&a, 10, 60));
    assert_null(arena_take(&a, 10, 60));
    assert_non_null(arena_take(&a, 1, 400 - 16)); /* a failure uses nothing up */
    assert_true(a.used <= a.size_max);
    arena_free(&a);
}

static void
test_take_of_nothing_still_has_an_address(void **state)
{
    (void)state;
    struct arena a = {.size_max = 1000};
    void *p = arena_take(&a, 0, 8);
    assert_non_null(p);
    assert_ptr_not_equal(p, arena_take(&a, 8, 0));
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_gives_zeroed_aligned_separate_memory),
        cmocka_unit_test(test_take_of_an_overflowing_product_fails),
        cmocka_unit_test(test_take_beyond_the_cap_fails),
        cmocka_unit_test(test_take_of_nothing_still_has_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
