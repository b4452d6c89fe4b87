#include "builder/files.h"
#include "builder/stage.h"
#include "sys/sys_link.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char path[64];
    sys_dir dir;
    struct sums known;
    struct stage stage;
};

static int
set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->path, sizeof p->path, "/tmp/samara-stage-XXXXXX");
    sys_init();
    assert_non_null(mkdtemp(p->path));
    assert_int_equal(sys_dir_open(p->path, false, &p->dir), SYS_OK);
    stage_open(&p->stage, p->path, p->dir, &p->known);
    *state = p;
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int
tear_down(void **state)
{
    struct place *p = *state;
    stage_close(&p->stage);
    sums_free(&p->known);
    sys_dir_close(&p->dir);
    nftw(p->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(p);
    return 0;
}

static void
write_file(struct place *p, const char *name, const char *text)
{
    struct bytes part = bytes_of_text(text);
    assert_int_equal(files_write_parts(p->dir, name, &part, 1, false), SYS_OK);
}

static void
know(struct place *p, const char *name)
{
    sums_add(&p->known, name, (const uint8_t[SHA256_SIZE]){0});
    sums_sort(&p->known);
}

static int
stage_text(struct place *p, const char *name, const char *text)
{
    struct bytes part = bytes_of_text(text);
    return stage_bytes(&p->stage, name, &part, 1, false);
}

static void
assert_file(struct place *p, const char *name, const char *wanted)
{
    uint8_t mem[256] = {0};
    sys_file f = SYS_NONE;
    int error = sys_file_open(p->dir, name, SYS_READ, &f);
    if (!wanted) {
        assert_int_equal(error, SYS_NOT_FOUND);
        return;
    }
    assert_int_equal(error, SYS_OK);
    assert_true(sys_file_read(f, 0, mem, sizeof mem - 1) >= 0);
    sys_file_close(&f);
    assert_string_equal((const char *)mem, wanted);
}

static void
test_nothing_changes_before_the_commit(void **state)
{
    struct place *p = *state;
    write_file(p, "a", "old");
    know(p, "a");
    assert_int_equal(stage_text(p, "a", "new"), 0);
    assert_int_equal(stage_text(p, "folder/b", "new"), 0);
    assert_file(p, "a", "old");
    assert_file(p, "folder/b", NULL);
    assert_int_equal(stage_commit(&p->stage), 0);
    assert_file(p, "a", "new");
    assert_file(p, "folder/b", "new");
}

static void
test_what_is_not_committed_leaves_nothing(void **state)
{
    struct place *p = *state;
    assert_int_equal(stage_text(p, "a", "new"), 0);
    stage_close(&p->stage);
    assert_int_equal(rmdir(p->path), 0); /* it is empty */
    assert_int_equal(mkdir(p->path, 0700), 0);
}

static void
test_files_of_others_are_refused_unless_they_are_the_same(void **state)
{
    struct place *p = *state;
    write_file(p, "a", "theirs");
    assert_int_not_equal(stage_text(p, "a", "new"), 0);
    assert_int_equal(stage_text(p, "a", "theirs"), 0);
    assert_int_equal(p->stage.kept, 1);
    assert_int_equal(sys_make_dirs(p->dir, "b"), SYS_OK);
    assert_int_not_equal(stage_text(p, "b", "new"), 0);
}

static void
test_links_are_not_written_through(void **state)
{
    struct place *p = *state;
    write_file(p, "target", "theirs");
    assert_int_equal(sys_make_link(p->dir, "a", "target"), SYS_OK);
    know(p, "a");
    assert_int_not_equal(stage_text(p, "a", "new"), 0);
    assert_file(p, "target", "theirs");
}

static void
test_removing_takes_empty_folders_along(void **state)
{
    struct place *p = *state;
    write_file(p, "f/g/a", "x");
    write_file(p, "f/b", "x");
    stage_remove(&p->stage, "f/g/a");
    assert_int_equal(stage_commit(&p->stage), 0);
    struct sys_stat st;
    assert_int_equal(sys_stat(p->dir, "f/g", &st), SYS_OK);
    assert_false(st.exists);
    assert_file(p, "f/b", "x");
}

static void
test_content_is_there_whole_and_hashed(void **state)
{
    struct place *p = *state;
    uint8_t wanted[SHA256_SIZE], found[SHA256_SIZE] = {0};
    write_file(p, "original", "some bytes");
    sha256_of(BYTES("some bytes"), wanted);
    assert_int_equal(stage_file(&p->stage, "c/x", p->dir, "original", 10, found), 0);
    assert_memory_equal(found, wanted, SHA256_SIZE);
    assert_int_equal(stage_commit(&p->stage), 0);
    assert_file(p, "c/x", "some bytes");
    assert_int_equal(p->stage.kept, 0);
    assert_int_equal(stage_file(&p->stage, "c/x", p->dir, "original", 10, NULL), 0);
    assert_int_equal(p->stage.kept, 1);
    /* The same bytes in a file of its own are as good. */
    write_file(p, "d", "some bytes");
    memset(found, 0, sizeof found);
    assert_int_equal(stage_file(&p->stage, "d", p->dir, "original", 10, found), 0);
    assert_memory_equal(found, wanted, SHA256_SIZE);
    assert_int_equal(p->stage.kept, 2);
    write_file(p, "e", "other byte");
    assert_int_not_equal(stage_file(&p->stage, "e", p->dir, "original", 10, NULL), 0);
    /* It has become shorter since it was looked at. */
    assert_int_not_equal(stage_file(&p->stage, "g", p->dir, "original", 11, found), 0);
}

static void
test_sharing_needs_a_file_that_all_may_read(void **state)
{
    struct place *p = *state;
    write_file(p, "open", "x");
    assert_int_equal(sys_share_file(p->dir, "open", p->dir, "to"), SYS_OK);
    assert_file(p, "to", "x");
    assert_int_equal(sys_share_file(p->dir, "nothing", p->dir, "to2"), SYS_NOT_FOUND);
    assert_file(p, "to2", NULL);
    write_file(p, "secret", "x");
    char path[128];
    snprintf(path, sizeof path, "%s/secret", p->path);
    assert_int_equal(chmod(path, 0600), 0);
    int error = sys_share_file(p->dir, "secret", p->dir, "to3");
    struct sys_stat st;
    assert_int_equal(sys_stat(p->dir, "to3", &st), SYS_OK);
    assert_true(st.exists == (error == SYS_OK)); /* a reflink has rights of its own */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_changes_before_the_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_committed_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_files_of_others_are_refused_unless_they_are_the_same,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_are_not_written_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removing_takes_empty_folders_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_content_is_there_whole_and_hashed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sharing_needs_a_file_that_all_may_read, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
