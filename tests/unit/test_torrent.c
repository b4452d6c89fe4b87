/* The outer and the info dictionary; the list of files has test_torrent_files.c. The
 * .torrent files in tests/data are those of npm's webtorrent-fixtures (MIT, by Feross
 * Aboukhadijeh and WebTorrent, LLC). */
#include "meta/torrent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "01234567890123456789"
#define INFO "d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:" HASH "e"
#define WITH(before, after) "d" before "4:info" INFO after "e"

static struct torrent t;
static struct arena arena = {.size_max = 1 << 28};
static struct fault why;

static int
give_back(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static bool
parse(const char *text)
{
    arena_free(&arena);
    return torrent_parse(&t, bytes_of_text(text), &arena, &why);
}

static void
assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_true(bytes_equal(got, bytes_of_text(want)));
}

/* Parses a copy of exactly the right size; the copy is left for the caller to free. */
static uint8_t *
parse_file(const char *name, bool *ok)
{
    char path[200];
    snprintf(path, sizeof path, "tests/data/%s.torrent", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(len);
    assert_int_equal(fread(data, 1, len, f), len);
    fclose(f);
    arena_free(&arena);
    *ok = torrent_parse(&t, bytes_of(data, len), &arena, &why);
    return data;
}

static void
test_real_torrents(void **state)
{
    (void)state;
    static const struct {
        const char *file, *name, *info_hash;
        int64_t size;
        uint32_t piece_length, piece_count, file_count;
        bool is_private;
    } cases[] = {
        {"alice", "alice.txt", "722fe65b2aa26d14f35b4ad627d20236e481d924", 163783, 16384, 10, 1,
         false},
        {"bunny", "bbb_sunflower_1080p_30fps_stereo_abl.mp4",
         "af8f10f30bf9aefecf3686922bfa0d5bd290a395", 434839491, 524288, 830, 1, true},
        {"folder", "folder", "b88da2caac6648e6c7d7687e3f89085f7e230e6b", 15, 16384, 1, 1, false},
        {"leaves", "Leaves of Grass by Walt Whitman.epub",
         "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36", 362017, 16384, 23, 1, false},
        {"lots-of-numbers", "lots-of-numbers", "114ead6243792ba56297edbb9a78dfba84d4fc00", 12,
         16384, 1, 6, false},
        {"numbers", "numbers", "89d97c2261a21b040cf11caa661a3ba7233bb7e6", 6, 16384, 1, 3, false},
        {"sintel", "Sintel.2010.4K.DMRip.x264.DD.DTS.SRT-MaLLIeHbKa.mkv",
         "c334138ef5bfc2d568ea7324e0e2a3a7ec229bdd", 5490455272, 4194304, 1310, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t hash[SHA1_SIZE];
        bool ok;
        uint8_t *data = parse_file(cases[i].file, &ok);
        assert_true(ok);
        assert_string_equal(t.name, cases[i].name);
        assert_true(bytes_from_hex(bytes_of_text(cases[i].info_hash), hash, sizeof hash));
        assert_memory_equal(t.info_hash, hash, sizeof hash);
        assert_int_equal(t.size, cases[i].size);
        assert_int_equal(t.piece_length, cases[i].piece_length);
        assert_int_equal(t.piece_count, cases[i].piece_count);
        assert_int_equal(t.file_count, cases[i].file_count);
        assert_int_equal(t.is_private, cases[i].is_private);
        assert_true(t.creation_date > 1300000000);
        assert_false(t.has_v2);
        free(data);
    }
}

static void
test_real_torrents_details(void **state)
{
    (void)state;
    bool ok;
    uint8_t *data = parse_file("lots-of-numbers", &ok);
    assert_true(ok);
    assert_false(t.single);
    assert_string_equal(t.files[5].path, "lots-of-numbers/small numbers/3.txt");
    assert_int_equal(t.files[5].offset, 9);
    free(data);
    data = parse_file("folder", &ok);
    assert_false(t.single);
    assert_string_equal(t.files[0].path, "folder/file.txt");
    free(data);
    data = parse_file("bunny", &ok);
    assert_true(t.single);
    assert_int_equal(t.webseed_count, 1);
    assert_true(bytes_starts(t.webseeds[0], BYTES("http://distribution.bbb3d")));
    free(data);
    data = parse_file("corrupt", &ok);
    assert_false(ok);
    assert_string_equal(why.what, "it has no name");
    free(data);
}

static void
test_minimal_torrent(void **state)
{
    (void)state;
    assert_true(parse("d4:info" INFO "e"));
    assert_null(why.what);
    assert_true(t.single);
    assert_string_equal(t.name, "a");
    assert_string_equal(t.files[0].path, "a");
    assert_null(t.files[0].link);
    assert_int_equal(t.size, 5);
    assert_int_equal(t.piece_count, 1);
    assert_memory_equal(t.piece_hashes, HASH, 20);
    assert_bytes(t.info, INFO);
    assert_int_equal(t.metainfo.len, sizeof "d4:info" INFO "e" - 1);
    uint8_t hash[SHA1_SIZE];
    sha1_of(BYTES(INFO), hash);
    assert_memory_equal(t.info_hash, hash, sizeof hash);
    assert_int_equal(t.tracker_count + t.webseed_count + t.node_count, 0);
    assert_true(parse("d4:info" INFO "e\r\n"));
    assert_true(parse("d3:zzzi1e4:info" INFO "1:a0:e")); /* unordered, unknown keys */
}

static void
test_bare_info_dictionary(void **state)
{
    (void)state;
    assert_true(torrent_parse_info(&t, BYTES(INFO), &arena, &why));
    assert_string_equal(t.name, "a");
    assert_bytes(t.info, INFO);
    assert_int_equal(t.metainfo.len, 0);
    assert_false(torrent_parse_info(&t, BYTES(INFO "x"), &arena, &why));
    assert_false(torrent_parse_info(&t, BYTES("le"), &arena, &why));
    assert_false(torrent_parse_info(&t, BYTES("d4:info" INFO "e"), &arena, &why));
}

static void
test_damaged_torrents_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *in, *what;
    } cases[] = {
        {"", "it is empty"},
        {"le", "it is no torrent"},
        {"<html>", "something unknown stands in it"},
        {"de", "it has no info dictionary"},
        {"d4:infolee", "it has no info dictionary"},
        {"d4:info" INFO "ex", "something stands behind its end"},
        {"d4:info" INFO, "it ends in the middle"},
        {"d4:infodee", "it has no name"},
        {"d4:infod4:name0:ee", "it has no name"},
        {"d4:infod4:namei5eee", "it has no name"},
        {"d4:infod4:name1:aee", "the piece length is missing"},
        {"d4:infod4:name1:a12:piece lengthi0eee", "the piece length makes no sense"},
        {"d4:infod4:name1:a12:piece lengthi-1eee", "the piece length makes no sense"},
        {"d4:infod4:name1:a12:piece length1:5ee", "the piece length makes no sense"},
        {"d4:infod4:name1:a12:piece lengthi268435457eee", "its pieces are too large"},
        {"d4:infod4:name1:a12:piece lengthi1eee", "the list of piece hashes is missing"},
        {"d4:infod4:name1:a12:piece lengthi1e6:piecesleee", "the list of piece hashes is missing"},
        {"d4:infod4:name1:a12:piece lengthi1e6:pieces3:abcee",
         "the list of piece hashes has the wrong length"},
        {"d4:infod4:name1:a12:piece lengthi1e6:pieces20:" HASH "ee",
         "it says neither a length nor files"},
        {"d4:infod6:lengthi-1e4:name1:a12:piece lengthi1e6:pieces20:" HASH "ee",
         "the length of a file makes no sense"},
        {"d4:infod6:length1:14:name1:a12:piece lengthi1e6:pieces20:" HASH "ee",
         "the length of a file makes no sense"},
        {"d4:infod6:lengthi2e4:name1:a12:piece lengthi1e6:pieces20:" HASH "ee",
         "the list of piece hashes has the wrong length"},
        {"d4:infod6:lengthi0e4:name1:a12:piece lengthi1e6:pieces20:" HASH "ee",
         "the list of piece hashes has the wrong length"},
        {"d4:infod6:lengthi9223372036854775807e4:name1:a12:piece lengthi1e6:pieces20:" HASH "ee",
         "it is too large to be real"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(parse(cases[i].in));
        assert_string_equal(why.what, cases[i].what);
        assert_true(why.where <= strlen(cases[i].in));
    }
}

static void
test_empty_file_needs_no_pieces(void **state)
{
    (void)state;
    assert_true(parse("d4:infod6:lengthi0e4:name1:a12:piece lengthi1e6:pieces0:ee"));
    assert_int_equal(t.piece_count, 0);
    assert_int_equal(t.size, 0);
    assert_int_equal(t.file_count, 1);
}

static void
test_size_and_piece_caps(void **state)
{
    (void)state;
    static uint8_t text[METAINFO_SIZE_MAX + 1];
    memset(text, ' ', sizeof text);
    memcpy(text, "d4:info" INFO "e", sizeof "d4:info" INFO "e" - 1);
    assert_true(torrent_parse(&t, bytes_of(text, METAINFO_SIZE_MAX), &arena, &why));
    assert_false(torrent_parse(&t, bytes_of(text, METAINFO_SIZE_MAX + 1), &arena, &why));
    assert_string_equal(why.what, "it is too large");
    assert_false(torrent_parse_info(&t, bytes_of(text, METAINFO_SIZE_MAX + 1), &arena, &why));
}

#define V1_LENGTH "6:lengthi5e"
#define V1_PIECES "6:pieces20:" HASH
#define TREE "9:file treed1:ad0:d6:lengthi5eeee"

static void
test_hybrid_is_read_as_v1_and_v2_only_is_refused(void **state)
{
    (void)state;
    const char *info = "d" TREE V1_LENGTH "12:meta versioni2e4:name1:a12:piece lengthi16384e"
                       V1_PIECES "e";
    char text[300];
    struct buf b = BUF(text);
    uint8_t hash[SHA256_SIZE];
    buf_text(&b, "d4:info");
    buf_text(&b, info);
    buf_byte(&b, 'e');
    assert_true(parse(buf_cstr(&b)));
    assert_true(t.has_v2);
    sha256_of(bytes_of_text(info), hash);
    assert_memory_equal(t.info_hash_v2, hash, sizeof hash);
    assert_false(parse("d4:infod" TREE "12:meta versioni2e4:name1:a12:piece lengthi16384eee"));
    assert_string_equal(why.what, "this torrent is in the new v2-only format, "
                                  "which this version cannot read");
    assert_true(parse("d4:infod" V1_LENGTH "12:meta versioni2e4:name1:a12:piece lengthi16384e"
                      V1_PIECES "ee")); /* no tree: v1 */
    assert_false(t.has_v2);
}

static void
test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *safe;
    } cases[] = {
        {"4:name6:../../", ".._.._"}, {"4:name2:..", "_"},
        {"4:name4:/etc", "_etc"},     {"4:name3:con", "_con"},
        {"4:name2:\xff" "a", "\xef\xbf\xbd" "a"},
        {"4:name2:\xff" "a10:name.utf-82:\xc3\xa9", "\xc3\xa9"},
        {"10:name.utf-82:\xc3\xa9" "4:name2:xx", "\xc3\xa9"},
        {"10:name.utf-80:4:name2:xx", "xx"},
        {"10:name.utf-8i5e4:name2:xx", "xx"},
        {"4:name1:a4:name1:b", "a"}, /* of equal keys the first counts */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct buf b = BUF(text);
        buf_text(&b, "d4:infod" V1_LENGTH);
        buf_text(&b, cases[i].name);
        buf_text(&b, "12:piece lengthi16384e" V1_PIECES "ee");
        assert_true(parse(buf_cstr(&b)));
        assert_string_equal(t.name, cases[i].safe);
    }
}

