/* The opener, with programs of our own in place of the desktop's: each writes down how it was
 * called. */
#include "sys/sys.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The opener belongs to a process, so each test has its own: `child` answers 0, or the line that
 * went wrong. */
#define must(condition) \
    do { \
        if (!(condition)) { \
            return __LINE__ % 256; \
        } \
    } while (0)

static char dir[64], calls[96];

static void
run_child(int (*child)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        sys_init();
        _exit(child());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0) {
        fail_msg("line %d (modulo 256)", WEXITSTATUS(status));
    }
}

/* A program that notes its name and arguments and answers `code`. */
static void
make_program(const char *name, int code)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\necho %s \"$@\" >>%s\nexit %d\n", name, calls, code);
    fclose(f);
    assert_int_equal(chmod(path, 0755), 0);
}

static int
set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/samara-test-open-%d-XXXXXX", (int)getpid());
    assert_non_null(mkdtemp(dir));
    snprintf(calls, sizeof calls, "%s/calls", dir);
    setenv("PATH", dir, 1);
    setenv("DISPLAY", ":77", 1);
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("BROWSER");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    char command[128];
    setenv("PATH", "/usr/bin:/bin", 1);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return 0;
}

/* What was called so far; the memory is overwritten by the next call. */
static const char *
called(void)
{
    static char text[4096];
    FILE *f = fopen(calls, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) {
        fclose(f);
    }
    text[n] = '\0';
    return text;
}

static int
result(void)
{
    for (int i = 0; i < 500 && sys_open_page_result() == SYS_AGAIN; i++) {
        usleep(20000);
    }
    return sys_open_page_result();
}

static bool
is_called(const char *line)
{
    for (int i = 0; i < 300 && !strstr(called(), line); i++) {
        usleep(20000);
    }
    return strstr(called(), line) != NULL;
}

static int
first_that_works(void)
{
    must(sys_opener_start());
    sys_open_page("http://127.0.0.1:1/x/");
    must(result() == SYS_OK);
    must(strcmp(called(), "xdg-open http://127.0.0.1:1/x/\n"
                          "gio open http://127.0.0.1:1/x/\n"
                          "firefox http://127.0.0.1:1/x/\n") == 0);
    return 0;
}

static int
nobody_works(void)
{
    must(sys_open_page_result() == SYS_NOT_FOUND);
    sys_open_page("http://127.0.0.1:1/"); /* no opener was started */
    must(sys_open_page_result() == SYS_NOT_FOUND);
    must(sys_opener_start());
    sys_open_page("http://127.0.0.1:1/");
    must(result() == SYS_NOT_FOUND);
    return 0;
}

static int
own_browser(void)
{
    must(sys_opener_start());
    sys_open_page("http://127.0.0.1:1/");
    must(result() == SYS_OK);
    must(strcmp(called(), "mine http://127.0.0.1:1/\n") == 0);
    return 0;
}

static int
foreign_page(void)
{
    must(sys_opener_start());
    sys_open_page("https://evil.example/");
    must(result() == SYS_NOT_FOUND);
    sys_open_page("--version");
    must(result() == SYS_NOT_FOUND);
    must(called()[0] == '\0');
    return 0;
}

static int
show_marks_the_file(void)
{
    char path[128], uri[256];
    snprintf(path, sizeof path, "%s/a 'b' c,d.txt", dir);
    FILE *f = fopen(path, "w");
    fclose(f);
    must(sys_opener_start());
    sys_show_file(path);
    snprintf(uri, sizeof uri, "ShowItems ['file://%s/a%%20%%27b%%27%%20c%%2Cd.txt'] \n", dir);
    must(is_called(uri));
    return 0;
}

static int
show_opens_folders_only(void)
{
    char path[128], line[128];
    snprintf(path, sizeof path, "%s/evil.desktop", dir);
    FILE *f = fopen(path, "w");
    fclose(f);
    must(sys_opener_start());
    sys_show_file(path);
    snprintf(line, sizeof line, "xdg-open %s\n", dir);
    must(is_called(line));
    must(!strstr(called(), "evil.desktop"));
    sys_show_file("/not there");
    sys_tell_user("--help"); /* a request after it, to know that it was seen to */
    must(is_called("xmessage -center -- --help\n"));
    must(!strstr(called(), "not there"));
    return 0;
}

