#include "sys/sys.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test gets a fresh folder. */
struct fixture {
    char path[64];
    sys_dir dir;
};

static int
set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.path = "/tmp/samara-test-XXXXXX"};
    assert_non_null(mkdtemp(f.path));
    assert_int_equal(sys_dir_open(f.path, false, &f.dir), SYS_OK);
    *state = &f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    sys_dir_close(&f->dir);
    assert_int_equal(f->dir, SYS_NONE);
    char command[128];
    snprintf(command, sizeof command, "%s", f->path);
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", command, (char *)NULL);
        _exit(1);
    }
    return 0;
}

static sys_file
make_file(sys_dir dir, const char *path, const char *text)
{
    sys_file f = SYS_NONE;
    assert_int_equal(sys_file_open(dir, path, SYS_WRITE | SYS_CREATE, &f), SYS_OK);
    assert_int_equal(sys_file_write(f, 0, text, strlen(text)), strlen(text));
    return f;
}

static void
put_file(sys_dir dir, const char *path, const char *text)
{
    sys_file f = make_file(dir, path, text);
    sys_file_close(&f);
}

static void
assert_file(sys_dir dir, const char *path, const char *text)
{
    char got[256];
    sys_file f = SYS_NONE;
    assert_int_equal(sys_file_open(dir, path, SYS_READ, &f), SYS_OK);
    int64_t n = sys_file_read(f, 0, got, sizeof got);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, (size_t)n);
    sys_file_close(&f);
    assert_int_equal(f, SYS_NONE);
}

static void
test_file_reads_what_was_written_at_its_place(void **state)
{
    struct fixture *fix = *state;
    sys_file f = make_file(fix->dir, "a/b/c.txt", "0123456789");
    assert_int_equal(sys_file_write(f, 5000000000, "far", 3), 3);
    assert_int_equal(sys_file_size(f), 5000000003);
    char got[8];
    assert_int_equal(sys_file_read(f, 5000000001, got, sizeof got), 2);
    assert_memory_equal(got, "ar", 2);
    assert_int_equal(sys_file_read(f, 5000000003, got, sizeof got), 0);
    assert_int_equal(sys_file_resize(f, 4), SYS_OK);
    assert_int_equal(sys_file_size(f), 4);
    sys_file_close(&f);
    sys_file_close(&f); /* harmless */
    assert_file(fix->dir, "a/b/c.txt", "0123");
}

static void
test_slices_follow_each_other(void **state)
{
    struct fixture *fix = *state;
    struct bytes v[200];
    char want[256] = "";
    for (size_t i = 0; i < 200; i++) {
        v[i] = i % 3 ? BYTES("x") : bytes_of(NULL, 0);
        strncat(want, i % 3 ? "x" : "", 1);
    }
    sys_file f = make_file(fix->dir, "s", "");
    assert_int_equal(sys_file_write_slices(f, 0, v, 200), strlen(want));
    assert_int_equal(sys_file_write_slices(f, 0, v, 1), 0);
    assert_int_equal(sys_file_write(f, 3, NULL, 0), 0);
    sys_file_close(&f);
    assert_file(fix->dir, "s", want);
}

static void
test_holes_are_seen(void **state)
{
    struct fixture *fix = *state;
    sys_file f = make_file(fix->dir, "hole", "");
    assert_int_equal(sys_file_resize(f, 8 << 20), SYS_OK);
    assert_int_equal(sys_file_write(f, 4 << 20, "x", 1), 1);
    int64_t at = sys_file_next_data(f, 0);
    assert_true(at == 0 || at == 4 << 20); /* 0 where the file system has no holes */
    if (at > 0) {
        assert_int_equal(sys_file_next_data(f, 5 << 20), 8 << 20);
    }
    assert_int_equal(sys_file_next_data(f, 9 << 20), 8 << 20);
    sys_file_close(&f);
}

