#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Signals, descriptors and the sandbox belong to a process, so each test has its own: `child`
 * answers 0, or the line that went wrong. */
#define must(condition) \
    do { \
        if (!(condition)) { \
            return __LINE__ % 256; \
        } \
    } while (0)

static void
run_child(int (*child)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(child());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0) {
        fail_msg("line %d (modulo 256)", WEXITSTATUS(status));
    }
}

static struct sys_wants wants;

static int
stop_signals(void)
{
    signal(SIGHUP, SIG_IGN);
    sys_init();
    must(sys_stop_requests() == 0);
    kill(getpid(), SIGHUP); /* as under nohup */
    must(sys_stop_requests() == 0);
    kill(getpid(), SIGINT);
    must(sys_stop_requests() == 1 && sys_stop_exit_code() == 130);
    /* It came before the poll, and still ends it. */
    int64_t now = sys_now_ms();
    sys_wants_start(&wants, now + 60000);
    sys_poll(&wants);
    must(sys_now_ms() - now < 5000);
    kill(getpid(), SIGTERM);
    must(sys_stop_requests() == 2 && sys_stop_exit_code() == 130);
    return 0;
}

static int
term_signal(void)
{
    sys_init();
    kill(getpid(), SIGTERM);
    must(sys_stop_requests() == 1 && sys_stop_exit_code() == 143);
    return 0;
}

static int
broken_pipe(void)
{
    sys_init();
    int fds[2];
    must(pipe(fds) == 0);
    must(dup2(fds[1], 1) == 1);
    must(sys_print(SYS_OUT, BYTES("hello")) == SYS_OK);
    must(sys_terminal_width(SYS_OUT) == 0);
    close(fds[0]);
    must(sys_print(SYS_OUT, BYTES("hello")) == SYS_RESET);
    return 0;
}