static void
test_private_is_any_non_zero_number_inside_info(void **state)
{
    (void)state;
    assert_true(parse("d4:infod" V1_LENGTH "4:name1:a12:piece lengthi16384e" V1_PIECES
                      "7:privatei1eee"));
    assert_true(t.is_private);
    assert_true(parse("d4:infod" V1_LENGTH "4:name1:a12:piece lengthi16384e" V1_PIECES
                      "7:privatei0eee"));
    assert_false(t.is_private);
    assert_true(parse(WITH("", "7:privatei1e")));
    assert_false(t.is_private);
}

static void
test_texts_are_utf8_or_empty(void **state)
{
    (void)state;
    assert_true(parse(WITH("7:comment5:hello10:created by3:x/113:creation datei1500000000e", "")));
    assert_bytes(t.comment, "hello");
    assert_bytes(t.created_by, "x/1");
    assert_int_equal(t.creation_date, 1500000000);
    assert_true(parse(WITH("7:comment2:\xff\xff", "")));
    assert_int_equal(t.comment.len, 0);
    assert_true(parse(WITH("7:comment2:\xff\xff" "13:comment.utf-82:\xc3\xa9", "")));
    assert_bytes(t.comment, "\xc3\xa9");
    assert_true(parse(WITH("7:commenti5e", "")));
    assert_int_equal(t.comment.len, 0);
    char text[2 * TEXT_LEN_MAX + 300];
    struct buf b = BUF(text);
    buf_text(&b, "d7:comment");
    buf_u64(&b, TEXT_LEN_MAX + 2);
    buf_text(&b, ":a");
    for (int i = 0; i < TEXT_LEN_MAX / 2; i++) {
        buf_text(&b, "\xc3\xa9");
    }
    buf_text(&b, "b4:info" INFO "e");
    assert_true(parse(buf_cstr(&b)));
    assert_int_equal(t.comment.len, TEXT_LEN_MAX - 1);
    assert_true(bytes_is_utf8(t.comment));
}

