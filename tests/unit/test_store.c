/* The life of a download on the disk: fresh, resumed, adopted, finished. */
#include "engine/store.h"
#include "unit/store_fixture.h"

#include <fcntl.h>

static void
test_a_fresh_download_gets_its_names(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    assert_int_equal(open_and_check(f), 0);
    assert_false(exists(f, "t/a.bin.part"));
    write_piece(f, 1);
    assert_true(exists(f, "t/a.bin.part"));
    assert_true(exists(f, "t/sub/b.bin.part"));
    assert_false(exists(f, "t/c.bin.part"));
    struct sys_stat st;
    sys_stat(f->dir, "t/a.bin.part", &st);
    assert_int_equal(st.size, 100);
    write_piece(f, 0);
    turn_to_the_end(f);
    assert_true(exists(f, "t/a.bin"));
    assert_false(exists(f, "t/sub/b.bin"));
    assert_false(store_finished(&f->s));
    write_missing(f);
    turn_to_the_end(f);
    assert_complete(f);
}

static void
test_what_was_written_is_found_again(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    open_and_check(f);
    write_piece(f, 1);
    write_piece(f, 4);
    write_piece(f, 8);
    assert_int_equal(open_and_check(f), 3);
    assert_true(bits_get(f->have, 4));
    write_missing(f);
    turn_to_the_end(f);
    assert_complete(f);
    assert_int_equal(open_and_check(f), f->t.piece_count);
    assert_true(store_turn(&f->s));
    assert_complete(f);
}

/* A kill between the last write and the renames. */
static void
test_complete_parts_get_their_names_at_the_next_start(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    open_and_check(f);
    write_missing(f);
    assert_int_equal(open_and_check(f), f->t.piece_count);
    assert_false(store_finished(&f->s));
    turn_to_the_end(f);
    assert_complete(f);
}

static void
test_slices_cross_files_and_padding(void **state)
{
    struct fixture *f = *state;
    add_file(f, "t/a", 10);
    add_pad(f, 54);
    add_file(f, "t/b", 3);
    add_file(f, "t/c", 61);
    open_and_check(f);
    struct bytes v[24];
    for (size_t i = 0; i < 24; i++)
        v[i] = bytes_of(f->content + i * 5, 5);
    assert_int_equal(store_write(&f->s, 0, v, 24), SYS_OK);
    assert_int_equal(write_range(f, 120, 8), SYS_OK);
    uint8_t got[128];
    assert_int_equal(store_read(&f->s, 0, got, 128), SYS_OK);
    assert_memory_equal(got, f->content, 128);
    store_piece_good(&f->s, 0);
    store_piece_good(&f->s, 1);
    turn_to_the_end(f);
    assert_complete(f);
    assert_false(exists(f, "t/.pad.part"));
    assert_false(exists(f, "t/.pad"));
}

static void
test_only_data_is_worth_hashing(void **state)
{
    struct fixture *f = *state;
    add_file(f, "big", 1 << 30);
    f->t.single = true;
    f->t.piece_length = 1 << 20;
    f->t.piece_count = 1 << 10;
    assert_int_equal(open_store(f), SYS_OK);
    assert_false(store_may_have(&f->s, 0, 1 << 20));
    assert_int_equal(store_space_needed(&f->s), 1 << 30);
    struct bytes v = {f->content, 4096};
    assert_int_equal(store_write(&f->s, 700 << 20, &v, 1), SYS_OK);
    assert_int_equal(open_store(f), SYS_OK);
    assert_false(store_may_have(&f->s, 0, 1 << 20));
    assert_false(store_may_have(&f->s, 1023 << 20, 1 << 20));
    assert_true(store_may_have(&f->s, 700 << 20, 1 << 20));
    assert_in_range(store_space_needed(&f->s), (1 << 30) - (1 << 17), (1 << 30) - 4096);
    assert_int_equal(store_check_sizes(&f->s), SYS_OK);
}

static void
test_links_and_the_x_bit_are_made(void **state)
{
    struct fixture *f = *state;
    add_file(f, "t/tool", 70);
    f->few[0].executable = true;
    add_file(f, "t/links/to", 0);
    f->few[1].link = "../tool";
    open_and_check(f);
    write_piece(f, 0);
    turn_to_the_end(f);
    assert_false(exists(f, "t/links/to"));
    write_missing(f);
    turn_to_the_end(f);
    assert_complete(f);
    char path[128], target[32] = {0};
    snprintf(path, sizeof path, "%s/t/links/to", f->path);
    assert_int_equal(readlink(path, target, sizeof target - 1), 7);
    assert_string_equal(target, "../tool");
    snprintf(path, sizeof path, "%s/t/tool", f->path);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(open_and_check(f), f->t.piece_count);
    turn_to_the_end(f);
    assert_complete(f);
}

