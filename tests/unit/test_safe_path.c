#include "base/limits.h"
#include "meta/safe_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct bytes
component(struct bytes name, char mem[NAME_LEN_MAX])
{
    struct buf b = buf_over(mem, NAME_LEN_MAX);
    safe_path_component(&b, name);
    assert_false(b.full);
    return buf_bytes(&b);
}

static void
assert_component(const char *in, const char *want)
{
    char mem[NAME_LEN_MAX];
    struct bytes got = component(bytes_of_text(in), mem);
    if (!bytes_equal(got, bytes_of_text(want))) {
        fail_msg("%s became %.*s, not %s", in, (int)got.len, (const char *)got.ptr, want);
    }
}

static void
test_harmless_names_stay(void **state)
{
    (void)state;
    static const char *const names[] = {
        "a", "file.txt", ".hidden", "with space.mkv", "a..b", " leading", "-rf", "~", "$HOME", "%s",
        "UPPER lower 123 !#&'()+,;=@[]^`{}", "construct", "con1", "com", "com10", "comx.txt",
        "lpt", "nul_", "auxiliary.h", "_con",
        "\xd0\x92\xd0\xbe\xd0\xb9\xd0\xbd\xd0\xb0 \xd0\xb8 \xd0\xbc\xd0\xb8\xd1\x80.txt",
        "\xe6\xbc\xa2\xe5\xad\x97\xe3\x81\x8b\xe3\x81\xaa.mp3",
        "\xd8\xa7\xd9\x84\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\xa9.pdf",
        "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80",
        "\xf0\x9f\x98\x80\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80.png", /* joined emoji */
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xb4\xd9\x88\xd8\xaf", /* Persian, zero-width non-joiner */
        "na\xc3\xafve caf\xc3\xa9", "e\xcc\x81 decomposed",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_component(names[i], names[i]);
    }
}

static void
test_dangerous_names_are_changed(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", "_"}, {".", "_"}, {"..", "_"}, {"...", "_"}, {" ", "_"}, {". .", "_"},
        {"/", "_"}, {"\\", "_"}, {"//", "__"}, {"../..", ".._"}, {"..\\..", ".._"},
        {"/etc/passwd", "_etc_passwd"}, {"C:\\x", "C__x"}, {"a/b", "a_b"},
        {"<>:\"|?*", "_______"}, {"file:stream", "file_stream"},
        {"a.", "a"}, {"a...", "a"}, {"a ", "a"}, {"a. . ", "a"}, {"a.txt .", "a.txt"},
        {"a\x01\x1f\x7f" "b\nc\td\re", "abcde"}, {"\x01", "_"}, {".\x01", "_"}, {"\x01.\x02.", "_"},
        {"a.\x01", "a"}, {"..\x01/", ".._"},
        {"a\xc2\x80\xc2\x85\xc2\x9f" "b", "ab"}, /* C1 controls */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_component(cases[i].in, cases[i].out);
    }
    char mem[NAME_LEN_MAX];
    assert_true(bytes_equal(component(BYTES("a\0b"), mem), BYTES("ab")));
    assert_true(bytes_equal(component(BYTES("\0"), mem), BYTES("_")));
}

static void
test_reserved_windows_names_get_a_mark(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"con", "_con"}, {"CON", "_CON"}, {"CON.txt", "_CON.txt"}, {"con.tar.gz", "_con.tar.gz"},
        {"com1 ", "_com1"}, {"com1 .txt", "_com1 .txt"}, {"aux.h", "_aux.h"}, {"Prn", "_Prn"},
        {"NUL", "_NUL"}, {"nul.", "_nul"}, {"COM9", "_COM9"}, {"lpt1", "_lpt1"},
        {"LPT9.x", "_LPT9.x"}, {"COM0", "_COM0"}, {"CONIN$", "_CONIN$"}, {"conout$", "_conout$"},
        {"COM\xc2\xb9", "_COM\xc2\xb9"}, {"lpt\xc2\xb3.txt", "_lpt\xc2\xb3.txt"},
        {"co\x01n", "_con"}, {"\xe2\x80\x8e" "aux", "_aux"}, {"con..", "_con"},
        {" con", "_ con"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_component(cases[i].in, cases[i].out);
    }
}

static void
test_direction_characters_are_dropped(void **state)
{
    (void)state;
    static const uint32_t codes[] = {0x061c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,
                                     0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067,
                                     0x2068, 0x2069, 0xfeff, 0xfffb};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint32_t c = codes[i];
        char name[16] = "photo";
        size_t at = 5;
        if (c >= 0x800) {
            name[at++] = (char)(0xe0 | c >> 12);
            name[at++] = (char)(0x80 | (c >> 6 & 0x3f));
        } else {
            name[at++] = (char)(0xc0 | c >> 6);
        }
        name[at++] = (char)(0x80 | (c & 0x3f));
        memcpy(name + at, "gpj", 4);
        assert_component(name, "photogpj");
    }
}