static int
closed_standard_handles(void)
{
    close(0);
    close(2);
    sys_init();
    sys_dir d = SYS_NONE;
    must(sys_dir_open("/", false, &d) == SYS_OK);
    must(d > 2);
    must(fcntl(0, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0);
    return 0;
}

/* A write over the limit is an error and not a signal. */
static int
file_too_big(void)
{
    sys_init();
    char path[] = "/tmp/samara-test-XXXXXX";
    close(mkstemp(path));
    sys_file f = SYS_NONE;
    must(sys_file_open_path(path, SYS_WRITE, &f) == SYS_OK);
    unlink(path);
    struct rlimit r = {.rlim_cur = 4096, .rlim_max = 4096};
    must(setrlimit(RLIMIT_FSIZE, &r) == 0);
    must(sys_file_write(f, 8192, "x", 1) == SYS_TOO_BIG);
    must(sys_file_resize(f, 8192) == SYS_TOO_BIG);
    return 0;
}

static int
clock_and_chance(void)
{
    must(sys_now_ms() > 0);
    int64_t before = sys_now_ms();
    usleep(20000);
    must(sys_now_ms() - before >= 19);
    must(sys_unix_s() > 1700000000);
    uint8_t a[1000] = {0}, b[1000] = {0};
    sys_random(a, sizeof a);
    sys_random(b, sizeof b);
    must(memcmp(a, b, sizeof a) != 0);
    must(memcmp(a + 900, b + 900, 100) != 0);
    return 0;
}

static int
own_image(void)
{
    sys_file f = SYS_NONE;
    must(sys_self_open(&f) == SYS_OK);
    uint8_t head[4];
    must(sys_file_read(f, 0, head, 4) == 4);
    must(memcmp(head,
             "\x7f"
             "ELF",
             4) == 0);
    return 0;
}

static int
write_text(const char *path, const char *text)
{
    sys_file f = SYS_NONE;
    int error = sys_file_open_path(path, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &f);
    if (error == SYS_OK) {
        error = sys_file_write(f, 0, text, strlen(text)) < 0;
    }
    sys_file_close(&f);
    return error;
}

/* Each home of its own below one folder that is thrown away at the end. */
static char home[64];

static const char *
in_home(const char *path)
{
    static char text[256];
    snprintf(text, sizeof text, "%s%s", home, path);
    return text;
}

static int
make_home(void)
{
    snprintf(home, sizeof home, "/tmp/samara-test-XXXXXX");
    must(mkdtemp(home) != NULL);
    setenv("HOME", home, 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("SSL_CERT_FILE");
    return 0;
}

static void
drop_home(void)
{
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", home, (char *)NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
}

static bool
downloads_are(const char *path)
{
    uint8_t mem[256];
    struct buf b = BUF(mem);
    buf_text(&b, "kept ");
    if (!sys_downloads_folder(&b)) {
        return path == NULL && b.len == 5;
    }
    return path && strcmp(buf_cstr(&b) + 5, path) == 0;
}

static int
check_downloads(void)
{
    must(downloads_are(home));
    must(mkdir(in_home("/Downloads"), 0700) == 0);
    must(downloads_are(in_home("/Downloads")));
    must(mkdir(in_home("/Mes \"t\xc3\xa9l\xc3\xa9"
                       "chargements"),
             0700) == 0);
    const char *config = "# comment\nXDG_DESKTOP_DIR=\"$HOME/x\"\n"
                         "XDG_DOWNLOAD_DIR=\"$HOME/Mes \\\"t\xc3\xa9l\xc3\xa9"
                         "chargements\"\n"
                         "XDG_MUSIC_DIR=\"$HOME/Downloads\"\n";
    must(write_text(in_home("/.config/user-dirs.dirs"), config) == SYS_OK);
    must(downloads_are(in_home("/Mes \"t\xc3\xa9l\xc3\xa9"
                               "chargements")));
    must(write_text(in_home("/xdg/user-dirs.dirs"), "XDG_DOWNLOAD_DIR=\"/tmp\"") == SYS_OK);
    setenv("XDG_CONFIG_HOME", in_home("/xdg"), 1);
    must(downloads_are("/tmp"));
    must(write_text(in_home("/xdg/user-dirs.dirs"), "XDG_DOWNLOAD_DIR=\"/none\"") == SYS_OK);
    must(downloads_are(in_home("/Downloads")));
    must(write_text(in_home("/xdg/user-dirs.dirs"), "XDG_DOWNLOAD_DIR=\"tmp\"") == SYS_OK);
    must(downloads_are(in_home("/Downloads")));
    setenv("HOME", "", 1);
    must(downloads_are(NULL));
    unsetenv("HOME");
    must(downloads_are(NULL));
    return 0;
}

static int
downloads_folder(void)
{
    int line = make_home();
    line = line ? line : check_downloads();
    drop_home();
    return line;
}

static int
check_roots(void)
{
    uint8_t mem[64];
    struct buf b = BUF(mem);
    setenv("SSL_CERT_FILE", in_home("/pem"), 1);
    must(write_text(in_home("/pem"), "-----BEGIN CERTIFICATE-----") == SYS_OK);
    must(sys_roots_pem(&b));
    must(bytes_equal(buf_bytes(&b), BYTES("-----BEGIN CERTIFICATE-----")));
    struct buf small = buf_over(mem, 10);
    must(!sys_roots_pem(&small) && small.len == 0); /* half a bundle is none */
    return 0;
}

static int
roots(void)
{
    int line = make_home();
    line = line ? line : check_roots();
    drop_home();
    return line;
}

/* --- the sandbox ------------------------------------------------------------------------- */

static int
sockets_work(void)
{
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    struct addr any = {0}, from;
    sys_sock listener = SYS_NONE, a = SYS_NONE, b = SYS_NONE, u = SYS_NONE;
    must(sys_tcp_listen(&any, &listener) == SYS_OK);
    must(sys_udp_open(&any, &u) == SYS_OK);
    struct addr at = addr_v4(loopback, sys_sock_local(listener).port);
    must(sys_tcp_connect(&at, &a) == SYS_OK);
    sys_wants_start(&wants, sys_now_ms() + 5000);
    sys_wants_add(&wants, listener, true, false);
    sys_poll(&wants);
    must(sys_tcp_accept(listener, &b, &from) == SYS_OK);
    return 0;
}

static int
threads_work(sys_dir dir)
{
    struct addr found[4];
    size_t count;
    int ticket = sys_lookup_start("localhost");
    must(ticket > 0);
    int result;
    while ((result = sys_lookup_take(ticket, found, 4, &count)) == SYS_AGAIN) {
        sys_wants_start(&wants, sys_now_ms() + 5000);
        sys_poll(&wants);
    }
    must(result == SYS_OK);
    sys_file f = SYS_NONE;
    must(sys_file_open(dir, "synced", SYS_WRITE | SYS_CREATE, &f) == SYS_OK);
    ticket = sys_sync_start(f);
    must(ticket > 0);
    while ((result = sys_sync_take(ticket)) == SYS_AGAIN) {
        sys_wants_start(&wants, sys_now_ms() + 5000);
        sys_poll(&wants);
    }
    must(result == SYS_OK);
    return 0;
}

static int
inside_works(sys_dir dir)
{
    sys_file f = SYS_NONE;
    must(sys_file_open(dir, "sub/new", SYS_WRITE | SYS_CREATE, &f) == SYS_OK);
    must(sys_file_write(f, 0, "x", 1) == 1);
    must(sys_file_resize(f, 100) == SYS_OK);
    sys_file_close(&f);
    must(sys_file_open(dir, "sub/new", SYS_WRITE | SYS_TRUNCATE, &f) == SYS_OK);
    sys_file_close(&f);
    must(sys_make_dirs(dir, "other") == SYS_OK);
    must(sys_rename(dir, "sub/new", "other/moved", false) == SYS_OK);
    must(sys_make_link(dir, "link", "other/moved") == SYS_OK);
    must(sys_remove(dir, "link") == SYS_OK);
    must(sys_remove(dir, "other/moved") == SYS_OK);
    must(sys_remove_empty_dir(dir, "other") == SYS_OK);
    must(sys_free_space(dir) > 0);
    uint8_t mem[1024];
    struct buf b = BUF(mem);
    must(sys_dir_list(dir, "", &b) == SYS_OK);
    return 0;
}

static int
outside_fails(void)
{
    sys_file f = SYS_NONE;
    must(write_text(in_home("/outside"), "x") == SYS_DENIED);
    must(sys_file_open_path(in_home("/before"), SYS_READ, &f) == SYS_DENIED);
    must(unlink(in_home("/before")) != 0);
    must(rename(in_home("/before"), in_home("/folder/stolen")) != 0);
    must(link(in_home("/before"), in_home("/folder/linked")) != 0);
    must(mkdir(in_home("/made"), 0700) != 0);
    must(truncate(in_home("/before"), 0) != 0);
    must(sys_file_open_path("/etc/passwd", SYS_READ, &f) == SYS_OK);
    sys_file_close(&f);
    return 0;
}

static int
ways_out_are_closed(void)
{
    char *arguments[] = {(char *)(uintptr_t) "true", NULL};
    execv("/bin/true", arguments);
    must(errno == EPERM || errno == EACCES);
    must(kill(getppid(), 0) != 0);
    must(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != 0 && errno == EPERM);
    must(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
    must(ioctl(0, TIOCSTI, "x") != 0 && errno == EPERM);
    return 0;
}

static int
check_sandbox(bool *skipped)
{
    must(write_text(in_home("/before"), "x") == SYS_OK);
    sys_dir dir = SYS_NONE;
    must(sys_dir_open(in_home("/folder"), true, &dir) == SYS_OK);
    sys_init();
    *skipped = !sys_sandbox(dir, SYS_NONE);
    if (*skipped) {
        return 0; /* a kernel or container that has neither; everything must still work */
    }
    int line = ways_out_are_closed();
    line = line ? line : inside_works(dir);
    line = line ? line : outside_fails();
    line = line ? line : threads_work(dir);
    return line ? line : sockets_work();
}

static int
sandbox(void)
{
    int line = make_home();
    pid_t child = line ? 0 : fork();
    if (!line && child == 0) {
        bool skipped = false;
        int found = check_sandbox(&skipped);
        if (skipped) {
            sys_print(SYS_ERR, BYTES("no sandbox on this system\n"));
        }
        _exit(found);
    }
    int status = 0;
    waitpid(child, &status, 0);
    drop_home();
    return line ? line : WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#define CHILD_TEST(name, child) \
    static void name(void **state) \
    { \
        (void)state; \
        run_child(child); \
    }

CHILD_TEST(test_stop_signals_are_counted, stop_signals)
CHILD_TEST(test_term_has_its_own_exit_code, term_signal)
CHILD_TEST(test_broken_pipe_is_an_error, broken_pipe)
CHILD_TEST(test_closed_standard_handles_are_filled, closed_standard_handles)
CHILD_TEST(test_file_over_the_limit_is_too_big, file_too_big)
CHILD_TEST(test_clock_and_chance, clock_and_chance)
CHILD_TEST(test_own_image_can_be_read, own_image)
CHILD_TEST(test_downloads_folder_is_found, downloads_folder)
CHILD_TEST(test_roots_come_from_the_named_file, roots)
CHILD_TEST(test_sandbox_closes_the_ways_out, sandbox)

static void
test_every_reason_has_words(void **state)
{
    (void)state;
    for (int64_t e = 5; e > -100; e--) {
        assert_true(strlen(sys_error_text(e)) > 4);
    }
    assert_string_equal(sys_error_text(SYS_FULL), "no space left on the disk");
    assert_string_equal(sys_error_text(SYS_OTHER), sys_error_text(INT64_MIN));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_signals_are_counted),
        cmocka_unit_test(test_term_has_its_own_exit_code),
        cmocka_unit_test(test_broken_pipe_is_an_error),
        cmocka_unit_test(test_closed_standard_handles_are_filled),
        cmocka_unit_test(test_file_over_the_limit_is_too_big),
        cmocka_unit_test(test_clock_and_chance),
        cmocka_unit_test(test_own_image_can_be_read),
        cmocka_unit_test(test_downloads_folder_is_found),
        cmocka_unit_test(test_roots_come_from_the_named_file),
        cmocka_unit_test(test_sandbox_closes_the_ways_out),
        cmocka_unit_test(test_every_reason_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
