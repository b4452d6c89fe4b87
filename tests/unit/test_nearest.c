#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_distance_counts_edits(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1},
        {"abc", "ab", 1}, {"abc", "abcd", 1}, {"abc", "acb", 1}, {"abc", "bca", 2},
        {"kitten", "sitting", 3}, {"--No-Seed", "--no-seed", 0}, {"ca", "abc", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes a = bytes_of_text(cases[i].a), b = bytes_of_text(cases[i].b);
        assert_int_equal(nearest_distance(a, b), cases[i].distance);
        assert_int_equal(nearest_distance(b, a), cases[i].distance);
    }
}

static void
test_long_words_are_far_away(void **state)
{
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word);
    for (size_t n = NEAREST_LEN_MAX; n < sizeof word; n++) {
        unsigned d = nearest_distance(bytes_of(word, n), BYTES("aaa"));
        assert_int_equal(d, n <= NEAREST_LEN_MAX ? n - 3 : NEAREST_LEN_MAX + 1);
    }
}

static const char *
suggest(const char *word)
{
    static const char *const words[] = {"--dir", "--port", "--no-seed", "--no-listen",
        "--seed-ratio", "--json", "--help"};
    struct nearest n = nearest_to(bytes_of_text(word));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        nearest_offer(&n, words[i]);
    }
    return n.best;
}

static void
test_suggestions_are_what_was_meant(void **state)
{
    (void)state;
    assert_string_equal(suggest("--no-sede"), "--no-seed");
    assert_string_equal(suggest("--noseed"), "--no-seed");
    assert_string_equal(suggest("--seedratio"), "--seed-ratio");
    assert_string_equal(suggest("--seed"), "--seed-ratio");
    assert_string_equal(suggest("--jsno"), "--json");
    assert_string_equal(suggest("--hepl"), "--help");
    assert_null(suggest("--frobnicate"));
    assert_null(suggest(""));
    assert_null(suggest("x"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_counts_edits),
        cmocka_unit_test(test_long_words_are_far_away),
        cmocka_unit_test(test_suggestions_are_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
