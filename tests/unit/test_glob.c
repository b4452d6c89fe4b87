#include "ui/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_match_table(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"", "", true}, {"", "a", false}, {"a", "", false}, {"abc", "abc", true},
        {"abc", "ABC", false}, {"*", "", true}, {"*", "a/b", true}, {"**", "x", true},
        {"a*c", "abbbc", true}, {"a*c", "abbb", false}, {"*a*b*", "xxaxxbxx", true},
        {"*.txt", "a/b.txt", true}, {"*.txt", "a.txt.gz", false}, {"a?c", "abc", true},
        {"a?c", "ac", false}, {"?", "\xc3\xa9", true}, {"??", "\xc3\xa9", false},
        {"?", "\xff", true}, {"[abc]", "b", true}, {"[abc]", "d", false}, {"[a-c]", "b", true},
        {"[a-c]", "-", false}, {"[a-]", "-", true}, {"[-a]", "-", true}, {"[!a-c]", "d", true},
        {"[^a-c]", "a", false}, {"[]]", "]", true}, {"[!]]", "]", false}, {"[", "[", true},
        {"[abc", "[abc", true}, {"a[", "a[", true}, {"[!", "[!", true}, {"\\*", "*", true},
        {"\\*", "x", false}, {"\\", "\\", true}, {"*[0-9].pdf", "part 7.pdf", true},
        {"*[0-9].pdf", "part x.pdf", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool match = glob_match(bytes_of_text(cases[i].pattern), bytes_of_text(cases[i].text));
        if (match != cases[i].match) {
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
        }
    }
}

static void
test_many_stars_take_no_time(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'a', sizeof text);
    assert_false(glob_match(BYTES("*a*a*a*a*a*a*a*a*a*a*a*a*b"), bytes_of(text, sizeof text)));
}

static void
test_path_is_matched_in_four_ways(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool match;
    } cases[] = {
        {"Album/disc 1/song.mp3", "Album/disc 1/song.mp3", true},
        {"disc 1/song.mp3", "Album/disc 1/song.mp3", true},
        {"song.mp3", "Album/disc 1/song.mp3", true}, {"*.mp3", "Album/disc 1/song.mp3", true},
        {"disc 1", "Album/disc 1/song.mp3", true}, {"disc 1/", "Album/disc 1/song.mp3", true},
        {"Album/disc 1/", "Album/disc 1/song.mp3", true}, {"disc 2", "Album/disc 1/a.mp3", false},
        {"Album", "Album/disc 1/song.mp3", true}, {"song", "Album/disc 1/song.mp3", false},
        {"a.txt", "a.txt", true}, {"b.txt", "a.txt", false}, {"", "a.txt", false},
        {"disc*", "Album/disc 1/song.mp3", true}, {"/", "Album/x", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes pattern = bytes_of_text(cases[i].pattern);
        if (glob_matches_path(pattern, bytes_of_text(cases[i].path)) != cases[i].match) {
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].path);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_table),
        cmocka_unit_test(test_many_stars_take_no_time),
        cmocka_unit_test(test_path_is_matched_in_four_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
