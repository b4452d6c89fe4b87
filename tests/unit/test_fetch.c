/* The client against a server that answers from a table, in pieces of any size. */
#include "net/fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit/net_loop.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
enum { SERVED_MAX = 4, BODY_MAX = 4 * 1024 * 1024 };

struct served {
    struct conn conn;
    struct bytes answer; /* what is left to send */
    uint32_t requests;
    uint8_t kept[8192], out[65536];
};

/* Gives the answers one after the other, one a request, over any connection. */
struct server {
    sys_sock listener;
    uint32_t want;
    struct addr at;
    const struct bytes *answers;
    size_t answer_count, answered;
    size_t step;      /* bytes a turn */
    bool close_after; /* each answer */
    uint32_t connections;
    char request[8192]; /* the last one */
    struct served v[SERVED_MAX];
};

static struct server server;
static struct fetch fetch;
static struct scratch scratch;
static struct sys_wants wants;
static uint8_t body[BODY_MAX];
static size_t body_len;

static void
server_open(void)
{
    memset(&server, 0, sizeof server);
    server.step = SIZE_MAX;
    server.listener = loop_listen(&server.at);
}

static void
server_close(void)
{
    sys_sock_close(&server.listener);
    for (int i = 0; i < SERVED_MAX; i++) {
        conn_close(&server.v[i].conn);
    }
}

static void
server_wants(void)
{
    server.want = sys_wants_add(&wants, server.listener, true, false);
    for (int i = 0; i < SERVED_MAX; i++) {
        conn_wants(&server.v[i].conn, &wants, true, server.v[i].answer.len > 0);
    }
}

static void
serve_one(struct served *s)
{
    int64_t now = sys_now_ms();
    conn_turn(&s->conn, &wants, now);
    struct bytes in = conn_input(&s->conn, &wants, &scratch, sizeof s->kept, now, NULL);
    size_t end = bytes_find_part(in, BYTES("\r\n\r\n"));
    if (end < in.len && s->answer.len == 0 && server.answered < server.answer_count) {
        struct buf copy = BUF(server.request);
        buf_add(&copy, bytes_first(in, end + 4));
        buf_cstr(&copy);
        in = bytes_skip(in, end + 4);
        s->answer = server.answers[server.answered++];
        s->requests++;
    }
    conn_keep(&s->conn, in);
    size_t room = conn_room(&s->conn);
    size_t step = server.step < room ? server.step : room;
    conn_put(&s->conn, bytes_first(s->answer, step));
    s->answer = bytes_skip(s->answer, step);
    conn_flush(&s->conn, NULL, SIZE_MAX, now);
    bool is_over =
        server.close_after && s->requests > 0 && s->answer.len == 0 && conn_pending(&s->conn) == 0;
    if (s->conn.state == CONN_CLOSED || s->conn.input_ended || is_over) {
        conn_close(&s->conn);
        s->requests = 0;
        s->answer = (struct bytes){0};
    }
}

static void
server_turn(void)
{
    for (int i = 0; i < SERVED_MAX; i++) {
        struct served *s = &server.v[i];
        if (s->conn.state != CONN_NONE) {
            serve_one(s);
        } else if (sys_can_read(&wants, server.want)) {
            sys_sock sock = SYS_NONE;
            struct addr from;
            if (sys_tcp_accept(server.listener, &sock, &from) == SYS_OK) {
                conn_init(&s->conn, s->kept, sizeof s->kept, s->out, sizeof s->out);
                conn_accept(&s->conn, sock, &from, sys_now_ms());
                server.connections++;
            }
        }
    }
}

