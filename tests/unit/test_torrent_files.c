/* The list of files of a torrent: safe and unique paths, padding, links, cost. */
#include "meta/safe_path.h"
#include "meta/torrent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define F(path) "d6:lengthi1e4:pathl" path "ee"
#define LINK(path, target) "d4:attr1:l6:lengthi0e4:pathl" path "e12:symlink pathl" target "ee"

static struct torrent t;
static struct arena arena = {.size_max = 1 << 28};
static struct fault why;
static char *text;
static const size_t text_max = METAINFO_SIZE_MAX;

static int
take_text(void **state)
{
    (void)state;
    text = malloc(text_max);
    return text == NULL;
}

static int
give_back(void **state)
{
    (void)state;
    arena_free(&arena);
    free(text);
    return 0;
}

static struct buf
begin(void)
{
    struct buf b = buf_over(text, text_max);
    buf_text(&b, "d4:infod5:filesl");
    return b;
}

/* Ends the torrent with so many bytes of piece hashes, and parses it. */
static bool
end(struct buf *b, const char *name, size_t pieces)
{
    buf_text(b, "e4:name");
    buf_u64(b, strlen(name));
    buf_byte(b, ':');
    buf_text(b, name);
    buf_text(b, "12:piece lengthi1048576e6:pieces");
    buf_u64(b, pieces * SHA1_SIZE);
    buf_byte(b, ':');
    for (size_t i = 0; i < pieces * SHA1_SIZE; i++) {
        buf_byte(b, 'h');
    }
    buf_text(b, "ee");
    assert_false(b->full);
    arena_free(&arena);
    return torrent_parse(&t, buf_bytes(b), &arena, &why);
}

static bool
parse(const char *files, size_t pieces)
{
    struct buf b = begin();
    buf_text(&b, files);
    return end(&b, "t", pieces);
}

static void
put_path_number(struct buf *b, uint64_t n)
{
    char mem[20];
    struct buf number = BUF(mem);
    buf_u64(&number, n);
    bencode_put_string(b, buf_bytes(&number));
}

static void
test_paths_are_made_safe(void **state)
{
    (void)state;
    static const struct {
        const char *path, *safe;
    } cases[] = {
        {"1:a", "t/a"},
        {"1:a1:b1:c", "t/a/b/c"},
        {"2:..2:..3:etc", "t/_/_/etc"},
        {"9:../../etc", "t/.._.._etc"},
        {"11:/etc/passwd", "t/_etc_passwd"},
        {"0:1:a0:", "t/a"},
        {"0:", "t/_"},
        {"1:.", "t/_"},
        {"4:a\\.." "3:NUL", "t/a_/_NUL"},
        {"2:\xff" "a", "t/\xef\xbf\xbd" "a"},
        {"3:con1:a", "t/_con/a"},
        {"8:C:\\a.txt", "t/C__a.txt"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = begin();
        buf_text(&b, "d6:lengthi1e4:pathl");
        buf_text(&b, cases[i].path);
        buf_text(&b, "ee");
        assert_true(end(&b, "t", 1));
        assert_string_equal(t.files[0].path, cases[i].safe);
    }
    assert_true(parse("d6:lengthi1e4:pathl2:\xff\xff" "e10:path.utf-8l2:\xc3\xa9" "ee", 1));
    assert_string_equal(t.files[0].path, "t/\xc3\xa9");
}

static void
test_damaged_lists_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *files, *what;
    } cases[] = {
        {"", "its list of files is empty"},
        {"i5e", "the list of files holds something else"},
        {F("1:a") "le", "the list of files holds something else"},
        {"d6:lengthi1ee", "a file has no usable name"},
        {"d6:lengthi1e4:path1:ae", "a file has no usable name"},
        {"d6:lengthi1e4:pathlee", "a file has no usable name"},
        {"d6:lengthi1e4:pathl1:ai5eee", "a file has no usable name"},
        {"d4:pathl1:aee", "the length of a file makes no sense"},
        {"d6:lengthi-1e4:pathl1:aee", "the length of a file makes no sense"},
        {F("1:a") "d6:lengthi9223372036854775807e4:pathl1:bee", "it is too large to be real"},
        {"d6:lengthi562949953421312e4:pathl1:bee" F("1:a"), "it is too large to be real"},
        {"d6:lengthi1048577e4:pathl1:aee", "the list of piece hashes has the wrong length"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(parse(cases[i].files, 1));
        assert_string_equal(why.what, cases[i].what);
    }
}

static void
test_offsets_add_up(void **state)
{
    (void)state;
    assert_true(parse("d6:lengthi0e4:pathl1:aee" "d6:lengthi7e4:pathl1:bee"
                      "d6:lengthi0e4:pathl1:cee" "d6:lengthi1048570e4:pathl1:dee", 2));
    const int64_t offsets[] = {0, 0, 7, 7};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(t.files[i].offset, offsets[i]);
    }
    assert_int_equal(t.size, 1048577);
}

