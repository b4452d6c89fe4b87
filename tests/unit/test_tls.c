/* The TLS client against openssl's server, with an authority of our own. */
#include "net/fetch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/roots.h"
#include "unit/net_loop.h"

enum { CONTENT_SIZE = 700000, PEM_MAX = 8192 };

static char folder[] = "/tmp/samara-test-tls-XXXXXX";
static char authority[PEM_MAX];
static uint8_t content[CONTENT_SIZE];
static struct roots roots;
static struct fetch fetch;
static struct scratch scratch;
static struct sys_wants wants;

/* ---- openssl */

/* Starts a shell command in the folder; `*out` (may be NULL) is its standard output. */
static pid_t
spawn(const char *command, int *out)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(ends[1], 1);
        dup2(null, 2);
        close(ends[0]);
        if (chdir(folder) == 0) {
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        }
        _exit(127);
    }
    close(ends[1]);
    if (out) {
        *out = ends[0];
    } else {
        close(ends[0]);
    }
    return child;
}

static void
run(const char *command)
{
    int status;
    pid_t child = spawn(command, NULL);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0) {
        print_error("failed: %s\n", command);
    }
    assert_int_equal(status, 0);
}

/* Makes NAME.key and NAME.pem, signed by the authority. */
static void
make_certificate(const char *name, const char *key, const char *names, const char *options)
{
    char command[1024];
    snprintf(command, sizeof command,
             "openssl req -newkey %s -nodes -keyout %s.key -subj /CN=x -out %s.csr &&"
             " echo subjectAltName=%s >%s.ext &&"
             " openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -set_serial 7 -out %s.pem"
             " -extfile %s.ext %s",
             key, name, name, names, name, name, name, name, options);
    run(command);
}

static int
set_up(void **state)
{
    (void)state;
    sys_init();
    assert_non_null(mkdtemp(folder));
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout ca.key"
        " -out ca.pem -subj '/CN=test authority' -days 10");
    const char *ec = "ec -pkeyopt ec_paramgen_curve:P-256";
    make_certificate("good", "rsa:2048", "DNS:localhost,IP:127.0.0.1", "-days 10");
    make_certificate("ec", ec, "IP:127.0.0.1", "-days 10 -sha384");
    make_certificate("name", ec, "DNS:localhost", "-days 10");
    make_certificate("old", ec, "IP:127.0.0.1", "-days -1");
    make_certificate("weak", "rsa:1024", "IP:127.0.0.1", "-days 10");
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key"
        " -out own.pem -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -days 10");
    for (size_t i = 0; i < CONTENT_SIZE; i++) {
        content[i] = (uint8_t)(i * 7 + i / 256);
    }
    char path[64];
    sys_file f;
    snprintf(path, sizeof path, "%s/content", folder);
    assert_int_equal(sys_file_open_path(path, SYS_WRITE | SYS_CREATE, &f), SYS_OK);
    assert_int_equal(sys_file_write(f, 0, content, CONTENT_SIZE), CONTENT_SIZE);
    sys_file_close(&f);
    snprintf(path, sizeof path, "%s/ca.pem", folder);
    assert_int_equal(sys_file_open_path(path, SYS_READ, &f), SYS_OK);
    int64_t len = sys_file_read(f, 0, authority, sizeof authority);
    sys_file_close(&f);
    roots.extra_pem = bytes_of(authority, (size_t)len);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    roots_free(&roots);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    run(command);
    return 0;
}

/* A server that hands out the folder's files; its port is written to `*port`. */
static pid_t
start_server(const char *certificate, const char *options, unsigned *port)
{
    char command[512], line[512];
    int out;
    snprintf(command, sizeof command,
             "exec openssl s_server -accept 127.0.0.1:0 -cert %s.pem -key %s.key -WWW %s",
             certificate, certificate, options);
    pid_t child = spawn(command, &out);
    FILE *f = fdopen(out, "r");
    *port = 0;
    while (*port == 0) {
        assert_non_null(fgets(line, sizeof line, f));
        sscanf(line, "ACCEPT 127.0.0.1:%u", port);
    }
    fclose(f);
    return child;
}

/* ---- The client */

static size_t received;
static bool is_same;

