/* builder/pack makes what engine/app_file reads. */
#include "builder/embedded.h"
#include "builder/pack.h"
#include "engine/app_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct payload settings = {
    .torrent = {(const uint8_t *)"d4:infod4:name1:xee", 19},
    .target = {(const uint8_t *)"linux-x86_64", 12},
    .title = {(const uint8_t *)"A title", 7},
    .publisher = {(const uint8_t *)"Somebody", 8},
    .trackers = {{(const uint8_t *)"http://a/", 9}, {(const uint8_t *)"http://b/", 9}},
    .tracker_tier = {0, 1},
    .tracker_count = 2,
    .peers = {{(const uint8_t *)"1.2.3.4:5", 9}},
    .peer_count = 1,
    .seed_ratio_milli = 1500,
    .seed_minutes = 0,
    .max_up = -1,
};

struct app {
    uint8_t *bytes; /* stub and tail */
    size_t len, stub_len;
};

static struct app
make_app(void)
{
    struct bytes stub = pack_stub(embedded_stubs[0].target);
    assert_true(stub.len > 0);
    struct bytes tail = pack_tail(&settings, stub.len);
    struct app a = {malloc(stub.len + tail.len + 16), stub.len + tail.len, stub.len};
    memcpy(a.bytes, stub.ptr, stub.len);
    memcpy(a.bytes + stub.len, tail.ptr, tail.len);
    free((void *)(uintptr_t)stub.ptr);
    free((void *)(uintptr_t)tail.ptr);
    return a;
}

/* Reads bytes by way of a file. */
static enum app_kind
read_back(struct app_file *f, const uint8_t *bytes, size_t len, struct arena *arena)
{
    char path[] = "/tmp/samara-pack-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, bytes, len) == (ssize_t)len);
    close(fd);
    sys_file file = SYS_NONE;
    assert_int_equal(sys_file_open_path(path, SYS_READ, &file), SYS_OK);
    app_file_read(f, file, arena);
    sys_file_close(&file);
    unlink(path);
    return f->kind;
}

static void
test_what_was_packed_is_read_back(void **state)
{
    (void)state;
    struct app a = make_app();
    struct arena arena = {.size_max = 1 << 24};
    struct app_file f;
    assert_int_equal(read_back(&f, a.bytes, a.len, &arena), APP_GOOD);
    assert_int_equal(f.trailer.offset, a.stub_len);
    assert_true(bytes_equal(f.payload.torrent, settings.torrent));
    assert_true(bytes_equal(f.payload.title, settings.title));
    assert_int_equal(f.payload.tracker_count, 2);
    assert_int_equal(f.payload.tracker_tier[1], 1);
    assert_int_equal(f.payload.seed_ratio_milli, 1500);
    assert_int_equal(f.payload.seed_minutes, 0);
    assert_int_equal(f.payload.max_up, -1);
    arena_free(&arena);
    free(a.bytes);
}

static void
test_same_input_gives_the_same_bytes(void **state)
{
    (void)state;
    struct bytes one = pack_tail(&settings, 1234), two = pack_tail(&settings, 1234);
    assert_true(bytes_equal(one, two));
    free((void *)(uintptr_t)one.ptr);
    free((void *)(uintptr_t)two.ptr);
}

static void
test_stub_alone_is_bare(void **state)
{
    (void)state;
    struct app a = make_app();
    struct arena arena = {.size_max = 1 << 24};
    struct app_file f;
    assert_int_equal(read_back(&f, a.bytes, a.stub_len, &arena), APP_STUB);
    arena_free(&arena);
    free(a.bytes);
}

static void
test_every_cut_is_noticed(void **state)
{
    (void)state;
    struct app a = make_app();
    for (size_t len = 64; len<a.len; len += len + 400> a.stub_len ? 1 : 7919) {
        struct arena arena = {.size_max = 1 << 24};
        struct app_file f;
        enum app_kind kind = read_back(&f, a.bytes, len, &arena);
        assert_int_equal(kind, len == a.stub_len ? APP_STUB : APP_DAMAGED);
        arena_free(&arena);
    }
    free(a.bytes);
}