static void
test_both_length_and_files_means_files(void **state)
{
    (void)state;
    assert_true(torrent_parse(&t, BYTES("d4:infod5:filesl" F("1:a") "e6:lengthi99999999e4:name1:t"
                                        "12:piece lengthi16384e6:pieces20:01234567890123456789ee"),
                              &arena, &why));
    assert_false(t.single);
    assert_int_equal(t.size, 1);
}

static void
assert_paths(const char *const *want)
{
    for (uint32_t i = 0; i < t.file_count; i++) {
        assert_string_equal(t.files[i].path, want[i]);
    }
}

static void
test_equal_paths_get_numbers(void **state)
{
    (void)state;
    assert_true(parse(F("5:a.txt") F("5:A.TXT") F("5:a.txt") F("9:a (2).txt") F("1:b") F("1:b")
                      F("4:.rc1") F("4:.RC1") F("3:d.x1:a") F("3:D.X1:A") F("6:a.tar.")
                      F("5:a.tar"), 1));
    assert_paths((const char *const[]){
        "t/a.txt", "t/A (2).TXT", "t/a (3).txt", "t/a (2) (2).txt", "t/b", "t/b (2)", "t/.rc1",
        "t/.RC1 (2)", "t/d.x/a", "t/D.X/A (2)", "t/a.tar", "t/a (2).tar"});
}

static void
test_names_that_become_equal_get_numbers(void **state)
{
    (void)state;
    assert_true(parse(F("1:?") F("1:*") F("2:..") F("3:a. ") F("1:a")
                      F("4:\xd0\x96\xd0\x96") F("4:\xd0\xb6\xd0\xb6"), 1));
    assert_paths((const char *const[]){"t/_", "t/_ (2)", "t/_ (3)", "t/a", "t/a (2)",
                                       "t/\xd0\x96\xd0\x96", "t/\xd0\xb6\xd0\xb6 (2)"});
}

static void
test_files_give_way_to_folders(void **state)
{
    (void)state;
    assert_true(parse(F("1:a") F("1:a1:b") F("1:A1:c") F("1:a5:a (2)") F("5:a (2)1:x"), 1));
    assert_paths((const char *const[]){"t/a (3)", "t/a/b", "t/A/c", "t/a/a (2)", "t/a (2)/x"});
    assert_true(parse(F("1:x1:y1:z") F("1:x1:y") F("1:x"), 1));
    assert_paths((const char *const[]){"t/x/y/z", "t/x/y (2)", "t/x (2)"});
}

static void
test_padding_is_marked_and_takes_no_name(void **state)
{
    (void)state;
    assert_true(parse(F("1:a") "d4:attr1:p6:lengthi9e4:pathl4:.pad1:9ee"
                      F("1:b") "d4:attr2:xp6:lengthi9e4:pathl4:.pad1:9ee"
                      "d4:attr1:p6:lengthi9ee"
                      "d6:lengthi9e4:pathl35:_____padding_file_0_if you see thisee"
                      "d4:attr1:x6:lengthi1e4:pathl4:.padee", 1));
    const bool pad[] = {false, true, false, true, true, true, false};
    for (int i = 0; i < 7; i++) {
        assert_int_equal(t.files[i].pad, pad[i]);
    }
    assert_string_equal(t.files[6].path, "t/.pad"); /* nobody has this name on disk */
    assert_true(t.files[6].executable);
    assert_int_equal(t.size, 39);
}