static void
test_open_says_what_is_wrong(void **state)
{
    struct fixture *fix = *state;
    put_file(fix->dir, "file", "x");
    assert_int_equal(sys_make_dirs(fix->dir, "folder/inner"), SYS_OK);
    assert_int_equal(sys_make_link(fix->dir, "to-file", "file"), SYS_OK);
    assert_int_equal(sys_make_link(fix->dir, "to-folder", "folder"), SYS_OK);
    assert_int_equal(sys_make_link(fix->dir, "dangling", "/nowhere/at-all"), SYS_OK);
    assert_int_equal(mkfifoat((int)fix->dir, "fifo", 0600), 0);
    char long_name[400];
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = 0;
    const struct {
        const char *path;
        int how;
        int result;
    } cases[] = {
        {"none", SYS_READ, SYS_NOT_FOUND},
        {"none", SYS_WRITE, SYS_NOT_FOUND},
        {"none/none", SYS_READ, SYS_NOT_FOUND},
        {"folder", SYS_READ, SYS_NOT_A_FILE},
        {"folder", SYS_WRITE, SYS_NOT_A_FILE},
        {"file/below", SYS_READ, SYS_NOT_A_FILE},
        {"file/below", SYS_WRITE | SYS_CREATE, SYS_NOT_A_FILE},
        {"to-file", SYS_READ, SYS_LINK},
        {"to-file", SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, SYS_LINK},
        {"to-folder/x", SYS_WRITE | SYS_CREATE, SYS_LINK},
        {"to-folder/inner/x", SYS_WRITE | SYS_CREATE, SYS_LINK},
        {"dangling", SYS_WRITE | SYS_CREATE, SYS_LINK},
        {"dangling/x", SYS_WRITE | SYS_CREATE, SYS_LINK},
        {"fifo", SYS_READ, SYS_NOT_A_FILE},
        {"fifo", SYS_WRITE, SYS_NOT_A_FILE},
        {"", SYS_READ, SYS_BAD_NAME},
        {"/etc/passwd", SYS_READ, SYS_BAD_NAME},
        {"../x", SYS_WRITE | SYS_CREATE, SYS_BAD_NAME},
        {"folder/../file", SYS_READ, SYS_BAD_NAME},
        {"folder/..", SYS_READ, SYS_BAD_NAME},
        {"./file", SYS_READ, SYS_BAD_NAME},
        {"folder//x", SYS_WRITE | SYS_CREATE, SYS_BAD_NAME},
        {"folder/", SYS_WRITE | SYS_CREATE, SYS_BAD_NAME},
        {long_name, SYS_WRITE | SYS_CREATE, SYS_BAD_NAME},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sys_file f = SYS_NONE;
        int result = sys_file_open(fix->dir, cases[i].path, cases[i].how, &f);
        if (result != cases[i].result) {
            fail_msg("%s: %d, not %d", cases[i].path, result, cases[i].result);
        }
        assert_int_equal(f, SYS_NONE);
    }
    assert_file(fix->dir, "file", "x");
}

static void
test_very_long_paths_work(void **state)
{
    struct fixture *fix = *state;
    static char path[10000];
    for (size_t i = 0; i + 200 < sizeof path; i += 100) {
        memset(path + i, 'p', 99);
        path[i + 99] = '/';
        path[i + 100] = 'f';
    }
    put_file(fix->dir, path, "deep");
    assert_file(fix->dir, path, "deep");
    struct sys_stat st;
    assert_int_equal(sys_stat(fix->dir, path, &st), SYS_OK);
    assert_true(st.exists && st.size == 4);
    assert_int_equal(sys_remove(fix->dir, path), SYS_OK);
}

static void
test_stat_tells_what_stands_there(void **state)
{
    struct fixture *fix = *state;
    put_file(fix->dir, "file", "12345");
    assert_int_equal(sys_make_link(fix->dir, "l/link", "../file"), SYS_OK);
    struct sys_stat st, again;
    assert_int_equal(sys_stat(fix->dir, "file", &st), SYS_OK);
    assert_true(st.exists && !st.is_dir && !st.is_link);
    assert_int_equal(st.size, 5);
    assert_true(st.modified_s > 1600000000);
    assert_int_equal(sys_stat(fix->dir, "file", &again), SYS_OK);
    assert_true(st.stamp == again.stamp);
    put_file(fix->dir, "file", "123456");
    assert_int_equal(sys_stat(fix->dir, "file", &again), SYS_OK);
    assert_true(st.stamp != again.stamp);
    assert_int_equal(sys_stat(fix->dir, "l/link", &st), SYS_OK);
    assert_true(st.exists && st.is_link);
    assert_int_equal(sys_stat(fix->dir, "l", &st), SYS_OK);
    assert_true(st.exists && st.is_dir);
    assert_int_equal(sys_stat(fix->dir, "", &st), SYS_OK);
    assert_true(st.exists && st.is_dir);
    assert_int_equal(sys_stat(fix->dir, "none/none", &st), SYS_OK);
    assert_false(st.exists);
}

static void
test_rename_and_remove(void **state)
{
    struct fixture *fix = *state;
    put_file(fix->dir, "a", "a");
    put_file(fix->dir, "x/b", "b");
    assert_int_equal(sys_rename(fix->dir, "a", "x/b", false), SYS_EXISTS);
    assert_file(fix->dir, "x/b", "b");
    assert_int_equal(sys_rename(fix->dir, "a", "x/b", true), SYS_OK);
    assert_file(fix->dir, "x/b", "a");
    assert_int_equal(sys_rename(fix->dir, "x/b", "c", false), SYS_OK);
    assert_int_equal(sys_rename(fix->dir, "x/b", "c", false), SYS_NOT_FOUND);
    assert_int_equal(sys_remove(fix->dir, "x"), SYS_NOT_A_FILE);
    assert_int_equal(sys_remove_empty_dir(fix->dir, "x"), SYS_OK);
    assert_int_equal(sys_make_dirs(fix->dir, "y/z"), SYS_OK);
    assert_int_equal(sys_make_dirs(fix->dir, "y/z"), SYS_OK);
    assert_int_equal(sys_remove_empty_dir(fix->dir, "y"), SYS_EXISTS);
    assert_int_equal(sys_make_link(fix->dir, "l", "c"), SYS_OK);
    assert_int_equal(sys_make_link(fix->dir, "l", "c"), SYS_EXISTS);
    assert_int_equal(sys_remove(fix->dir, "l"), SYS_OK);
    assert_int_equal(sys_remove(fix->dir, "l"), SYS_NOT_FOUND);
    assert_file(fix->dir, "c", "a");
}