/* A process of the opener's exists: it is our only child. */
static int
ends_with_the_program(void)
{
    int ends[2];
    must(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(sys_opener_start() ? 0 : 1); /* the opener has both ends of the pipe, too... */
    }
    close(ends[1]);
    char c;
    must(read(ends[0], &c, 1) == 0); /* ...till it ends; and it closes what is not its own */
    must(waitpid(pid, NULL, 0) == pid);
    return 0;
}

/* Signals that are for the program do not end the opener before its time. */
static int
survives_ctrl_c(void)
{
    must(setpgid(0, 0) == 0);
    must(sys_opener_start());
    usleep(100000);
    kill(0, SIGINT);
    must(sys_stop_requests() == 1);
    sys_tell_user("still here");
    must(is_called("zenity --info --no-markup --title=samara --text still here\n"));
    return 0;
}

/* From within the sandbox, where the program itself can run nothing any more. */
static int
works_in_the_sandbox(void)
{
    sys_dir folder;
    must(sys_dir_open("/tmp", false, &folder) == SYS_OK);
    must(sys_opener_start());
    must(sys_sandbox(folder, SYS_NONE));
    execl("/bin/true", "true", (char *)NULL); /* does not work, or the test ends here */
    sys_open_page("http://127.0.0.1:1/");
    must(result() == SYS_OK);
    return 7;
}

static void
test_the_first_program_that_works_opens_the_page(void **state)
{
    (void)state;
    make_program("xdg-open", 3);
    make_program("gio", 1);
    make_program("firefox", 0);
    make_program("chromium", 0);
    run_child(first_that_works);
}

static void
test_without_any_program_it_is_said(void **state)
{
    (void)state;
    make_program("xdg-open", 4);
    run_child(nobody_works);
}

static void
test_the_users_own_browser_comes_first(void **state)
{
    (void)state;
    make_program("mine", 0);
    make_program("xdg-open", 0);
    setenv("BROWSER", "mine", 1);
    run_child(own_browser);
}

static void
test_without_a_desktop_no_browser_is_tried(void **state)
{
    (void)state;
    make_program("xdg-open", 0);
    unsetenv("DISPLAY");
    run_child(nobody_works);
}

static void
test_only_our_own_page_is_opened(void **state)
{
    (void)state;
    make_program("xdg-open", 0);
    run_child(foreign_page);
}

static void
test_a_file_is_marked_in_its_folder(void **state)
{
    (void)state;
    make_program("gdbus", 0);
    run_child(show_marks_the_file);
}

static void
test_a_file_itself_is_never_opened(void **state)
{
    (void)state;
    make_program("xdg-open", 0);
    make_program("xmessage", 0);
    run_child(show_opens_folders_only);
}

static void
test_it_ends_with_the_program(void **state)
{
    (void)state;
    run_child(ends_with_the_program);
}

static void
test_it_outlives_signals_for_the_program(void **state)
{
    (void)state;
    make_program("zenity", 0);
    run_child(survives_ctrl_c);
}

static void
test_it_works_when_the_program_is_locked_in(void **state)
{
    (void)state;
    make_program("xdg-open", 0);
    pid_t pid = fork();
    if (pid == 0) {
        sys_init();
        _exit(works_in_the_sandbox());
    }
    int status = 0;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 7);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_program_that_works_opens_the_page),
        TEST(test_without_any_program_it_is_said),
        TEST(test_the_users_own_browser_comes_first),
        TEST(test_without_a_desktop_no_browser_is_tried),
        TEST(test_only_our_own_page_is_opened),
        TEST(test_a_file_is_marked_in_its_folder),
        TEST(test_a_file_itself_is_never_opened),
        TEST(test_it_ends_with_the_program),
        TEST(test_it_outlives_signals_for_the_program),
        TEST(test_it_works_when_the_program_is_locked_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
