/* The TLS client against openssl's server, with an authority of our own. */
#include "net/fetch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bearssl.h>

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

/* The library's round of these two is rolled up by the build (deps.sh), so it is judged here. */
static void
test_sha384_and_sha512_are_what_others_compute(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t repeat;
        const char *sha384, *sha512;
    } vectors[] = {
        {"", 1,
         "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"
         "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
         "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
         "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
        {"abc", 1,
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
         "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {"a", 111,
         "3c37955051cb5c3026f94d551d5b5e2ac38d572ae4e07172"
         "085fed81f8466b8f90dc23a8ffcdea0b8d8e58e8fdacc80a",
         "fa9121c7b32b9e01733d034cfc78cbf67f926c7ed83e82200ef8681819692176"
         "0b4beff48404df811b953828274461673c68d04e297b0eb7b2b4d60fc6b566a2"},
        {"a", 112,
         "187d4e07cb306103c69967bf544d0dfbe9042577599c73c3"
         "30abc0cb64c61236d5ed565ee19119d8c31779a38f791fcd",
         "c01d080efd492776a1c43bd23dd99d0a2e626d481e16782e75d54c2503b5dc32"
         "bd05f0f1ba33e568b88fd2d970929b719ecbb152f58f130a407c8830604b70ca"},
        {"a", 1000000,
         "9d0e1809716474cb086e834e310a4a1ced149e9c00f24852"
         "7972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
         "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
         "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t out[64], mem[160];
        br_sha384_context a;
        br_sha512_context b;
        br_sha384_init(&a);
        br_sha512_init(&b);
        for (size_t n = 0; n < vectors[i].repeat; n++) {
            br_sha384_update(&a, vectors[i].text, strlen(vectors[i].text));
            br_sha512_update(&b, vectors[i].text, strlen(vectors[i].text));
        }
        struct buf hex = BUF(mem);
        br_sha384_out(&a, out);
        buf_hex(&hex, bytes_of(out, 48));
        assert_string_equal(buf_cstr(&hex), vectors[i].sha384);
        hex = BUF(mem);
        br_sha512_out(&b, out);
        buf_hex(&hex, bytes_of(out, 64));
        assert_string_equal(buf_cstr(&hex), vectors[i].sha512);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers_are_trusted_or_told_why_not),
        cmocka_unit_test(test_plain_server_is_no_secure_server),
        cmocka_unit_test(test_sha384_and_sha512_are_what_others_compute),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
