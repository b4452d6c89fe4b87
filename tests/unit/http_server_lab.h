/* An HTTP server with clients in the same process: raw sockets, the loop turned here. */
#ifndef UNIT_HTTP_SERVER_LAB_H
#define UNIT_HTTP_SERVER_LAB_H

#include "net/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/net_loop.h"

enum { CLIENTS = 4, LONG = 1000000, FILE_SIZE = 500000, ANSWER_SIZE = 2 * 1024 * 1024 };

static struct http_server *server;
static struct addr at;
static struct scratch scratch;
static struct sys_wants wants;
static uint8_t data[LONG];
static uint8_t got[ANSWER_SIZE];
static size_t got_len;
static uint64_t counted;
static char path_seen[4200];
static sys_dir dir;
static char file_name[64];

static inline void
handle(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context;
    struct buf path = BUF(path_seen);
    buf_add(&path, q->path);
    buf_cstr(&path);
    a->status = 200;
    if (bytes_equal(q->path, BYTES("/hi"))) {
        a->body = BYTES("hi!");
    } else if (bytes_equal(q->path, BYTES("/long"))) {
        a->body = bytes_of(data, LONG);
    } else if (bytes_equal(q->path, BYTES("/static"))) {
        a->body = bytes_of(data, LONG);
        a->body_is_static = true;
        a->counter = &counted;
    } else if (bytes_equal(q->path, BYTES("/file"))) {
        a->before[0] = bytes_of(data, 1000);
        a->close_file = true;
        a->counter = &counted;
        a->file_len = FILE_SIZE;
        assert_int_equal(sys_file_open(dir, file_name, SYS_READ, &a->file), SYS_OK);
    } else if (bytes_equal(q->path, BYTES("/stream"))) {
        a->body = BYTES("one ");
        a->is_stream = true;
    } else if (bytes_equal(q->path, BYTES("/post"))) {
        bool is_post = bytes_equal(q->head->method, BYTES("POST"));
        a->status = is_post ? 204 : 405;
        a->allow = "POST";
    } else {
        a->status = 0;
    }
}

static inline void
turn(int64_t later_ms)
{
    sys_poll(&wants);
    http_server_turn(server, &wants, &scratch, sys_now_ms() + later_ms);
}

static inline void
start_turn(void)
{
    sys_wants_start(&wants, sys_now_ms() + 100);
    http_server_wants(server, &wants, sys_now_ms());
}

static inline int
set_up(void **state)
{
    struct http_server_config config = {
        .handler = handle, .clients_max = CLIENTS, .takes_post = *state != NULL};
    int error;
    sys_init();
    assert_true(addr_parse(BYTES("127.0.0.1:1"), &config.listen));
    config.listen.port = 0;
    server = http_server_open(&config, &error);
    assert_non_null(server);
    at = http_server_addr(server);
    assert_int_not_equal(at.port, 0);
    for (size_t i = 0; i < LONG; i++) {
        data[i] = (uint8_t)(i * 7 + i / 256);
    }
    sys_file f;
    snprintf(file_name, sizeof file_name, "samara-test-server-%d", (int)getpid());
    assert_int_equal(sys_dir_open("/tmp", false, &dir), SYS_OK);
    assert_int_equal(sys_file_open(dir, file_name, SYS_WRITE | SYS_CREATE, &f), SYS_OK);
    assert_int_equal(sys_file_write(f, 0, data + 1000, FILE_SIZE), FILE_SIZE);
    sys_file_close(&f);
    return 0;
}

static inline int
set_up_for_post(void **state)
{
    *state = &server;
    return set_up(state);
}

static inline int
tear_down(void **state)
{
    (void)state;
    http_server_close(server);
    sys_remove(dir, file_name);
    sys_dir_close(&dir);
    return 0;
}

static inline sys_sock
connect_raw(void)
{
    sys_sock sock = SYS_NONE;
    assert_int_equal(sys_tcp_connect(&at, &sock), SYS_OK);
    while (sys_tcp_connected(sock) != SYS_OK) {
        start_turn();
        sys_wants_add(&wants, sock, false, true);
        turn(0);
    }
    return sock;
}

/* Sends what the socket takes. */
static inline void
send_raw(sys_sock sock, struct bytes request)
{
    assert_int_equal(sys_tcp_send(sock, request.ptr, request.len, false), request.len);
}

/* Receives until the server closes, or until `until` stands at the end. False: it closed. */
static inline bool
receive_raw(sys_sock sock, struct bytes until)
{
    int64_t deadline = sys_now_ms() + LOOP_TIMEOUT_MS;
    got_len = 0;
    for (;;) {
        start_turn();
        sys_wants_add(&wants, sock, true, false);
        turn(0);
        int64_t n = sys_tcp_recv(sock, got + got_len, sizeof got - 1 - got_len);
        if (n == 0 || (n < 0 && n != SYS_AGAIN)) {
            got[got_len] = '\0';
            return false;
        }
        got_len += n > 0 ? (size_t)n : 0;
        got[got_len] = '\0';
        if (until.len > 0 && bytes_ends(bytes_of(got, got_len), until)) {
            return true;
        }
        assert_true(sys_now_ms() < deadline);
    }
}

/* How often it stands in what was received last. */
static inline size_t
count(const char *text)
{
    size_t n = 0;
    for (const char *p = (const char *)got; (p = strstr(p, text)) != NULL; p++) {
        n++;
    }
    return n;
}

#endif