static void
test_complete_content_is_left_in_place(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    put_file(f, "t/a.bin", f->content, 100);
    put_file(f, "t/sub/b.bin", f->content + 100, 300);
    put_file(f, "t/empty", "", 0);
    put_file(f, "t/c.bin", f->content + 400, 200);
    assert_int_equal(open_and_check(f), f->t.piece_count);
    assert_int_equal(store_space_needed(&f->s), 0);
    assert_true(store_turn(&f->s));
    assert_complete(f);
}

static void
test_partly_good_content_is_adopted(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    put_file(f, "t/sub/b.bin", f->content + 100, 150);
    assert_int_equal(open_and_check(f), 1);
    assert_true(exists(f, "t/sub/b.bin.part"));
    assert_false(exists(f, "t/sub/b.bin"));
    write_missing(f);
    turn_to_the_end(f);
    assert_complete(f);
}

static void
test_other_things_under_our_names_are_moved_aside(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    char longer[301];
    memset(longer, 'u', sizeof longer);
    put_file(f, "t/a.bin", "mine", 4); /* nothing good in it */
    put_file(f, "t/a.bin.old", "older", 5);
    put_file(f, "t/sub/b.bin", longer, sizeof longer); /* too long */
    put_file(f, "t/empty", "not", 3);
    assert_int_equal(sys_make_dirs(f->dir, "t/c.bin/x"), SYS_OK);
    assert_int_equal(open_and_check(f), 0);
    assert_true(f->s.files[0].in_the_way);
    write_missing(f);
    turn_to_the_end(f);
    assert_complete(f);
    assert_holds(f, "t/a.bin.old", "older", 5);
    assert_holds(f, "t/a.bin.old2", "mine", 4);
    assert_holds(f, "t/sub/b.bin.old", longer, sizeof longer);
    assert_holds(f, "t/empty.old", "not", 3);
    assert_true(exists(f, "t/c.bin.old/x"));
}

static void
test_of_two_equal_files_the_final_one_stays(void **state)
{
    struct fixture *f = *state;
    add_file(f, "t/a", 5000);
    put_file(f, "t/a", f->content, 5000);
    put_file(f, "t/a.part", f->content, 5000);
    assert_int_equal(open_and_check(f), f->t.piece_count);
    turn_to_the_end(f);
    assert_complete(f);
    assert_false(exists(f, "t/a.old"));
}

static void
test_a_part_that_is_too_long_is_cut(void **state)
{
    struct fixture *f = *state;
    add_file(f, "t/a", 150);
    put_file(f, "t/a.part", f->content, 1000);
    assert_int_equal(open_and_check(f), 3);
    turn_to_the_end(f);
    assert_complete(f);
}

static void
test_unwanted_files_leave_nothing_behind(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    memset(f->wanted, 0, sizeof f->wanted);
    f->wanted[0] = true;
    struct store_state none = {0};
    assert_int_equal(open_and_check(f), 0);
    assert_int_equal(store_space_needed(&f->s), 100);
    assert_int_equal(store_save_state(&f->s, &none), SYS_OK);
    write_piece(f, 0);
    write_piece(f, 1);
    turn_to_the_end(f);
    assert_true(store_finished(&f->s));
    assert_true(exists(f, "t/sub/b.bin.part"));
    store_forget_state(&f->s);
    assert_false(exists(f, "t/sub"));
    assert_false(exists(f, ".t.samara"));
    assert_false(exists(f, "t/empty"));
    assert_holds(f, "t/a.bin", f->content, 100);
    uint8_t got[64];
    assert_int_equal(store_read(&f->s, 64, got, 64), SYS_NOT_FOUND);
}

static void
test_an_unwanted_file_under_its_name_stays(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    f->wanted[1] = false;
    put_file(f, "t/sub/b.bin", f->content + 100, 300);
    assert_int_equal(open_and_check(f), 4);
    write_missing(f);
    turn_to_the_end(f);
    store_forget_state(&f->s);
    assert_complete(f);
}