static void
test_invalid_utf8_becomes_a_replacement_character(void **state)
{
    (void)state;
    assert_component("a\xff" "b", "a\xef\xbf\xbd" "b");
    assert_component("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"); /* an overlong slash */
    assert_component("x\xed\xa0\x80", "x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_component("caf\xe9.txt", "caf\xef\xbf\xbd.txt"); /* Latin-1 */
    assert_component("a\xe6\xbc", "a\xef\xbf\xbd\xef\xbf\xbd");
}

static void
test_long_names_are_cut_at_a_character(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *end, *want_end;
    } cases[] = {
        {"a", "", "a"},
        {"a", ".mkv", "a.mkv"},
        {"\xd0\x96", ".mkv", "\xd0\x96.mkv"},
        {"\xe6\xbc\xa2", "", "\xe6\xbc\xa2"},
        {"\xf0\x9f\x98\x80", ".jpeg", "\xf0\x9f\x98\x80.jpeg"},
        {"a", ".an extension too long to be one", "a"},
        {"a", ".mkv. .", "a.mkv"},
        {"a", ".m<v", "a.m_v"},
        {"\xff", ".\xff\xff", "\xef\xbf\xbd.\xef\xbf\xbd\xef\xbf\xbd"},
        {".", "x", ".x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[1200], mem[NAME_LEN_MAX];
        struct buf b = BUF(name);
        for (int k = 0; k < 250; k++) {
            buf_text(&b, cases[i].unit);
        }
        buf_text(&b, cases[i].end);
        struct bytes got = component(buf_bytes(&b), mem);
        assert_true(got.len <= NAME_LEN_MAX);
        assert_true(got.len > NAME_LEN_MAX - 8);
        assert_true(bytes_is_utf8(got));
        assert_true(bytes_ends(got, bytes_of_text(cases[i].want_end)));
    }
}

static void
test_cut_does_not_leave_a_bad_end(void **state)
{
    (void)state;
    char name[400], mem[NAME_LEN_MAX];
    memset(name, ' ', sizeof name);
    memset(name, 'a', 100);
    name[399] = 'b';
    struct bytes got = component(bytes_of(name, sizeof name), mem);
    assert_int_equal(got.len, 100);
    memset(name + 3, '.', sizeof name - 3);
    memcpy(name, "con", 3);
    name[399] = 'b';
    got = component(bytes_of(name, sizeof name), mem);
    assert_true(bytes_starts(got, BYTES("_con")));
}

static void
test_a_safe_name_stays_as_it_is(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        static const char letters[] = "aA.. /\\:con\x01 \xe2\x80\xae\xff\xc3\xa9" "1";
        uint8_t name[300];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t len = (size_t)(seed >> 40) % (round % 50 ? 12 : sizeof name);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            name[i] = (uint8_t)letters[(seed >> 40) % (sizeof letters - 1)];
        }
        char once[NAME_LEN_MAX], twice[NAME_LEN_MAX];
        struct bytes a = component(bytes_of(name, len), once);
        struct bytes b = component(a, twice);
        assert_true(bytes_equal(a, b));
    }
}

static void
test_keys_fold_letters_of_several_scripts(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"Readme.TXT", "README.txt", true},
        {"\xc3\x84rger", "\xc3\xa4RGER", true},                 /* Latin-1 */
        {"\xc5\xbd" "ena \xc4\x8c", "\xc5\xbe" "ena \xc4\x8d", true}, /* Latin Extended-A */
        {"\xc5\xb8", "\xc3\xbf", true},                         /* y with diaeresis */
        {"\xd0\x96\xd0\x81", "\xd0\xb6\xd1\x91", true},         /* Cyrillic */
        {"\xce\xa3\xce\x86", "\xcf\x83\xce\xac", true},         /* Greek */
        {"\xcf\x82", "\xce\xa3", true},                         /* final sigma */
        {"\xd4\xb1", "\xd5\xa1", true},                         /* Armenian */
        {"\xe1\xba\xa0", "\xe1\xba\xa1", true},                 /* Vietnamese */
        {"a/b", "A/B", true},
        {"a", "b", false},
        {"a/b", "a_b", false},
        {"[", "{", false},
        {"\xc3\xa9", "e", false},
        {"\xc5\x89", "\xc5\x88", false},
        {"\xe6\xbc\xa2", "\xe6\xbc\xa3", false},
        {"", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool same = safe_path_key(bytes_of_text(cases[i].a)) ==
                    safe_path_key(bytes_of_text(cases[i].b));
        assert_int_equal(same, cases[i].same);
    }
}

static void
test_key_can_be_made_piece_by_piece(void **state)
{
    (void)state;
    uint64_t key = safe_path_key_add(SAFE_PATH_KEY_START, BYTES("Dir"));
    assert_true(key == safe_path_key(BYTES("dir")));
    assert_true(safe_path_key_add(key, BYTES("/File")) == safe_path_key(BYTES("dir/file")));
}

static void
test_links_must_stay_inside(void **state)
{
    (void)state;
    static const struct {
        const char *path, *target;
        bool inside;
    } cases[] = {
        {"l", "x", true},          {"l", "x/y", true},      {"l", "./x", true},
        {"l", "", false},          {"l", "/x", false},      {"l", "..", false},
        {"l", "../x", false},      {"l", "x/../y", true},   {"l", "x/../../y", false},
        {"d/l", "../x", true},     {"d/l", "..", true},     {"d/l", "../../x", false},
        {"d/e/l", "../../x", true}, {"d/e/l", "../../../x", false},
        {"d/l", "../d/../../x", false}, {"d/l", "...", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(safe_path_link_stays_inside(bytes_of_text(cases[i].path),
                                                     bytes_of_text(cases[i].target)),
                         cases[i].inside);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_harmless_names_stay),
        cmocka_unit_test(test_dangerous_names_are_changed),
        cmocka_unit_test(test_reserved_windows_names_get_a_mark),
        cmocka_unit_test(test_direction_characters_are_dropped),
        cmocka_unit_test(test_invalid_utf8_becomes_a_replacement_character),
        cmocka_unit_test(test_long_names_are_cut_at_a_character),
        cmocka_unit_test(test_cut_does_not_leave_a_bad_end),
        cmocka_unit_test(test_a_safe_name_stays_as_it_is),
        cmocka_unit_test(test_keys_fold_letters_of_several_scripts),
        cmocka_unit_test(test_key_can_be_made_piece_by_piece),
        cmocka_unit_test(test_links_must_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
