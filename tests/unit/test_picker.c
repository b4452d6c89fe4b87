#include "engine/picker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PIECES = 200 };

/* The order is by rarity, and place[] is its inverse. */
static void
check_order(const struct picker *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        assert_int_equal(p->place[p->order[i]], i);
        if (i > 0)
            assert_true(p->rarity[p->order[i - 1]] <= p->rarity[p->order[i]]);
    }
}

static void
test_order_holds_under_any_changes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        struct arena arena = {.size_max = 1 << 20};
        struct picker p;
        assert_true(picker_open(&p, PIECES, &r, &arena));
        bool in[PIECES] = {0};
        uint32_t rarity[PIECES] = {0}, count = 0;
        for (int step = 0; step < 4000; step++) {
            uint32_t piece = random_below(&r, PIECES);
            uint32_t what = random_below(&r, 4);
            if (what == 0 && !in[piece]) {
                picker_add(&p, piece);
                in[piece] = true;
                count++;
            } else if (what == 1 && in[piece]) {
                picker_remove(&p, piece);
                in[piece] = false;
                count--;
            } else if (what == 2 && rarity[piece] < PEERS_MAX) {
                picker_more(&p, piece);
                rarity[piece]++;
            } else if (what == 3 && rarity[piece] > 0) {
                picker_fewer(&p, piece);
                rarity[piece]--;
            }
            assert_int_equal(p.count, count);
            assert_int_equal(p.rarity[piece], rarity[piece]);
            assert_int_equal(p.place[piece] != PICKER_OUT, in[piece]);
        }
        check_order(&p);
        arena_free(&arena);
    }
}

static void
test_pick_gives_the_rarest_that_the_peer_has(void **state)
{
    (void)state;
    struct random r = {7};
    struct arena arena = {.size_max = 1 << 20};
    struct picker p;
    assert_true(picker_open(&p, 10, &r, &arena));
    uint32_t piece;
    assert_false(picker_pick(&p, NULL, false, &piece));
    for (uint32_t i = 0; i < 10; i++) {
        picker_add(&p, i);
        for (uint32_t n = 0; n < 10 - i; n++)
            picker_more(&p, i); /* 9 is the rarest */
    }
    assert_true(picker_pick(&p, NULL, false, &piece));
    assert_int_equal(piece, 9);
    uint8_t bits[2] = {0};
    assert_false(picker_pick(&p, bits, false, &piece));
    bits_set(bits, 2);
    bits_set(bits, 5);
    assert_true(picker_pick(&p, bits, false, &piece));
    assert_int_equal(piece, 5);
    picker_remove(&p, 5);
    assert_true(picker_pick(&p, bits, false, &piece));
    assert_int_equal(piece, 2);
    arena_free(&arena);
}

static void
test_equals_come_in_different_order_for_different_chance(void **state)
{
    (void)state;
    uint32_t first[8];
    for (uint32_t i = 0; i < 8; i++) {
        struct random r = {i + 1};
        struct arena arena = {.size_max = 1 << 20};
        struct picker p;
        assert_true(picker_open(&p, PIECES, &r, &arena));
        for (uint32_t k = 0; k < PIECES; k++)
            picker_add(&p, k);
        assert_true(picker_pick(&p, NULL, false, &first[i]));
        arena_free(&arena);
    }
    bool differ = false;
    for (uint32_t i = 1; i < 8; i++)
        differ = differ || first[i] != first[0];
    assert_true(differ);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_holds_under_any_changes),
        cmocka_unit_test(test_pick_gives_the_rarest_that_the_peer_has),
        cmocka_unit_test(test_equals_come_in_different_order_for_different_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