/* Prints the trackers as "url url | url" with a bar between tiers. */
static const char *
tracker_text(char mem[500])
{
    struct buf b = buf_over(mem, 500);
    for (uint32_t i = 0; i < t.tracker_count; i++) {
        if (i) {
            assert_in_range(t.trackers[i].tier - t.trackers[i - 1].tier, 0, 1);
            buf_text(&b, t.trackers[i].tier != t.trackers[i - 1].tier ? " | " : " ");
        }
        buf_add(&b, t.trackers[i].url);
    }
    return buf_cstr(&b);
}

static void
test_trackers(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *trackers;
    } cases[] = {
        {"8:announce8:http://a", "http://a"},
        {"8:announce10: http://a\n", "http://a"},
        {"8:announce0:", ""},
        {"8:announcei5e", ""},
        {"8:announce7:wss://a", ""},
        {"8:announce8:http://a13:announce-listll8:http://bel7:udp://cee", "http://b | udp://c"},
        {"8:announce8:http://a13:announce-listle", "http://a"},
        {"8:announce8:http://a13:announce-listlle7:wss://xe", "http://a"},
        {"13:announce-listll8:http://a8:http://bel9:https://cee", "http://a http://b | https://c"},
        {"13:announce-listll8:http://a8:http://ael8:http://ael8:http://bee", "http://a | http://b"},
        {"13:announce-listll0:7:wss://xeli5eel8:http://aee", "http://a"},
        {"13:announce-listl8:http://a8:http://be", "http://a | http://b"}, /* no inner lists */
        {"13:announce-list8:http://a8:announce8:http://b", "http://b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300], mem[500];
        struct buf b = BUF(text);
        buf_text(&b, "d");
        buf_text(&b, cases[i].keys);
        buf_text(&b, "4:info" INFO "e");
        bool ok = parse(buf_cstr(&b));
        if (!ok) {
            fail_msg("%s: %s", cases[i].keys, why.what);
        }
        assert_string_equal(tracker_text(mem), cases[i].trackers);
    }
}