static void
test_list_is_sorted(void **state)
{
    struct fixture *fix = *state;
    uint8_t mem[64];
    struct buf b = BUF(mem);
    assert_int_equal(sys_dir_list(fix->dir, "", &b), SYS_OK);
    assert_int_equal(b.len, 0);
    static const char *const names[] = {"d/z", "d/B", "d/a", "d/\xc3\xa4", "d/.h", "d/aa"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put_file(fix->dir, names[i], "");
    }
    buf_text(&b, "kept");
    assert_int_equal(sys_dir_list(fix->dir, "d", &b), SYS_OK);
    struct bytes want = BYTES("kept.h\0B\0a\0aa\0z\0\xc3\xa4\0");
    assert_true(bytes_equal(buf_bytes(&b), want));
    struct buf small = buf_over(mem, 10);
    assert_int_equal(sys_dir_list(fix->dir, "d", &small), SYS_FULL);
    assert_int_equal(sys_dir_list(fix->dir, "none", &b), SYS_NOT_FOUND);
    assert_int_equal(sys_dir_list(fix->dir, "d/a", &b), SYS_NOT_A_FILE);
}

static void
test_user_paths_may_be_anything(void **state)
{
    struct fixture *fix = *state;
    char path[256];
    snprintf(path, sizeof path, "%s//new/./deep/../folder/", fix->path);
    sys_dir d = SYS_NONE;
    assert_int_equal(sys_dir_open(path, false, &d), SYS_NOT_FOUND);
    assert_int_equal(sys_dir_open(path, true, &d), SYS_OK);
    sys_dir_close(&d);
    assert_int_equal(sys_make_link(fix->dir, "link", "new/folder"), SYS_OK);
    snprintf(path, sizeof path, "%s/link/more/file", fix->path);
    sys_file f = SYS_NONE;
    assert_int_equal(sys_file_open_path(path, SYS_WRITE, &f), SYS_NOT_FOUND);
    int how = SYS_WRITE | SYS_CREATE | SYS_EXECUTABLE;
    assert_int_equal(sys_file_open_path(path, how, &f), SYS_OK);
    sys_file_close(&f);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(sys_dir_open(path, false, &d), SYS_NOT_A_FILE);
    assert_int_equal(sys_dir_open("/", false, &d), SYS_OK);
    sys_dir_close(&d);
    assert_int_equal(sys_dir_open(".", false, &d), SYS_OK);
    sys_dir_close(&d);
    assert_int_equal(sys_file_open_path("/", SYS_READ, &f), SYS_NOT_A_FILE);
    assert_int_equal(sys_dir_open("", false, &d), SYS_NOT_FOUND);
    assert_int_equal(sys_file_open_path("", SYS_READ, &f), SYS_NOT_FOUND);
}

static void
test_sync_ends(void **state)
{
    struct fixture *fix = *state;
    sys_init();
    for (int i = 0; i < 20; i++) {
        sys_file f = make_file(fix->dir, "sync", "data");
        int ticket = sys_sync_start(f);
        sys_file_close(&f);
        int result = SYS_AGAIN;
        static struct sys_wants w;
        while ((result = sys_sync_take(ticket)) == SYS_AGAIN) {
            sys_wants_start(&w, sys_now_ms() + 10000);
            sys_poll(&w);
        }
        assert_int_equal(result, SYS_OK);
    }
}

static void
test_space_is_known(void **state)
{
    struct fixture *fix = *state;
    assert_true(sys_free_space(fix->dir) > 0);
    assert_true(sys_file_size_max(fix->dir) > UINT32_MAX - 1LL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_file_reads_what_was_written_at_its_place),
        TEST(test_slices_follow_each_other),
        TEST(test_holes_are_seen),
        TEST(test_open_says_what_is_wrong),
        TEST(test_very_long_paths_work),
        TEST(test_stat_tells_what_stands_there),
        TEST(test_rename_and_remove),
        TEST(test_list_is_sorted),
        TEST(test_user_paths_may_be_anything),
        TEST(test_sync_ends),
        TEST(test_space_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
