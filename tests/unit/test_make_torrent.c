#include "builder/make_torrent.h"
#include "meta/torrent.h"
#include "unit/folder.h"

static int
set_up(void **state)
{
    struct folder *p = calloc(1, sizeof *p);
    sys_init();
    folder_make(p);
    *state = p;
    return 0;
}

static int
tear_down(void **state)
{
    struct folder *p = *state;
    int failed = folder_remove(p);
    free(p);
    return failed;
}

/* A file whose byte i is i % 251. */
static void
put_file(const struct folder *p, const char *name, size_t size)
{
    sys_file f = SYS_NONE;
    uint8_t *data = malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i % 251);
    }
    assert_int_equal(sys_file_open(p->dir, name, SYS_WRITE | SYS_CREATE, &f), SYS_OK);
    assert_true(sys_file_write(f, 0, data, size) >= 0);
    sys_file_close(&f);
    free(data);
}

static const struct source_list no_sources;

/* The metainfo of `name`, hashed in steps of `step` bytes. */
static struct bytes
make(const struct folder *p, const char *name, uint32_t piece_length, int64_t step,
     const struct make_extra *extra)
{
    struct make_torrent m;
    struct make_extra plain = {.sources = &no_sources, .date = -1};
    make_open(&m, p->dir, name, piece_length);
    while (m.state == MAKE_HASHING) {
        make_turn(&m, step);
    }
    if (m.state != MAKE_DONE) {
        fail_msg("%s", m.error);
    }
    assert_int_equal(m.done, m.size);
    struct bytes metainfo = make_metainfo(&m, extra ? extra : &plain);
    make_close(&m);
    return metainfo;
}

static void
assert_hash(struct bytes metainfo, const char *hex)
{
    struct arena arena = {.size_max = 1 << 20};
    struct torrent t;
    struct fault why = {0};
    uint8_t mem[80];
    struct buf b = BUF(mem);
    assert_true(torrent_parse(&t, metainfo, &arena, &why));
    buf_hex(&b, bytes_of(t.info_hash, SHA1_SIZE));
    assert_string_equal(buf_cstr(&b), hex);
    arena_free(&arena);
}

/* The two hashes were computed by libtorrent 2.0.8 (create_torrent, v1 only) from the same
 * content. */
static void
test_info_hash_is_what_others_compute(void **state)
{
    struct folder *p = *state;
    put_file(p, "pack me/a.bin", 40000);
    folder_put(p, "pack me/sub/b.txt", "hello\n");
    folder_put(p, "pack me/sub/zero", "");
    put_file(p, "a.bin", 40000);
    static const int64_t steps[] = {1, 1000, 16384, 1 << 30};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct bytes folder = make(p, "pack me", 16384, steps[i], NULL);
        struct bytes single = make(p, "a.bin", 16384, steps[i], NULL);
        assert_hash(folder, "c8a1caa92c77580f483bb9eec35e2140efc10635");
        assert_hash(single, "079742fa6bc8444fdf83825fd7ef8a922cf02d31");
        free((void *)(uintptr_t)folder.ptr);
        free((void *)(uintptr_t)single.ptr);
    }
}

static void
test_everything_said_is_read_back(void **state)
{
    struct folder *p = *state;
    struct source_list sources = {
        .trackers = {BYTES("http://a.example/announce"), BYTES("udp://b.example:1/"),
                     BYTES("http://c.example/announce")},
        .tracker_tier = {0, 0, 1},
        .tracker_count = 3,
        .webseeds = {BYTES("http://w.example/f/")},
        .webseed_count = 1,
    };
    struct arg_list nodes = {.v = {"dht.example:6881", "[::1]:7"}, .count = 2};
    struct make_extra extra = {.sources = &sources,
                               .nodes = &nodes,
                               .comment = "a comment",
                               .source = "SRC",
                               .is_private = true,
                               .date = 0};
    struct arena arena = {.size_max = 1 << 20};
    struct torrent t;
    struct fault why = {0};
    put_file(p, "f", 5);
    struct bytes metainfo = make(p, "f", 0, 100, &extra);
    assert_true(torrent_parse(&t, metainfo, &arena, &why));
    assert_int_equal(t.tracker_count, 3);
    assert_true(bytes_equal(t.trackers[2].url, sources.trackers[2]));
    assert_int_equal(t.trackers[1].tier, 0);
    assert_int_equal(t.trackers[2].tier, 1);
    assert_int_equal(t.webseed_count, 1);
    assert_int_equal(t.node_count, 2);
    assert_true(bytes_equal(t.nodes[1].host, BYTES("::1")));
    assert_int_equal(t.nodes[0].port, 6881);
    assert_true(t.is_private);
    assert_true(bytes_equal(t.comment, BYTES("a comment")));
    assert_true(bytes_equal(t.source, BYTES("SRC")));
    assert_int_equal(bytes_find_part(metainfo, BYTES("13:creation datei0e")) < metainfo.len, 1);
    free((void *)(uintptr_t)metainfo.ptr);
    arena_free(&arena);
}

static void
test_same_content_gives_the_same_bytes(void **state)
{
    struct folder *p = *state;
    put_file(p, "d/z", 70000);
    put_file(p, "d/a/b", 3);
    put_file(p, "d/a-b", 9);
    struct bytes one = make(p, "d", 0, 777, NULL), two = make(p, "d", 0, 1 << 20, NULL);
    assert_true(bytes_equal(one, two));
    /* by raw bytes of the path: "a-b" before "a/b" before "z" */
    size_t first = bytes_find_part(one, BYTES("3:a-b")),
           second = bytes_find_part(one, BYTES("1:a1:b"));
    assert_true(first < second);
    assert_true(second < bytes_find_part(one, BYTES("1:z")));
    free((void *)(uintptr_t)one.ptr);
    free((void *)(uintptr_t)two.ptr);
}