static void
test_web_seeds_and_nodes(void **state)
{
    (void)state;
    assert_true(parse(WITH("", "8:url-list8:http://a")));
    assert_int_equal(t.webseed_count, 1);
    assert_bytes(t.webseeds[0], "http://a");
    assert_true(parse(WITH("", "8:url-listl8:http://a9:https://b8:http://a7:ftp://ci5e0:e")));
    assert_int_equal(t.webseed_count, 2);
    assert_bytes(t.webseeds[1], "https://b");
    assert_true(parse(WITH("9:httpseedsl8:http://ae", "8:url-list0:")));
    assert_int_equal(t.webseed_count, 0);
    assert_true(parse(WITH("", "5:nodesll1:hi6881eel3:::1i1eel0:i1eel1:hi0eel1:hi65536ee"
                          "l1:hei5e1:xe")));
    assert_int_equal(t.node_count, 2);
    assert_bytes(t.nodes[0].host, "h");
    assert_int_equal(t.nodes[0].port, 6881);
    assert_bytes(t.nodes[1].host, "::1");
}

static void
test_sources_are_capped(void **state)
{
    (void)state;
    size_t max = 100000;
    char *text = malloc(max);
    struct buf b = buf_over(text, max);
    buf_text(&b, "d13:announce-listl");
    for (uint64_t i = 100; i < 600; i++) {
        buf_text(&b, "l10:http://");
        buf_u64(&b, i);
        buf_text(&b, "e");
    }
    buf_text(&b, "e4:info" INFO "5:nodesl");
    for (uint64_t i = 100; i < 600; i++) {
        buf_text(&b, "l3:");
        buf_u64(&b, i);
        buf_text(&b, "i1ee");
    }
    buf_text(&b, "e8:url-listl");
    for (uint64_t i = 100; i < 600; i++) {
        buf_text(&b, "10:http://");
        buf_u64(&b, i);
    }
    buf_text(&b, "ee");
    assert_false(b.full);
    assert_true(parse(buf_cstr(&b)));
    assert_int_equal(t.tracker_count, TRACKERS_MAX);
    assert_int_equal(t.webseed_count, WEBSEEDS_MAX);
    assert_int_equal(t.node_count, NODES_MAX);
    free(text);
}

static void
test_no_memory_is_an_error(void **state)
{
    (void)state;
    for (size_t max = 0; max < 400; max += 16) {
        struct arena small = {.size_max = max};
        bool ok = torrent_parse(&t, BYTES("d4:info" INFO "e"), &small, &why);
        assert_int_equal(ok, why.what == NULL);
        assert_int_equal(ok, max >= 304);
        arena_free(&small);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_torrents),
        cmocka_unit_test(test_real_torrents_details),
        cmocka_unit_test(test_minimal_torrent),
        cmocka_unit_test(test_bare_info_dictionary),
        cmocka_unit_test(test_damaged_torrents_say_what_is_wrong),
        cmocka_unit_test(test_empty_file_needs_no_pieces),
        cmocka_unit_test(test_size_and_piece_caps),
        cmocka_unit_test(test_hybrid_is_read_as_v1_and_v2_only_is_refused),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_private_is_any_non_zero_number_inside_info),
        cmocka_unit_test(test_texts_are_utf8_or_empty),
        cmocka_unit_test(test_trackers),
        cmocka_unit_test(test_web_seeds_and_nodes),
        cmocka_unit_test(test_sources_are_capped),
        cmocka_unit_test(test_no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, give_back);
}
