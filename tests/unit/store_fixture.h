/* A store in a fresh folder, for test_store*.c. The torrents are made by hand with pieces of 64
 * bytes, and a piece is "verified" when it equals the content, so no hashing gets in the way. */
#ifndef UNIT_STORE_FIXTURE_H
#define UNIT_STORE_FIXTURE_H

#include "engine/store.h"

#include "base/bits.h"
#include "engine/store_state.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PIECE = 64, CONTENT_MAX = 65536, FEW_FILES = 8 };

struct fixture {
    char path[64];
    sys_dir dir;
    struct arena arena;
    struct torrent t;
    struct torrent_file few[FEW_FILES];
    struct store s;
    uint8_t content[CONTENT_MAX];
    uint8_t have[CONTENT_MAX / PIECE / 8 + 1];
    bool wanted[FEW_FILES];
};

static inline int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static inline int
set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.path = "/tmp/samara-store-XXXXXX", .arena.size_max = 1 << 28};
    assert_non_null(mkdtemp(f.path));
    assert_int_equal(sys_dir_open(f.path, false, &f.dir), SYS_OK);
    f.t = (struct torrent){.name = "t", .piece_length = PIECE, .files = f.few};
    memset(f.t.info_hash, 7, SHA1_SIZE);
    for (size_t i = 0; i < sizeof f.content; i++)
        f.content[i] = (uint8_t)(1 + (i * 31 + i / 251) % 255);
    memset(f.wanted, 1, sizeof f.wanted);
    *state = &f;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(&f->s);
    sys_dir_close(&f->dir);
    arena_free(&f->arena);
    nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

static inline void
add_file(struct fixture *f, const char *path, int64_t length)
{
    f->few[f->t.file_count++] =
        (struct torrent_file){.offset = f->t.size, .length = length, .path = path};
    f->t.size += length;
    f->t.piece_count = (uint32_t)((f->t.size + PIECE - 1) / PIECE);
}

static inline void
add_pad(struct fixture *f, int64_t length)
{
    memset(f->content + f->t.size, 0, (size_t)length);
    add_file(f, "t/.pad", length);
    f->few[f->t.file_count - 1].pad = true;
}

/* Two files that share a piece, a folder, an empty file. */
static inline void
usual_files(struct fixture *f)
{
    add_file(f, "t/a.bin", 100);
    add_file(f, "t/sub/b.bin", 300);
    add_file(f, "t/empty", 0);
    add_file(f, "t/c.bin", 200);
}

static inline int
open_store(struct fixture *f)
{
    store_close(&f->s);
    return store_open(&f->s, &f->t, f->dir, f->wanted, false, &f->arena);
}

static inline bool
piece_is_good(struct fixture *f, uint32_t piece)
{
    uint8_t got[PIECE];
    int64_t at = geometry_piece_offset(&f->t, piece);
    uint32_t size = geometry_piece_size(&f->t, piece);
    return store_may_have(&f->s, at, size) && store_read(&f->s, at, got, size) == SYS_OK &&
           memcmp(got, f->content + at, size) == 0;
}

/* Opens and checks as the swarm does; returns the number of good pieces. */
static inline uint32_t
open_and_check(struct fixture *f)
{
    assert_int_equal(open_store(f), SYS_OK);
    memset(f->have, 0, sizeof f->have);
    for (uint32_t i = 0; i < f->t.piece_count; i++)
        if (piece_is_good(f, i))
            bits_set(f->have, i);
    store_checked(&f->s, f->have);
    return bits_count(f->have, f->t.piece_count);
}

static inline int
write_range(struct fixture *f, int64_t at, size_t len)
{
    struct bytes v = {f->content + at, len};
    return store_write(&f->s, at, &v, 1);
}

static inline void
write_piece(struct fixture *f, uint32_t piece)
{
    int64_t at = geometry_piece_offset(&f->t, piece);
    assert_int_equal(write_range(f, at, geometry_piece_size(&f->t, piece)), SYS_OK);
    bits_set(f->have, piece);
    store_piece_good(&f->s, piece);
}

static inline void
write_missing(struct fixture *f)
{
    for (uint32_t i = 0; i < f->t.piece_count; i++)
        if (!bits_get(f->have, i))
            write_piece(f, i);
}

static inline void
turn_to_the_end(struct fixture *f)
{
    int64_t deadline_ms = sys_now_ms() + 60000;
    while (!store_turn(&f->s)) {
        assert_true(sys_now_ms() < deadline_ms);
        if (store_syncing(&f->s))
            usleep(200);
    }
}

static inline void
put_file(struct fixture *f, const char *path, const void *data, size_t len)
{
    sys_file file;
    assert_int_equal(sys_file_open(f->dir, path, SYS_WRITE | SYS_CREATE, &file), SYS_OK);
    assert_int_equal(sys_file_write(file, 0, data, len), len);
    sys_file_close(&file);
}

static inline bool
exists(struct fixture *f, const char *path)
{
    struct sys_stat st;
    assert_int_equal(sys_stat(f->dir, path, &st), SYS_OK);
    return st.exists;
}

static inline void
assert_holds(struct fixture *f, const char *path, const void *data, size_t len)
{
    static uint8_t got[CONTENT_MAX];
    sys_file file;
    assert_int_equal(sys_file_open(f->dir, path, SYS_READ, &file), SYS_OK);
    assert_int_equal(sys_file_read(file, 0, got, sizeof got), len);
    assert_memory_equal(got, data, len);
    sys_file_close(&file);
}

/* All files under their names with their content, and no .part beside them. */
static inline void
assert_complete(struct fixture *f)
{
    assert_int_equal(f->s.error, SYS_OK);
    assert_true(store_finished(&f->s));
    for (uint32_t i = 0; i < f->t.file_count; i++) {
        const struct torrent_file *tf = &f->t.files[i];
        char part[256];
        if (tf->pad || tf->link)
            continue;
        snprintf(part, sizeof part, "%s.part", tf->path);
        assert_holds(f, tf->path, f->content + tf->offset, (size_t)tf->length);
        assert_false(exists(f, part));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