static void
test_links_lead_to_places_inside(void **state)
{
    (void)state;
    static const struct {
        const char *path, *target, *link; /* link NULL: none */
    } cases[] = {
        {"1:l", "1:f", "f"},
        {"1:d1:l", "1:f", "../f"},
        {"1:d1:l", "1:d1:f", "f"},
        {"1:d1:e1:l", "1:g1:h", "../../g/h"},
        {"1:l", "1:d1:e", "d/e"},
        {"1:l", "2:..2:..3:etc", "_/_/etc"},
        {"1:l", "4:/etc", "_etc"},
        {"1:l", "1:l", NULL},       /* itself */
        {"1:d1:l", "1:d", NULL},    /* the folder that it lies in */
        {"1:d1:l", "1:d1:l1:x", "l/x"},
        {"1:l", "", NULL},
        {"1:l", "i5e", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = begin();
        buf_text(&b, F("1:f") "d4:attr1:l4:pathl");
        buf_text(&b, cases[i].path);
        buf_text(&b, "e12:symlink pathl");
        buf_text(&b, cases[i].target);
        buf_text(&b, "ee");
        assert_true(end(&b, "t", 1));
        assert_int_equal(t.files[1].length, 0);
        if (cases[i].link) {
            assert_non_null(t.files[1].link);
            assert_string_equal(t.files[1].link, cases[i].link);
        } else {
            assert_null(t.files[1].link);
        }
    }
    assert_true(parse(F("1:f") "d4:attr1:l6:lengthi99e4:pathl1:lee", 1));
    assert_null(t.files[1].link); /* no target; the length of a link does not count */
    assert_int_equal(t.size, 1);
}

static void
test_links_in_a_circle_are_dropped(void **state)
{
    (void)state;
    assert_true(parse(F("1:f") LINK("1:a", "1:b") LINK("1:b", "1:c") LINK("1:c", "1:a")
                      LINK("1:x", "1:y") LINK("1:y", "1:f") LINK("1:z", "4:none"), 1));
    assert_string_equal(t.files[4].link, "y");
    assert_string_equal(t.files[5].link, "f");
    assert_string_equal(t.files[6].link, "none");
    int circle = 0;
    for (int i = 1; i <= 3; i++) {
        circle += t.files[i].link != NULL;
    }
    assert_true(circle < 3);
}

static void
test_depth_and_length_are_capped(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct buf b = begin();
        buf_text(&b, "d6:lengthi1e4:pathl");
        for (int i = 0; i < PATH_DEPTH_MAX + extra; i++) {
            buf_text(&b, "1:a");
        }
        buf_text(&b, "ee");
        assert_int_equal(end(&b, "t", 1), !extra);
    }
    struct buf b = begin();
    buf_text(&b, "d6:lengthi1e4:pathl");
    for (int i = 0; i < 12; i++) {
        buf_text(&b, "200:");
        for (int k = 0; k < 200; k++) {
            buf_byte(&b, 'a');
        }
    }
    buf_text(&b, "ee");
    assert_false(end(&b, "t", 1));
    assert_string_equal(why.what, "the path of a file is too long");
}

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The limits are far above what is measured, far below what a quadratic search costs. */
static void
test_many_files_are_read_in_linear_time(void **state)
{
    (void)state;
    double before = seconds();
    struct buf b = begin();
    for (uint64_t i = 0; i < 20000; i++) {
        buf_text(&b, "d6:lengthi1e4:pathl3:dir");
        put_path_number(&b, i / 100);
        put_path_number(&b, i);
        buf_text(&b, "ee");
    }
    assert_true(end(&b, "t", 1));
    assert_int_equal(t.file_count, 20000);
    b = begin();
    for (int i = 0; i < 200000; i++) {
        buf_text(&b, F("5:a.txt")); /* all of one name */
    }
    assert_true(end(&b, "t", 1));
    assert_string_equal(t.files[199999].path, "t/a (200000).txt");
    b = begin();
    for (uint64_t i = 0; i < 100000; i++) { /* a chain of links */
        buf_text(&b, "d4:attr1:l4:pathl");
        put_path_number(&b, i);
        buf_text(&b, "e12:symlink pathl");
        put_path_number(&b, i + 1);
        buf_text(&b, "ee");
    }
    assert_true(end(&b, "t", 0));
    b = begin();
    for (uint64_t i = 0; i < 5000; i++) { /* deep and all different */
        buf_text(&b, "d6:lengthi1e4:pathl");
        put_path_number(&b, i);
        for (int k = 0; k < 90; k++) {
            buf_text(&b, "1:a");
        }
        buf_text(&b, "ee");
    }
    assert_true(end(&b, "t", 1));
    assert_true(seconds() - before < 30);
}

static void
test_memory_stays_within_ten_times_the_input(void **state)
{
    (void)state;
    char name[241];
    struct buf b = begin();
    while (text_max - b.len > 1000) { /* the name is repeated in every path */
        buf_text(&b, "d6:lengthi1e4:pathl1:aee");
    }
    memset(name, 'n', 240);
    name[240] = 0;
    end(&b, name, 1);
    assert_true(arena.used < 10 * text_max);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_are_made_safe),
        cmocka_unit_test(test_damaged_lists_are_refused),
        cmocka_unit_test(test_offsets_add_up),
        cmocka_unit_test(test_both_length_and_files_means_files),
        cmocka_unit_test(test_equal_paths_get_numbers),
        cmocka_unit_test(test_names_that_become_equal_get_numbers),
        cmocka_unit_test(test_files_give_way_to_folders),
        cmocka_unit_test(test_padding_is_marked_and_takes_no_name),
        cmocka_unit_test(test_links_lead_to_places_inside),
        cmocka_unit_test(test_links_in_a_circle_are_dropped),
        cmocka_unit_test(test_depth_and_length_are_capped),
        cmocka_unit_test(test_many_files_are_read_in_linear_time),
        cmocka_unit_test(test_memory_stays_within_ten_times_the_input),
    };
    return cmocka_run_group_tests(tests, take_text, give_back);
}