static void
get(const char *scheme, const char *host, unsigned port)
{
    struct fetch_config config = {.purpose = FETCH_FOR_USER, .user_agent = "test", .roots = &roots};
    char url[128];
    int64_t until = sys_now_ms() + LOOP_TIMEOUT_MS;
    memset(&fetch, 0, sizeof fetch);
    received = 0;
    is_same = true;
    fetch_init(&fetch, &config);
    snprintf(url, sizeof url, "%s://%s:%u/content", scheme, host, port);
    fetch_start(&fetch, bytes_of_text(url), BYTES(""), 0, 0, sys_now_ms());
    while (fetch.state != FETCH_DONE && fetch.state != FETCH_FAILED) {
        sys_wants_start(&wants, until);
        fetch_wants(&fetch, &wants, true);
        sys_poll(&wants);
        struct bytes in = fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms());
        is_same = is_same && in.len <= CONTENT_SIZE - received &&
                  bytes_equal(in, bytes_of(content + received, in.len));
        received += in.len;
        assert_true(sys_now_ms() < until);
    }
}

static const struct {
    const char *certificate, *options, *scheme, *host;
    const char *why; /* NULL: it works */
} cases[] = {
    {"good", "-tls1_2", "https", "127.0.0.1", NULL},
    {"good", "-tls1_2", "https", "localhost", NULL},
    {"good", "", "https", "127.0.0.1", NULL},
    {"good", "-cipher ECDHE-RSA-AES128-GCM-SHA256", "https", "localhost", NULL},
    {"good", "-cipher ECDHE-RSA-AES256-GCM-SHA384", "https", "localhost", NULL},
    {"ec", "-cipher ECDHE-ECDSA-AES256-GCM-SHA384", "https", "127.0.0.1", NULL},
    {"ec", "-named_curve P-256", "https", "127.0.0.1", NULL},
    {"ec", "-named_curve P-384", "https", "127.0.0.1", NULL},
    {"ec", "", "https", "localhost", "the server's certificate is for another name"},
    {"name", "", "https", "localhost", NULL},
    {"name", "", "https", "127.0.0.1", "the server's certificate is for another name"},
    {"old", "", "https", "127.0.0.1",
     "the server's certificate has expired, or this computer's clock is wrong"},
    {"own", "", "https", "127.0.0.1",
     "the server's certificate comes from an authority that is not trusted here"},
    {"weak", "-cipher DEFAULT@SECLEVEL=0", "https", "127.0.0.1",
     "the server's certificate is too weak"},
    {"good", "-tls1_3", "https", "127.0.0.1",
     "this server speaks TLS 1.3 only, this program TLS 1.2"},
    {"good", "-cipher ECDHE-RSA-CHACHA20-POLY1305", "https", "127.0.0.1",
     "this server and this program know no common way to encrypt"},
    {"ec", "-named_curve X25519", "https", "127.0.0.1",
     "this server and this program know no common way to encrypt"},
    {"good", "-cipher AES128-SHA", "https", "127.0.0.1",
     "this server and this program know no common way to encrypt"},
};

static void
test_servers_are_trusted_or_told_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned port;
        char expected[256];
        pid_t child = start_server(cases[i].certificate, cases[i].options, &port);
        get(cases[i].scheme, cases[i].host, port);
        print_message("%s %s %s: %s\n", cases[i].certificate, cases[i].options, cases[i].host,
                      fetch.why);
        if (cases[i].why) {
            snprintf(expected, sizeof expected, "%s: %s", cases[i].host, cases[i].why);
            assert_int_equal(fetch.state, FETCH_FAILED);
            assert_string_equal(fetch.why, expected);
            assert_true(fetch.tls_trouble);
            assert_int_equal(received, 0);
        } else {
            assert_int_equal(fetch.state, FETCH_DONE);
            assert_int_equal(received, CONTENT_SIZE);
            assert_true(is_same);
        }
        fetch_close(&fetch);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

static void
test_plain_server_is_no_secure_server(void **state)
{
    (void)state;
    struct addr at, from;
    struct fetch_config config = {.purpose = FETCH_FOR_USER, .user_agent = "test", .roots = &roots};
    char url[64];
    sys_sock listener = loop_listen(&at);
    memset(&fetch, 0, sizeof fetch);
    fetch_init(&fetch, &config);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", at.port);
    fetch_start(&fetch, bytes_of_text(url), BYTES(""), 0, 0, sys_now_ms());
    sys_sock sock = loop_accept(listener, &from);
    struct bytes answer = BYTES("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(sys_tcp_send(sock, answer.ptr, answer.len, false), answer.len);
    while (fetch.state != FETCH_FAILED) {
        sys_wants_start(&wants, sys_now_ms() + LOOP_TIMEOUT_MS);
        fetch_wants(&fetch, &wants, true);
        sys_poll(&wants);
        fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms());
    }
    assert_string_equal(fetch.why, "127.0.0.1: this is no secure server, or it speaks no TLS 1.2");
    sys_sock_close(&sock);
    sys_sock_close(&listener);
    fetch_close(&fetch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers_are_trusted_or_told_why_not),
        cmocka_unit_test(test_plain_server_is_no_secure_server),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