/* Turns both until the fetch has ended; gives back all but each `use`-th part of the body. */
static void
turn_until_end(size_t max, size_t use)
{
    int64_t until = sys_now_ms() + LOOP_TIMEOUT_MS;
    body_len = 0;
    for (;;) {
        bool is_over = fetch.state == FETCH_DONE || fetch.state == FETCH_FAILED;
        sys_wants_start(&wants, until);
        fetch_wants(&fetch, &wants, true);
        server_wants();
        if (is_over) {
            sys_wants_wake(&wants, 0);
        }
        sys_poll(&wants);
        server_turn();
        struct bytes data = fetch_turn(&fetch, &wants, &scratch, max, sys_now_ms());
        size_t n = data.len < use || data.len - use > BLOCK_SIZE ? data.len : use;
        assert_true(n <= BODY_MAX - body_len);
        if (n > 0) {
            memcpy(body + body_len, data.ptr, n);
        }
        body_len += n;
        fetch_keep(&fetch, bytes_skip(data, n));
        assert_true(sys_now_ms() < until);
        if (is_over && data.len == 0) {
            return;
        }
    }
}

static void
start(const char *path, enum fetch_purpose purpose, bool gzip)
{
    static struct fetch_config config;
    char text[256];
    struct buf url = BUF(text);
    config =
        (struct fetch_config){.purpose = purpose, .user_agent = "samara/test", .accept_gzip = gzip};
    fetch_init(&fetch, &config);
    buf_text(&url, "http://");
    addr_print(&url, &server.at);
    buf_text(&url, path);
    fetch_start(&fetch, buf_bytes(&url), BYTES(""), 0, 0, sys_now_ms());
}

static int
set_up(void **state)
{
    (void)state;
    sys_init();
    memset(&fetch, 0, sizeof fetch);
    server_open();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    fetch_close(&fetch);
    server_close();
    return 0;
}

/* ---- One answer */

struct one {
    const char *name;
    struct bytes answer;
    bool close_after;
    const char *body; /* NULL: it must fail */
    int status;
    int64_t length;
};