static void
test_read_only_changes_nothing(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    put_file(f, "t/a.bin", f->content, 100);
    put_file(f, "t/sub/b.bin", f->content + 100, 200);
    put_file(f, "t/c.bin.part", f->content + 400, 200);
    assert_int_equal(store_open(&f->s, &f->t, f->dir, NULL, true, &f->arena), SYS_OK);
    for (uint32_t i = 0; i < f->t.piece_count; i++)
        if (piece_is_good(f, i))
            bits_set(f->have, i);
    assert_int_equal(bits_count(f->have, f->t.piece_count), 4);
    store_checked(&f->s, f->have);
    assert_true(store_turn(&f->s));
    assert_false(store_finished(&f->s));
    struct store_state state_out = {0};
    assert_int_equal(store_save_state(&f->s, &state_out), SYS_OK);
    store_forget_state(&f->s);
    assert_false(exists(f, ".t.samara"));
    assert_false(exists(f, "t/empty"));
    assert_true(exists(f, "t/sub/b.bin"));
    assert_true(exists(f, "t/c.bin.part"));
}

static void
test_locate_and_hold(void **state)
{
    struct fixture *f = *state;
    static char names[OPEN_FILES_MAX * 2][16];
    uint32_t count = OPEN_FILES_MAX * 2;
    f->t.files = arena_take(&f->arena, count, sizeof *f->t.files);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "t/%u", i);
        f->t.files[i] = (struct torrent_file){.offset = i * 100, .length = 100, .path = names[i]};
    }
    f->t.file_count = count;
    f->t.size = count * 100;
    f->t.piece_count = (uint32_t)((f->t.size + PIECE - 1) / PIECE);
    assert_int_equal(store_open(&f->s, &f->t, f->dir, NULL, false, &f->arena), SYS_OK);
    store_checked(&f->s, f->have);
    sys_file held, other;
    int64_t at, run;
    assert_int_equal(store_locate(&f->s, 130, &held, &at, &run), SYS_NOT_FOUND);
    write_piece(f, 1);
    write_piece(f, 2);
    write_piece(f, 3);
    assert_int_equal(store_locate(&f->s, 130, &held, &at, &run), SYS_OK);
    assert_int_equal(at, 30);
    assert_int_equal(run, 70);
    assert_true(store_hold(&f->s, held));
    write_missing(f);
    turn_to_the_end(f); /* file 1 was renamed, its handle given away if it were not held */
    uint8_t got[70];
    assert_int_equal(sys_file_read(held, at, got, 70), 70);
    assert_memory_equal(got, f->content + 130, 70);
    uint32_t holds = 0;
    for (uint32_t i = 10; i < count; i++) {
        assert_int_equal(store_locate(&f->s, i * 100, &other, &at, &run), SYS_OK);
        holds += store_hold(&f->s, other);
    }
    assert_int_equal(holds, OPEN_FILES_MAX / 2 - 1);
    store_release(&f->s, held);
    assert_true(fcntl((int)held, F_GETFD) < 0);
}

static void
test_the_state_comes_back(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    struct store_state in = {.uploaded = 5000000000, .downloaded = 7, .peer_count = 64}, out;
    for (uint32_t i = 0; i < 64; i++)
        in.peers[i] = addr_v4((const uint8_t[]){10, 0, 0, (uint8_t)i}, 6881);
    assert_int_equal(open_store(f), SYS_OK);
    assert_false(store_load_state(&f->s, &out));
    assert_int_equal(store_save_state(&f->s, &in), SYS_OK);
    assert_true(exists(f, ".t.samara"));
    assert_false(exists(f, ".t.samara.new"));
    assert_int_equal(store_save_state(&f->s, &in), SYS_OK);
    assert_true(store_load_state(&f->s, &out));
    assert_memory_equal(&in, &out, sizeof in);
    f->t.info_hash[0] ^= 1;
    assert_false(store_load_state(&f->s, &out));
    f->t.info_hash[0] ^= 1;
    store_forget_state(&f->s);
    assert_false(exists(f, ".t.samara"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_fresh_download_gets_its_names),
        TEST(test_what_was_written_is_found_again),
        TEST(test_complete_parts_get_their_names_at_the_next_start),
        TEST(test_slices_cross_files_and_padding),
        TEST(test_only_data_is_worth_hashing),
        TEST(test_links_and_the_x_bit_are_made),
        TEST(test_complete_content_is_left_in_place),
        TEST(test_partly_good_content_is_adopted),
        TEST(test_other_things_under_our_names_are_moved_aside),
        TEST(test_of_two_equal_files_the_final_one_stays),
        TEST(test_a_part_that_is_too_long_is_cut),
        TEST(test_unwanted_files_leave_nothing_behind),
        TEST(test_an_unwanted_file_under_its_name_stays),
        TEST(test_read_only_changes_nothing),
        TEST(test_locate_and_hold),
        TEST(test_the_state_comes_back),
    };
    sys_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
