#include "engine/choker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint32_t
count_unchoked(const struct choke_candidate *v, uint32_t n)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += v[i].unchoke;
    return count;
}

static void
test_leecher_unchokes_the_best_givers_and_one_more(void **state)
{
    (void)state;
    struct random r = {1};
    struct choke_candidate v[10];
    memset(v, 0, sizeof v);
    for (uint16_t i = 0; i < 10; i++)
        v[i] = (struct choke_candidate){.slot = i, .interested = true, .rate = i * 1000u};
    choker_choose(v, 10, 4, false, true, &r);
    for (int i = 6; i < 10; i++)
        assert_true(v[i].unchoke);
    assert_int_equal(count_unchoked(v, 10), 5);
    int turns = 0;
    for (int i = 0; i < 6; i++)
        turns += v[i].turn;
    assert_int_equal(turns, 1);
}

static void
test_uninterested_are_never_unchoked(void **state)
{
    (void)state;
    struct random r = {1};
    struct choke_candidate v[3] = {{.rate = 9000}, {.rate = 5, .interested = true}, {.rate = 0}};
    choker_choose(v, 3, 4, false, true, &r);
    assert_false(v[0].unchoke);
    assert_true(v[1].unchoke);
    assert_false(v[2].unchoke);
}

static void
test_snubbed_get_only_the_optimistic_turn(void **state)
{
    (void)state;
    struct random r = {3};
    struct choke_candidate v[2] = {{.rate = 9000, .interested = true, .snubbed = true},
                                   {.rate = 1, .interested = true}};
    choker_choose(v, 2, 1, false, true, &r);
    assert_true(v[1].unchoke);
    assert_true(v[0].turn);
}

static void
test_optimistic_turn_stays_until_rotated(void **state)
{
    (void)state;
    struct random r = {5};
    struct choke_candidate v[12];
    for (uint16_t i = 0; i < 12; i++)
        v[i] = (struct choke_candidate){.slot = i, .interested = true, .rate = i,
                                        .optimistic = i == 2};
    choker_choose(v, 12, 4, false, false, &r);
    assert_true(v[2].turn);
    assert_int_equal(count_unchoked(v, 12), 5);
    int moved = 0;
    for (int round = 0; round < 20; round++) {
        choker_choose(v, 12, 4, false, true, &r);
        moved += !v[2].turn;
    }
    assert_true(moved > 10);
}

static void
test_every_newcomer_gets_the_turn_in_time(void **state)
{
    (void)state;
    struct random r = {11};
    bool had[20] = {0};
    for (int round = 0; round < 400; round++) {
        struct choke_candidate v[20];
        for (uint16_t i = 0; i < 20; i++)
            v[i] = (struct choke_candidate){.slot = i, .interested = true, .rate = i < 4 ? 900 : 0};
        choker_choose(v, 20, 4, false, true, &r);
        for (int i = 0; i < 20; i++)
            had[i] = had[i] || v[i].unchoke;
    }
    for (int i = 0; i < 20; i++)
        assert_true(had[i]);
}

static void
test_seed_serves_the_least_served_but_lets_turns_last(void **state)
{
    (void)state;
    struct random r = {1};
    struct choke_candidate v[8];
    for (uint16_t i = 0; i < 8; i++)
        v[i] = (struct choke_candidate){.slot = i, .interested = true, .sent = (uint64_t)i << 20};
    v[7].unchoked = true;
    v[7].unchoked_ms = 1000;
    choker_choose(v, 8, 3, true, true, &r);
    assert_true(v[7].unchoke);
    assert_true(v[0].unchoke);
    assert_true(v[1].unchoke);
    v[7].unchoked_ms = 60000;
    v[7].optimistic = false;
    choker_choose(v, 8, 3, true, false, &r);
    assert_true(v[2].unchoke);
}

static void
test_a_free_place_goes_to_who_has_least(void **state)
{
    (void)state;
    struct random r = {1};
    struct choke_candidate v[5] = {
        {.slot = 0, .have = 1}, /* not interested */
        {.slot = 1, .have = 2, .interested = true, .unchoked = true},
        {.slot = 2, .have = 9, .interested = true},
        {.slot = 3, .have = 7, .interested = true},
        {.slot = 4, .have = 7, .interested = true}};
    unsigned chosen[5] = {0};
    for (int i = 0; i < 1000; i++)
        chosen[choker_next(v, 5, &r)->slot]++;
    assert_int_equal(chosen[3] + chosen[4], 1000);
    assert_in_range(chosen[3], 400, 600);
    assert_null(choker_next(v, 2, &r));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leecher_unchokes_the_best_givers_and_one_more),
        cmocka_unit_test(test_uninterested_are_never_unchoked),
        cmocka_unit_test(test_snubbed_get_only_the_optimistic_turn),
        cmocka_unit_test(test_optimistic_turn_stays_until_rotated),
        cmocka_unit_test(test_every_newcomer_gets_the_turn_in_time),
        cmocka_unit_test(test_a_free_place_goes_to_who_has_least),
        cmocka_unit_test(test_seed_serves_the_least_served_but_lets_turns_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