static void
test_piece_length_aims_at_1000_to_2000_pieces(void **state)
{
    (void)state;
    for (int64_t size = 1; size < INT64_C(1) << 45; size += size / 3 + 1) {
        int64_t length = make_piece_length(size);
        int64_t pieces = (size - 1) / length + 1;
        assert_int_equal(length & (length - 1), 0);
        assert_in_range(length, MAKE_PIECE_LENGTH_MIN, MAKE_PIECE_LENGTH_CHOSEN_MAX);
        assert_true(pieces <= 2000 || length == MAKE_PIECE_LENGTH_CHOSEN_MAX);
        assert_true(pieces >= 1000 || length == MAKE_PIECE_LENGTH_MIN);
    }
}

static void
test_what_cannot_be_shared_is_refused_in_words(void **state)
{
    struct folder *p = *state;
    folder_put(p, "nothing", "");
    assert_int_equal(sys_make_dirs(p->dir, "empty/inside"), SYS_OK);
    put_file(p, "linked/file", 10);
    assert_int_equal(sys_make_link(p->dir, "linked/link", "file"), SYS_OK);
    put_file(p, "bad/\xff\xfe", 10);
    static const struct {
        const char *name, *part;
    } cases[] = {
        {"nothing", "not one byte"}, {"empty", "no file"},
        {"linked", "symbolic link"}, {"bad", "UTF-8"},
        {"missing", "not found"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct make_torrent m;
        make_open(&m, p->dir, cases[i].name, 0);
        assert_int_equal(m.state, MAKE_FAILED);
        if (!strstr(m.error, cases[i].part)) {
            fail_msg("%s: %s", cases[i].name, m.error);
        }
        make_close(&m);
    }
}

static void
test_a_file_that_changes_meanwhile_is_noticed(void **state)
{
    struct folder *p = *state;
    struct make_torrent m;
    put_file(p, "d/one", 3 << 20);
    put_file(p, "d/two", 100);
    make_open(&m, p->dir, "d", 0);
    make_turn(&m, 1);
    put_file(p, "d/two", 200);
    while (m.state == MAKE_HASHING) {
        make_turn(&m, 1 << 20);
    }
    assert_int_equal(m.state, MAKE_FAILED);
    assert_non_null(strstr(m.error, "d/two changed"));
    make_close(&m);
}

static void
assert_other_fingerprint(const struct folder *p, uint8_t last[SHA1_SIZE])
{
    uint8_t now[SHA1_SIZE];
    make_fingerprint(p->dir, "d", now);
    assert_memory_not_equal(now, last, SHA1_SIZE);
    make_fingerprint(p->dir, "d", last);
    assert_memory_equal(now, last, SHA1_SIZE);
}

static void
test_a_fingerprint_follows_every_change(void **state)
{
    struct folder *p = *state;
    uint8_t last[SHA1_SIZE] = {0};
    assert_other_fingerprint(p, last); /* there is nothing */
    put_file(p, "d/sub/one", 1000);
    assert_other_fingerprint(p, last);
    folder_put(p, "d/two", "text");
    assert_other_fingerprint(p, last);
    folder_wait_for_clock();
    folder_put(p, "d/two", "TEXT");
    assert_other_fingerprint(p, last);
    assert_int_equal(sys_rename(p->dir, "d/two", "d/three", false), SYS_OK);
    assert_other_fingerprint(p, last);
    assert_int_equal(sys_make_link(p->dir, "d/link", "three"), SYS_OK);
    assert_other_fingerprint(p, last);
}

static void
test_known_hashes_give_the_same_torrent(void **state)
{
    struct folder *p = *state;
    struct make_torrent m;
    struct make_extra plain = {.sources = &no_sources, .date = -1};
    put_file(p, "d/one", 100000);
    struct bytes hashed = make(p, "d", 0, 1 << 20, NULL);
    make_open(&m, p->dir, "d", 0);
    uint8_t *hashes = malloc((size_t)m.piece_count * SHA1_SIZE);
    while (m.state == MAKE_HASHING) {
        make_turn(&m, 1 << 20);
    }
    memcpy(hashes, m.hashes, (size_t)m.piece_count * SHA1_SIZE);
    make_close(&m);
    make_open(&m, p->dir, "d", 0);
    make_use_hashes(&m, hashes);
    assert_int_equal(m.state, MAKE_DONE);
    assert_int_equal(m.done, m.size);
    struct bytes known = make_metainfo(&m, &plain);
    assert_true(bytes_equal(known, hashed));
    make_close(&m);
    free(hashes);
    free((void *)(uintptr_t)known.ptr);
    free((void *)(uintptr_t)hashed.ptr);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_info_hash_is_what_others_compute),
        TEST(test_everything_said_is_read_back),
        TEST(test_same_content_gives_the_same_bytes),
        TEST(test_piece_length_aims_at_1000_to_2000_pieces),
        TEST(test_what_cannot_be_shared_is_refused_in_words),
        TEST(test_a_file_that_changes_meanwhile_is_noticed),
        TEST(test_a_fingerprint_follows_every_change),
        TEST(test_known_hashes_give_the_same_torrent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