static void
test_every_changed_byte_of_the_payload_is_noticed(void **state)
{
    (void)state;
    struct app a = make_app();
    for (size_t at = a.stub_len; at < a.len; at++) {
        struct arena arena = {.size_max = 1 << 24};
        struct app_file f;
        a.bytes[at] ^= 1;
        assert_int_equal(read_back(&f, a.bytes, a.len, &arena), APP_DAMAGED);
        assert_non_null(f.why.what);
        a.bytes[at] ^= 1;
        arena_free(&arena);
    }
    a.bytes[a.len] = 'x'; /* and so is something behind the end */
    struct arena arena = {.size_max = 1 << 24};
    struct app_file f;
    assert_int_equal(read_back(&f, a.bytes, a.len + 16, &arena), APP_DAMAGED);
    arena_free(&arena);
    free(a.bytes);
}

static void
test_other_files_are_no_apps(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x", "d4:infodee", "#!/bin/sh\n", "MZ", "\177ELF"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena = {.size_max = 1 << 24};
        struct app_file f;
        enum app_kind kind = read_back(&f, (const uint8_t *)texts[i], strlen(texts[i]), &arena);
        assert_true(kind == APP_NOT || kind == APP_DAMAGED);
        arena_free(&arena);
    }
}

static void
test_too_large_is_refused(void **state)
{
    (void)state;
    struct payload p = settings;
    uint8_t *torrent = calloc(PAYLOAD_SIZE_MAX, 1);
    p.torrent = bytes_of(torrent, PAYLOAD_SIZE_MAX);
    assert_int_equal(pack_tail(&p, 1).len, 0);
    free(torrent);
}

static void
test_names_are_safe(void **state)
{
    (void)state;
    static const struct {
        const char *name, *target, *want;
    } cases[] = {
        {"film.mp4", "linux-x86_64", "film.mp4-linux-x86_64.run"},
        {"film", "windows-x86_64", "film-windows-x86_64.exe"},
        {"../a/b", "linux-x86_64", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t mem[512];
        struct buf b = BUF(mem);
        pack_name(&b, cases[i].name, cases[i].target);
        assert_true(bytes_find(buf_bytes(&b), '/') == b.len);
        if (cases[i].want) {
            assert_string_equal(buf_cstr(&b), cases[i].want);
        }
    }
}

/* What is cut of a long name is not what tells the targets apart. */
static void
test_long_names_keep_target_and_characters(void **state)
{
    (void)state;
    char name[NAME_LEN_MAX + 1] = {0};
    for (size_t len = NAME_LEN_MAX - 60; len <= NAME_LEN_MAX; len++) {
        memset(name, 'n', len);
        memcpy(name + len - 40, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 12);
        for (size_t i = 0; i < embedded_stub_count; i++) {
            uint8_t mem[512], end_mem[64];
            struct buf b = BUF(mem), end = BUF(end_mem);
            pack_name(&b, name, embedded_stubs[i].target);
            pack_name(&end, "", embedded_stubs[i].target);
            assert_true(b.len <= NAME_LEN_MAX && bytes_is_utf8(buf_bytes(&b)));
            assert_true(bytes_ends(buf_bytes(&b), buf_bytes(&end)));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_packed_is_read_back),
        cmocka_unit_test(test_same_input_gives_the_same_bytes),
        cmocka_unit_test(test_stub_alone_is_bare),
        cmocka_unit_test(test_every_cut_is_noticed),
        cmocka_unit_test(test_every_changed_byte_of_the_payload_is_noticed),
        cmocka_unit_test(test_other_files_are_no_apps),
        cmocka_unit_test(test_too_large_is_refused),
        cmocka_unit_test(test_names_are_safe),
        cmocka_unit_test(test_long_names_keep_target_and_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
