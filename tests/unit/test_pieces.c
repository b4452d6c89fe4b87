#include "engine/pieces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Three pieces of 40,000 bytes (three blocks each), the last one of 10 bytes. */
enum { PIECE = 40000, PIECES = 3, SIZE = 2 * PIECE + 10 };

struct fixture {
    struct torrent t;
    struct torrent_file file;
    uint8_t content[SIZE];
    uint8_t hashes[PIECES * SHA1_SIZE];
    struct arena arena;
    struct pieces p;
};

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    for (int i = 0; i < SIZE; i++)
        f->content[i] = (uint8_t)(i * 31 + i / 251);
    for (int i = 0; i < PIECES; i++)
        sha1_of(bytes_of(f->content + i * PIECE, i < 2 ? PIECE : 10), f->hashes + i * SHA1_SIZE);
    f->file = (struct torrent_file){.length = SIZE, .path = "x"};
    f->t = (struct torrent){.size = SIZE, .piece_length = PIECE, .piece_count = PIECES,
                            .piece_hashes = f->hashes, .files = &f->file, .file_count = 1,
                            .name = "x", .single = true};
    f->arena.size_max = 1 << 20;
    assert_true(pieces_open(&f->p, &f->t, NULL, &f->arena));
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    free(f);
    return 0;
}

static struct bytes
block_of(const struct fixture *f, uint32_t piece, uint32_t block)
{
    return bytes_of(f->content + piece * PIECE + block * BLOCK_SIZE,
                    geometry_block_size(&f->t, piece, block));
}

/* Takes a block and hashes it if it is next in line. */
static bool
take(struct fixture *f, struct active_piece *a, uint32_t piece, uint32_t block, uint16_t sender)
{
    uint32_t next;
    bool last = pieces_take(&f->p, a, block, sender);
    if (pieces_hash_waits(a, &next) && next == block)
        pieces_hash_more(a, block_of(f, piece, block));
    return last;
}

static void
test_blocks_in_order_are_hashed_as_they_come(void **state)
{
    struct fixture *f = *state;
    struct active_piece *a = pieces_activate(&f->p, 0, 1, 0);
    assert_int_equal(f->p.state[0], PIECE_ACTIVE);
    assert_false(take(f, a, 0, 0, 1));
    assert_false(take(f, a, 0, 1, 1));
    assert_true(take(f, a, 0, 2, 1));
    assert_int_equal(f->p.state[0], PIECE_CHECKING);
    assert_int_equal(a->hashed, 3);
    assert_true(pieces_hash_is_good(&f->p, a));
    pieces_good(&f->p, 0);
    assert_int_equal(f->p.have_count, 1);
    assert_int_equal(f->p.wanted_left, 2);
    assert_int_equal(f->p.wanted_done, PIECE);
    assert_null(pieces_find(&f->p, 0));
}

static void
test_blocks_out_of_order_wait_to_be_read_back(void **state)
{
    struct fixture *f = *state;
    struct active_piece *a = pieces_activate(&f->p, 1, 1, 0);
    uint32_t waiting;
    take(f, a, 1, 2, 1);
    assert_false(pieces_hash_waits(a, &waiting));
    take(f, a, 1, 0, 2);
    assert_false(pieces_hash_waits(a, &waiting));
    assert_true(take(f, a, 1, 1, 1));
    assert_true(pieces_hash_waits(a, &waiting));
    assert_int_equal(waiting, 2);
    pieces_hash_more(a, block_of(f, 1, 2));
    assert_false(pieces_hash_waits(a, &waiting));
    assert_true(pieces_hash_is_good(&f->p, a));
}

static void
test_two_pieces_are_hashed_in_step(void **state)
{
    struct fixture *f = *state;
    struct active_piece *a = pieces_activate(&f->p, 0, 1, 0);
    struct active_piece *b = pieces_activate(&f->p, 1, 1, 0);
    for (uint32_t i = 0; i < 3; i++) {
        pieces_take(&f->p, a, i, 1);
        pieces_take(&f->p, b, i, 1);
        pieces_hash_two(a, block_of(f, 0, i), b, block_of(f, 1, i));
    }
    assert_true(pieces_hash_is_good(&f->p, a));
    assert_true(pieces_hash_is_good(&f->p, b));
}

static void
test_bad_piece_is_missing_again(void **state)
{
    struct fixture *f = *state;
    struct active_piece *a = pieces_activate(&f->p, 2, 1, 0);
    uint32_t serial = a->serial;
    assert_true(pieces_take(&f->p, a, 0, 1));
    pieces_hash_more(a, BYTES("0123456789"));
    assert_false(pieces_hash_is_good(&f->p, a));
    pieces_bad(&f->p, 2);
    assert_int_equal(f->p.state[2], PIECE_MISSING);
    assert_int_equal(f->p.active_count, 0);
    a = pieces_activate(&f->p, 2, 1, 0);
    assert_int_not_equal(a->serial, serial);
}

static void
test_asking_counts_free_blocks(void **state)
{
    struct fixture *f = *state;
    struct active_piece *a = pieces_activate(&f->p, 0, 1, 0);
    uint32_t block;
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(pieces_free_block(a, &block));
        assert_int_equal(block, i);
        pieces_ask(a, block);
    }
    assert_false(pieces_free_block(a, &block));
    pieces_ask(a, 1); /* end game: twice */
    pieces_unask(a, 1);
    assert_false(pieces_free_block(a, &block));
    pieces_unask(a, 1);
    assert_true(pieces_free_block(a, &block));
    assert_int_equal(block, 1);
    take(f, a, 0, 0, 1);
    pieces_unask(a, 0); /* harmless: it is there */
    assert_int_equal(a->asked[0], BLOCK_HAVE);
    pieces_unask(a, 2);
    assert_int_equal(a->free_count, 2);
}

static void
test_abandoned_check_and_lost_change_counts(void **state)
{
    struct fixture *f = *state;
    pieces_abandon(&f->p, pieces_activate(&f->p, 0, 1, 0));
    assert_int_equal(f->p.state[0], PIECE_MISSING);
    pieces_start_check(&f->p, 0);
    pieces_good(&f->p, 0);
    assert_true(bits_get(f->p.have, 0));
    pieces_lost(&f->p, 0);
    assert_false(bits_get(f->p.have, 0));
    assert_int_equal(f->p.wanted_done, 0);
    assert_int_equal(f->p.wanted_left, PIECES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blocks_in_order_are_hashed_as_they_come, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_blocks_out_of_order_wait_to_be_read_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_two_pieces_are_hashed_in_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_piece_is_missing_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_asking_counts_free_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abandoned_check_and_lost_change_counts, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
