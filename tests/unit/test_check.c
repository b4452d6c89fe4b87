#include "base/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a child that fails a check at `line` of `file` leaves on standard error. */
static void
fail_in_child(const char *file, int line, char *said, size_t said_max)
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        check_failed(file, line);
    }
    close(ends[1]);
    size_t len = 0;
    ssize_t n;
    while ((n = read(ends[0], said + len, said_max - 1 - len)) > 0) {
        len += (size_t)n;
    }
    said[len] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void
test_failed_check_says_where_and_dies(void **state)
{
    (void)state;
    char said[4096];
    fail_in_child("a/b.c", 1203, said, sizeof said);
    assert_non_null(strstr(said, "samara: internal error at a/b.c:1203\n"));
    fail_in_child("x.c", 7, said, sizeof said);
    assert_non_null(strstr(said, "samara: internal error at x.c:7\n"));
}

static void
test_long_file_name_is_cut(void **state)
{
    (void)state;
    char name[500], said[4096];
    memset(name, 'f', sizeof name);
    name[sizeof name - 1] = 0;
    fail_in_child(name, INT32_MAX, said, sizeof said);
    assert_non_null(strstr(said, "fff:2147483647\n"));
}

static void
test_check_that_holds_does_nothing(void **state)
{
    (void)state;
    check(1 + 1 == 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed_check_says_where_and_dies),
        cmocka_unit_test(test_long_file_name_is_cut),
        cmocka_unit_test(test_check_that_holds_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
