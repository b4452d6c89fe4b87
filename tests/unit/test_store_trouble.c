/* The store where the disk, the folder or the numbers make trouble. */
#include "engine/store.h"
#include "unit/store_fixture.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>

static void
test_a_part_of_the_wrong_kind_is_an_error(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    assert_int_equal(sys_make_link(f->dir, "t/c.bin.part", "a.bin"), SYS_OK);
    assert_int_equal(open_store(f), SYS_LINK);
    assert_string_equal(f->s.error_path, "t/c.bin");
    assert_int_equal(sys_remove(f->dir, "t/c.bin.part"), SYS_OK);
    assert_int_equal(sys_make_dirs(f->dir, "t/a.bin.part"), SYS_OK);
    assert_int_equal(open_store(f), SYS_NOT_A_FILE);
    assert_string_equal(f->s.error_path, "t/a.bin");
}

static void
test_a_link_in_place_of_the_folder_is_an_error(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    assert_int_equal(sys_make_dirs(f->dir, "elsewhere"), SYS_OK);
    assert_int_equal(sys_make_link(f->dir, "t", "elsewhere"), SYS_OK);
    assert_int_equal(open_store(f), SYS_LINK);
    assert_int_equal(sys_remove(f->dir, "t"), SYS_OK);
    assert_int_equal(open_and_check(f), 0);
    assert_int_equal(sys_rename(f->dir, "t", "gone", false), SYS_OK);
    assert_int_equal(sys_make_link(f->dir, "t", "elsewhere"), SYS_OK);
    assert_int_equal(write_range(f, 400, 64), SYS_LINK);
    assert_int_equal(f->s.error, SYS_LINK);
    assert_string_equal(f->s.error_path, "t/c.bin");
    assert_int_equal(write_range(f, 0, 64), SYS_LINK);
}

static void
test_a_file_that_vanishes_is_not_made_anew(void **state)
{
    struct fixture *f = *state;
    add_file(f, "t/a", 640);
    open_and_check(f);
    write_piece(f, 0);
    store_close(&f->s);
    assert_int_equal(sys_remove(f->dir, "t/a.part"), SYS_OK);
    assert_int_equal(write_range(f, 64, 64), SYS_NOT_FOUND);
    assert_int_equal(f->s.error, SYS_NOT_FOUND);
}

/* 3,000 files with hardly any descriptors. */
static void
test_many_files_need_few_descriptors(void **state)
{
    struct fixture *f = *state;
    static char names[3000][24];
    f->t.files = arena_take(&f->arena, 3000, sizeof *f->t.files);
    for (uint32_t i = 0; i < 3000; i++) {
        snprintf(names[i], sizeof names[i], "t/d%u/f%u", i % 20, i);
        f->t.files[i] = (struct torrent_file){.offset = i * 10, .length = 10, .path = names[i]};
    }
    f->t.file_count = 3000;
    f->t.size = 30000;
    f->t.piece_count = (30000 + PIECE - 1) / PIECE;
    struct rlimit old, few;
    getrlimit(RLIMIT_NOFILE, &old);
    few = old;
    few.rlim_cur = OPEN_FILES_MAX + 24;
    setrlimit(RLIMIT_NOFILE, &few);
    assert_int_equal(store_open(&f->s, &f->t, f->dir, NULL, false, &f->arena), SYS_OK);
    store_checked(&f->s, f->have);
    write_missing(f);
    turn_to_the_end(f);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_complete(f);
}

static void
test_huge_tables_are_looked_through_fast(void **state)
{
    struct fixture *f = *state;
    enum { FILES = 20000, PIECES = 400000 };
    char(*names)[16] = arena_take(&f->arena, FILES, sizeof *names);
    f->t.files = arena_take(&f->arena, FILES, sizeof *f->t.files);
    for (uint32_t i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof names[i], "t/%u", i);
        f->t.files[i] = (struct torrent_file){
            .offset = i * 1280LL, .length = PIECES / FILES * PIECE, .path = names[i]};
    }
    f->t.file_count = FILES;
    f->t.size = (int64_t)PIECES * PIECE;
    f->t.piece_count = PIECES;
    assert_int_equal(sys_make_dirs(f->dir, "t"), SYS_OK);
    clock_t start = clock();
    assert_int_equal(store_open(&f->s, &f->t, f->dir, NULL, false, &f->arena), SYS_OK);
    for (uint32_t i = 0; i < PIECES; i++)
        assert_false(store_may_have(&f->s, (int64_t)i * PIECE, PIECE));
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

