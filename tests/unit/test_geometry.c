#include "base/limits.h"
#include "meta/geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct torrent
torrent_of(struct torrent_file *files, uint32_t count, uint32_t piece_length)
{
    struct torrent t = {.files = files, .file_count = count, .piece_length = piece_length};
    for (uint32_t i = 0; i < count; i++) {
        files[i].offset = t.size;
        t.size += files[i].length;
    }
    t.piece_count = (uint32_t)((t.size + piece_length - 1) / piece_length);
    return t;
}

static void
test_sizes(void **state)
{
    (void)state;
    static const struct {
        int64_t size;
        uint32_t piece_length, pieces, last_size, per_piece, last_blocks, last_block;
    } cases[] = {
        {1, 16384, 1, 1, 1, 1, 1},
        {16384, 16384, 1, 16384, 1, 1, 16384},
        {16385, 16384, 2, 1, 1, 1, 1},
        {32768, 32768, 1, 32768, 2, 2, 16384},
        {100000, 32768, 4, 1696, 2, 1, 1696},
        {100000, 20000, 5, 20000, 2, 2, 3616}, /* pieces that are no multiple of a block */
        {100001, 20000, 6, 1, 2, 1, 1},
        {10, 1, 10, 1, 1, 1, 1},
        {5000000000, 4194304, 1193, 389632, 256, 24, 12800},
        {(int64_t)PIECES_MAX * PIECE_LENGTH_MAX, PIECE_LENGTH_MAX, PIECES_MAX, PIECE_LENGTH_MAX,
         16384, 16384, 16384},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct torrent_file f = {.length = cases[i].size};
        struct torrent t = torrent_of(&f, 1, cases[i].piece_length);
        uint32_t last = t.piece_count - 1;
        assert_int_equal(t.piece_count, cases[i].pieces);
        assert_int_equal(geometry_piece_size(&t, last), cases[i].last_size);
        assert_int_equal(geometry_blocks_per_piece(&t), cases[i].per_piece);
        assert_int_equal(geometry_block_count(&t, last), cases[i].last_blocks);
        assert_int_equal(geometry_block_size(&t, last, cases[i].last_blocks - 1),
                         cases[i].last_block);
        assert_int_equal(geometry_piece_offset(&t, last) + geometry_piece_size(&t, last), t.size);
    }
}

static void
test_blocks_tile_every_piece(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 100, 16383, 16384, 16385, 40000, 65536};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        struct torrent_file f = {.length = 7 * (int64_t)lengths[k] - lengths[k] / 2};
        struct torrent t = torrent_of(&f, 1, lengths[k]);
        int64_t sum = 0;
        for (uint32_t p = 0; p < t.piece_count; p++) {
            assert_int_equal(geometry_piece_offset(&t, p), sum);
            for (uint32_t b = 0; b < geometry_block_count(&t, p); b++) {
                uint32_t size = geometry_block_size(&t, p, b);
                assert_in_range(size, 1, BLOCK_SIZE);
                sum += size;
            }
        }
        assert_int_equal(sum, t.size);
    }
}

static void
test_file_at_skips_empty_files(void **state)
{
    (void)state;
    struct torrent_file files[] = {{.length = 0}, {.length = 0}, {.length = 10}, {.length = 0},
                                   {.length = 1}, {.length = 0}, {.length = 5}, {.length = 0}};
    struct torrent t = torrent_of(files, 8, 4);
    for (int64_t at = 0; at < t.size; at++) {
        uint32_t want = at < 10 ? 2 : at < 11 ? 4 : 6;
        assert_int_equal(geometry_file_at(&t, at), want);
    }
}

static void
test_pieces_of_files(void **state)
{
    (void)state;
    struct torrent_file files[] = {{.length = 4}, {.length = 0}, {.length = 1}, {.length = 3},
                                   {.length = 9}, {.length = 0}};
    static const struct {
        uint32_t first, end;
    } want[] = {{0, 1}, {1, 1}, {1, 2}, {1, 2}, {2, 5}, {4, 4}};
    struct torrent t = torrent_of(files, 6, 4);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t first, end;
        geometry_file_pieces(&t, i, &first, &end);
        assert_int_equal(first, want[i].first);
        assert_int_equal(end, want[i].end);
    }
}

static void
test_torrent_of_nothing(void **state)
{
    (void)state;
    struct torrent_file f = {.length = 0};
    struct torrent t = torrent_of(&f, 1, 16384);
    uint32_t first, end;
    assert_int_equal(t.piece_count, 0);
    geometry_file_pieces(&t, 0, &first, &end);
    assert_int_equal(first, end);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_blocks_tile_every_piece),
        cmocka_unit_test(test_file_at_skips_empty_files),
        cmocka_unit_test(test_pieces_of_files),
        cmocka_unit_test(test_torrent_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