static const struct one ones[] = {
    {"length", BYTES(OK_HEAD "Content-Length: 5\r\n\r\nhello"), false, "hello", 200, 5},
    {"empty", BYTES(OK_HEAD "Content-Length: 0\r\n\r\n"), false, "", 200, 0},
    {"no content", BYTES("HTTP/1.1 204 No Content\r\n\r\n"), false, "", 204, 0},
    {"more than said", BYTES(OK_HEAD "Content-Length: 5\r\n\r\nhello you"), false, "hello", 200, 5},
    {"until close", BYTES(OK_HEAD "\r\nhello"), true, "hello", 200, -1},
    {"old", BYTES("HTTP/1.0 200 OK\r\n\r\nhello"), true, "hello", 200, -1},
    {"bare line ends", BYTES("HTTP/1.0 200 OK\nContent-Length: 2\n\nhi"), true, "hi", 200, 2},
    {"chunked",
     BYTES(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n"
                   "Trailer: t\r\n\r\n"),
     false, "hello", 200, -1},
    {"continue", BYTES("HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD "Content-Length: 2\r\n\r\nhi"),
     false, "hi", 200, 2},
    {"not found", BYTES("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"), false, "gone",
     404, 4},
    {"gzip stays packed", BYTES(OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxy"),
     false, "xy", 200, 2},
    {"gzip chunked",
     BYTES(OK_HEAD "Content-Encoding: x-gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy"
                   "\r\n0\r\n\r\n"),
     false, "xy", 200, -1},
    {"unknown encoding", BYTES(OK_HEAD "Content-Encoding: br\r\nContent-Length: 2\r\n\r\nhi"),
     false, NULL, 0, 0},
    {"cut", BYTES(OK_HEAD "Content-Length: 9\r\n\r\nhello"), true, NULL, 0, 0},
    {"cut in a chunk", BYTES(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\nhello"), true, NULL, 0,
     0},
    {"bad chunk", BYTES(OK_HEAD "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), false, NULL, 0, 0},
    {"cut in the head", BYTES(OK_HEAD "Content-"), true, NULL, 0, 0},
    {"nothing", BYTES(""), true, NULL, 0, 0},
    {"no HTTP", BYTES("SSH-2.0-OpenSSH_9.2\r\n"), false, NULL, 0, 0},
    {"upgrade", BYTES("HTTP/1.1 101 Switching Protocols\r\n\r\n"), false, NULL, 0, 0},
    {"redirect to udp", BYTES("HTTP/1.1 302 Found\r\nLocation: udp://x:1/\r\n\r\n"), false, NULL, 0,
     0},
    {"redirect to nowhere", BYTES("HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhi"), false, "hi",
     302, 2},
};

static void
check_one(const struct one *o, size_t step, size_t use)
{
    server.answers = &o->answer;
    server.answer_count = 1;
    server.answered = 0;
    server.step = step;
    server.close_after = o->close_after;
    start("/x", FETCH_FOR_USER, true);
    turn_until_end(SIZE_MAX, use);
    if (!o->body) {
        assert_int_equal(fetch.state, FETCH_FAILED);
        assert_non_null(strstr(fetch.why, "127.0.0.1: "));
    } else {
        assert_int_equal(fetch.state, FETCH_DONE);
        assert_int_equal(fetch.status, o->status);
        assert_true(fetch.length == o->length);
        assert_int_equal(body_len, strlen(o->body));
        assert_memory_equal(body, o->body, body_len);
    }
    fetch_close(&fetch);
    memset(&fetch, 0, sizeof fetch);
}

static void
test_answers_are_read_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++) {
        for (size_t step = 1; step <= 100; step += step < 3 ? 1 : 97) {
            print_message("%s, %zu bytes a turn\n", ones[i].name, step);
            check_one(&ones[i], step, SIZE_MAX);
            check_one(&ones[i], step, 3);
        }
    }
}

static void
test_request_says_what_is_asked(void **state)
{
    (void)state;
    struct bytes answer = BYTES("HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n"
                                "Content-Range: bytes 7-9/20\r\nRetry-After: 17\r\n\r\nabc");
    server.answers = &answer;
    server.answer_count = 1;
    start("/x?a=b", FETCH_FOR_USER, true);
    fetch_cancel(&fetch);
    char url[64];
    struct buf b = BUF(url);
    buf_text(&b, "http://");
    addr_print(&b, &server.at);
    buf_text(&b, "/old");
    fetch_start(&fetch, buf_bytes(&b), BYTES("/new?q"), 7, 10, sys_now_ms());
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_int_equal(fetch.state, FETCH_DONE);
    assert_true(fetch.has_range);
    assert_int_equal(fetch.range_first, 7);
    assert_int_equal(fetch.range_last, 9);
    assert_int_equal(fetch.range_total, 20);
    assert_int_equal(fetch.retry_after_s, 17);
    char expected[512];
    snprintf(
        expected, sizeof expected,
        "GET /new?q HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: samara/test\r\nAccept: */*\r\n"
        "Accept-Encoding: gzip\r\nRange: bytes=7-9\r\n\r\n",
        server.at.port);
    assert_string_equal(server.request, expected);
}

/* ---- Redirects and addresses */

static void
test_redirects_are_followed(void **state)
{
    (void)state;
    const struct bytes answers[] = {
        BYTES("HTTP/1.1 301 Moved\r\nLocation: ../a b\r\nContent-Length: 0\r\n\r\n"),
        BYTES("HTTP/1.1 308 Moved\r\nLocation: ?c=d\r\nContent-Length: 0\r\n\r\n"),
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhi"),
        BYTES("HTTP/1.1 307 Moved\r\nLocation: /z\r\nContent-Length: 0\r\n\r\n"),
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nho"),
    };
    server.answers = answers;
    server.answer_count = 5;
    start("/x/y/z", FETCH_FOR_USER, false);
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_int_equal(fetch.state, FETCH_DONE);
    assert_true(fetch.moved && fetch.redirect_permanent);
    assert_int_equal(strncmp(server.request, "GET /x/a%20b?c=d HTTP/1.1\r\n", 27), 0);
    start("/x", FETCH_FOR_USER, false);
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_true(fetch.moved && !fetch.redirect_permanent);
    assert_memory_equal(body, "ho", 2);
}

static void
test_endless_redirects_end(void **state)
{
    (void)state;
    struct bytes answers[HTTP_REDIRECTS_MAX + 1];
    for (size_t i = 0; i <= HTTP_REDIRECTS_MAX; i++) {
        answers[i] = BYTES("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
    }
    server.answers = answers;
    server.answer_count = HTTP_REDIRECTS_MAX + 1;
    start("/x", FETCH_FOR_USER, false);
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_string_equal(fetch.why, "127.0.0.1: it redirects too often");
    assert_int_equal(server.answered, HTTP_REDIRECTS_MAX + 1);
}

static void
test_local_addresses_are_for_honest_urls_only(void **state)
{
    (void)state;
    struct bytes answer = BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhi");
    const struct {
        const char *path;
        enum fetch_purpose purpose;
        bool is_ok;
    } cases[] = {
        {"/announce", FETCH_FOR_TRACKER, true},      {"/x/announce?y", FETCH_FOR_TRACKER, true},
        {"/reboot", FETCH_FOR_TRACKER, false},       {"/file.iso", FETCH_FOR_WEBSEED, true},
        {"/set?dns=evil", FETCH_FOR_WEBSEED, false}, {"/set?dns=good", FETCH_FOR_USER, true},
    };
    server.answers = &answer;
    server.answer_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        server.answered = 0;
        start(cases[i].path, cases[i].purpose, false);
        turn_until_end(SIZE_MAX, SIZE_MAX);
        assert_int_equal(fetch.state, cases[i].is_ok ? FETCH_DONE : FETCH_FAILED);
        assert_int_equal(server.answered, cases[i].is_ok);
        fetch_close(&fetch);
    }
}

static void
test_public_server_cannot_send_us_home(void **state)
{
    (void)state;
    struct bytes answers[] = {
        BYTES("HTTP/1.1 302 Found\r\nLocation: /announce\r\nContent-Length: 0\r\n\r\n"),
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhi"),
    };
    server.answers = answers;
    server.answer_count = 2;
    start("/announce", FETCH_FOR_TRACKER, false);
    fetch.was_global = true; /* as if an earlier hop had been far away */
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_int_equal(fetch.state, FETCH_FAILED);
    assert_non_null(strstr(fetch.why, "local network"));
    assert_int_equal(server.answered, 1);
}

/* ---- Connections */

static void
test_connection_is_used_again(void **state)
{
    (void)state;
    const struct bytes answers[] = {
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhi"),
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nho"),
        BYTES(OK_HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nha"),
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhe"),
    };
    server.answers = answers;
    server.answer_count = 4;
    const uint32_t connections[] = {1, 1, 1, 2};
    for (int i = 0; i < 4; i++) {
        char url[64];
        struct buf b = BUF(url);
        if (i == 0) {
            start("/x", FETCH_FOR_USER, false);
        } else {
            buf_text(&b, "http://");
            addr_print(&b, &server.at);
            fetch_start(&fetch, buf_bytes(&b), BYTES(""), 0, 0, sys_now_ms());
        }
        turn_until_end(SIZE_MAX, SIZE_MAX);
        assert_int_equal(fetch.state, FETCH_DONE);
        assert_int_equal(server.connections, connections[i]);
    }
    assert_memory_equal(body, "he", 2);
}

static void
test_dead_connection_is_replaced_once(void **state)
{
    (void)state;
    const struct bytes answers[] = {
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhi"),
        BYTES(OK_HEAD "Content-Length: 2\r\n\r\nho"),
    };
    server.answers = answers;
    server.answer_count = 2;
    start("/x", FETCH_FOR_USER, false);
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_int_equal(fetch.conn.state, CONN_OPEN);
    conn_close(&server.v[0].conn); /* the client does not know yet */
    char url[64];
    struct buf b = BUF(url);
    buf_text(&b, "http://");
    addr_print(&b, &server.at);
    fetch_start(&fetch, buf_bytes(&b), BYTES(""), 0, 0, sys_now_ms());
    assert_true(fetch.conn_reused);
    turn_until_end(SIZE_MAX, SIZE_MAX);
    assert_int_equal(fetch.state, FETCH_DONE);
    assert_memory_equal(body, "ho", 2);
    assert_int_equal(server.connections, 2);
}

static void
test_idle_connection_that_ends_is_dropped(void **state)
{
    (void)state;
    struct bytes answer = BYTES(OK_HEAD "Content-Length: 2\r\n\r\nhi");
    server.answers = &answer;
    server.answer_count = 1;
    start("/x", FETCH_FOR_USER, false);
    turn_until_end(SIZE_MAX, SIZE_MAX);
    conn_close(&server.v[0].conn);
    while (fetch.conn.state == CONN_OPEN) {
        sys_wants_start(&wants, sys_now_ms() + LOOP_TIMEOUT_MS);
        fetch_wants(&fetch, &wants, true);
        sys_poll(&wants);
        fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms());
    }
    assert_int_equal(fetch.state, FETCH_DONE);
}

static void
test_refusal_names_the_host(void **state)
{
    (void)state;
    sys_sock_close(&server.listener);
    start("/x", FETCH_FOR_USER, false);
    int64_t until = sys_now_ms() + LOOP_TIMEOUT_MS;
    while (fetch.state != FETCH_FAILED) {
        assert_true(sys_now_ms() < until);
        sys_wants_start(&wants, until);
        fetch_wants(&fetch, &wants, true);
        sys_poll(&wants);
        fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms());
    }
    assert_string_equal(fetch.why, "127.0.0.1: connection refused");
}

static void
test_silence_ends_in_time(void **state)
{
    (void)state;
    server.answer_count = 0;
    start("/x", FETCH_FOR_USER, false);
    while (fetch.state != FETCH_HEAD) {
        sys_wants_start(&wants, sys_now_ms() + LOOP_TIMEOUT_MS);
        fetch_wants(&fetch, &wants, true);
        server_wants();
        sys_poll(&wants);
        server_turn();
        fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms());
    }
    sys_wants_start(&wants, INT64_MAX);
    fetch_wants(&fetch, &wants, true);
    assert_true(wants.deadline_ms <= sys_now_ms() + HTTP_TIMEOUT_MS);
    fetch_turn(&fetch, &wants, &scratch, SIZE_MAX, sys_now_ms() + HTTP_TIMEOUT_MS + 1);
    assert_string_equal(fetch.why, "127.0.0.1: no answer");
}

static void
test_bad_addresses_are_refused(void **state)
{
    (void)state;
    const char *const urls[] = {"udp://x:1/announce", "ftp://x/", "http://", "nonsense", ""};
    struct fetch_config config = {.user_agent = "x"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        fetch_init(&fetch, &config);
        fetch_start(&fetch, bytes_of_text(urls[i]), BYTES(""), 0, 0, sys_now_ms());
        assert_int_equal(fetch.state, FETCH_FAILED);
    }
    static uint8_t longer[URL_LEN_MAX + 1];
    fetch_start(&fetch, bytes_of(longer, sizeof longer), BYTES(""), 0, 0, sys_now_ms());
    assert_int_equal(fetch.state, FETCH_FAILED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers_are_read_in_pieces_of_any_size, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_request_says_what_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_redirects_are_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_endless_redirects_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_local_addresses_are_for_honest_urls_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_public_server_cannot_send_us_home, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connection_is_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dead_connection_is_replaced_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_idle_connection_that_ends_is_dropped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_refusal_names_the_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_ends_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_addresses_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