static void
test_a_damaged_state_is_ignored(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    struct store_state in = {.uploaded = 5, .peer_count = 3}, out;
    assert_int_equal(open_store(f), SYS_OK);
    assert_int_equal(store_save_state(&f->s, &in), SYS_OK);
    sys_file file;
    assert_int_equal(sys_file_open(f->dir, ".t.samara", SYS_WRITE, &file), SYS_OK);
    int64_t size = sys_file_size(file);
    uint8_t whole[256];
    assert_int_equal(sys_file_read(file, 0, whole, (size_t)size), size);
    for (int64_t cut = 0; cut < size; cut++) {
        sys_file_resize(file, cut);
        assert_false(store_load_state(&f->s, &out));
        sys_file_write(file, 0, whole, (size_t)size);
    }
    assert_true(store_load_state(&f->s, &out));
    sys_file_resize(file, 1 << 20);
    assert_false(store_load_state(&f->s, &out));
    sys_file_resize(file, 0);
    static const char negative[] = "d10:downloadedi-1e9:info_hash20:"
                                   "\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7"
                                   "8:uploadedi1ee";
    sys_file_write(file, 0, negative, sizeof negative - 1);
    assert_false(store_load_state(&f->s, &out));
    sys_file_close(&file);
}

/* A file system of our own, 1 MiB in size; needs to be root. */
static void
mount_small_disk(struct fixture *f)
{
    if (mount("tmpfs", f->path, "tmpfs", 0, "size=1m") != 0) {
        print_message("# no right to mount a file system\n");
        skip();
    }
    sys_dir_close(&f->dir);
    assert_int_equal(sys_dir_open(f->path, false, &f->dir), SYS_OK);
}

static int
unmount_and_tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(&f->s);
    sys_dir_close(&f->dir);
    umount2(f->path, MNT_DETACH);
    return tear_down(state);
}

static void
test_a_full_disk_is_waited_for(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    mount_small_disk(f);
    static const uint8_t ballast[1 << 16];
    sys_file file;
    open_and_check(f);
    write_piece(f, 0); /* makes the folder */
    assert_int_equal(sys_file_open(f->dir, "ballast", SYS_WRITE | SYS_CREATE, &file), SYS_OK);
    int64_t at = 0;
    while (sys_file_write(file, at, ballast, sizeof ballast) > 0)
        at += (int64_t)sizeof ballast;
    while (sys_file_write(file, at, ballast, 4096) > 0)
        at += 4096;
    struct store_state none = {0};
    assert_int_equal(write_range(f, 400, 200), SYS_FULL);
    assert_int_equal(f->s.error, SYS_OK);
    assert_int_equal(store_save_state(&f->s, &none), SYS_FULL);
    assert_false(exists(f, ".t.samara.new"));
    assert_int_equal(sys_file_resize(file, 0), SYS_OK);
    sys_file_close(&file);
    write_missing(f);
    turn_to_the_end(f);
    assert_complete(f);
}

static void
test_a_read_only_disk_is_an_error(void **state)
{
    struct fixture *f = *state;
    usual_files(f);
    mount_small_disk(f);
    assert_int_equal(open_store(f), SYS_OK);
    if (mount("tmpfs", f->path, "tmpfs", MS_REMOUNT | MS_RDONLY, "") != 0)
        skip();
    store_checked(&f->s, f->have);
    assert_int_equal(f->s.error, SYS_READ_ONLY); /* the empty file */
    assert_string_equal(f->s.error_path, "t/empty");
    assert_int_equal(write_range(f, 0, 64), SYS_READ_ONLY);
}

static void
test_a_file_too_big_for_the_system_is_an_error(void **state)
{
    struct fixture *f = *state;
    add_file(f, "t/a", 60000);
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 20000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(open_store(f), SYS_OK);
    setrlimit(RLIMIT_FSIZE, &small);
    int error = write_range(f, 0, 64);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(error, SYS_TOO_BIG);
    assert_int_equal(f->s.error, SYS_TOO_BIG);
    assert_string_equal(f->s.error_path, "t/a");
}

#define TEST_MOUNT(name) cmocka_unit_test_setup_teardown(name, set_up, unmount_and_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_part_of_the_wrong_kind_is_an_error),
        TEST(test_a_link_in_place_of_the_folder_is_an_error),
        TEST(test_a_file_that_vanishes_is_not_made_anew),
        TEST(test_many_files_need_few_descriptors),
        TEST(test_huge_tables_are_looked_through_fast),
        TEST(test_a_damaged_state_is_ignored),
        TEST_MOUNT(test_a_full_disk_is_waited_for),
        TEST_MOUNT(test_a_read_only_disk_is_an_error),
        TEST(test_a_file_too_big_for_the_system_is_an_error),
    };
    sys_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
