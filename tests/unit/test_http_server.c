/* The server with clients of one process: raw sockets for odd requests, net/fetch for long bodies.
 */
#include "net/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/fetch.h"
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

static void
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

static void
turn(int64_t later_ms)
{
    sys_poll(&wants);
    http_server_turn(server, &wants, &scratch, sys_now_ms() + later_ms);
}

static void
start_turn(void)
{
    sys_wants_start(&wants, sys_now_ms() + 100);
    http_server_wants(server, &wants, sys_now_ms());
}

static int
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

static int
set_up_for_post(void **state)
{
    *state = &server;
    return set_up(state);
}

static int
tear_down(void **state)
{
    (void)state;
    http_server_close(server);
    sys_remove(dir, file_name);
    sys_dir_close(&dir);
    return 0;
}

static sys_sock
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
static void
send_raw(sys_sock sock, struct bytes request)
{
    assert_int_equal(sys_tcp_send(sock, request.ptr, request.len, false), request.len);
}

/* Receives until the server closes, or until `until` stands at the end. False: it closed. */
static bool
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

static size_t
count(const char *text)
{
    size_t n = 0;
    for (const char *p = (const char *)got; (p = strstr(p, text)) != NULL; p++) {
        n++;
    }
    return n;
}

static void
test_odd_requests_get_the_right_status(void **state)
{
    (void)state;
    const struct {
        struct bytes request;
        const char *status, *path;
    } cases[] = {
        {BYTES("GET /hi HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK", "/hi"},
        {BYTES("\r\nGET /hi HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK", "/hi"},
        {BYTES("GET http://x/hi HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK", "/hi"},
        {BYTES("GET /h%69?/../ HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK", "/hi"},
        {BYTES("GET /a%5c..\\b HTTP/1.0\r\n\r\n"), "HTTP/1.1 404 Not Found", "/a\\..\\b"},
        {BYTES("GET /../x HTTP/1.0\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET /x/%2e%2E HTTP/1.0\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET /x%2f..%2fy HTTP/1.0\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET /%00 HTTP/1.0\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET /%zz HTTP/1.0\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET x HTTP/1.0\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET /hi HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""}, /* no Host */
        {BYTES("nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("GET /hi HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"), "HTTP/1.1 400 Bad Request", ""},
        {BYTES("POST /hi HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"),
         "HTTP/1.1 405 Method Not Allowed", ""},
        {BYTES("GET /hi HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"),
         "HTTP/1.1 413 Content Too Large", ""},
        {BYTES("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 405 Method Not Allowed", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sys_sock sock = connect_raw();
        path_seen[0] = '\0';
        send_raw(sock, cases[i].request);
        bool is_good = strcmp(cases[i].status, "HTTP/1.1 200 OK") == 0;
        receive_raw(sock, is_good ? BYTES("hi!") : bytes_of_text(cases[i].status + 9));
        assert_int_equal(strncmp((char *)got, cases[i].status, strlen(cases[i].status)), 0);
        assert_string_equal(path_seen, cases[i].path);
        sys_sock_close(&sock);
    }
}

static void
test_long_requests_are_refused(void **state)
{
    (void)state;
    static char long_text[2 * HTTP_HEAD_MAX];
    const char *const begins[] = {"GET /", "GET / HTTP/1.1\r\nHost: x\r\nA: ", "GET /"};
    const char *const statuses[] = {"HTTP/1.1 414", "HTTP/1.1 431", "HTTP/1.1 414"};
    for (size_t i = 0; i < 3; i++) {
        memset(long_text, 'a', sizeof long_text);
        memcpy(long_text, begins[i], strlen(begins[i]));
        if (i == 2) { /* within the head's limit, over that of a path */
            memcpy(long_text + 6000, " HTTP/1.0\r\n\r\n", 13);
        }
        sys_sock sock = connect_raw();
        send_raw(sock, bytes_of(long_text, i == 2 ? 6013 : sizeof long_text));
        receive_raw(sock, bytes_of_text(i == 1 ? "Too Large" : "Too Long"));
        assert_int_equal(strncmp((char *)got, statuses[i], strlen(statuses[i])), 0);
        sys_sock_close(&sock);
    }
}

static void
test_pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    enum { REQUESTS = 200 };
    struct bytes one = BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n");
    static char many[REQUESTS * 64];
    struct buf b = BUF(many);
    for (int i = 0; i < REQUESTS; i++) {
        buf_add(&b, one);
    }
    buf_text(&b, "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    sys_sock sock = connect_raw();
    send_raw(sock, buf_bytes(&b));
    assert_false(receive_raw(sock, BYTES("")));
    assert_int_equal(count("HTTP/1.1 200 OK\r\n"), REQUESTS);
    assert_int_equal(count("\r\n\r\nhi!"), REQUESTS);
    assert_true(bytes_ends(bytes_of(got, got_len), BYTES("404 Not Found")));
    sys_sock_close(&sock);
}

static void
test_requests_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct bytes request = BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n");
    sys_sock sock = connect_raw();
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < request.len; i++) {
            send_raw(sock, bytes_of(request.ptr + i, 1));
            start_turn();
            turn(0);
        }
        assert_true(receive_raw(sock, BYTES("hi!")));
    }
    sys_sock_close(&sock);
}

static void
test_slow_heads_are_cut_off(void **state)
{
    (void)state;
    sys_sock slow = connect_raw();
    send_raw(slow, BYTES("GET /hi HTT"));
    for (int i = 0; i < 3; i++) { /* accepted, received */
        start_turn();
        turn(0);
    }
    start_turn();
    turn(HTTP_REQUEST_TIMEOUT_MS - 1000);
    assert_int_equal(sys_tcp_recv(slow, got, 1), SYS_AGAIN);
    start_turn();
    turn(HTTP_REQUEST_TIMEOUT_MS + 1000);
    assert_false(receive_raw(slow, BYTES("")));
    assert_int_equal(got_len, 0);
    sys_sock_close(&slow);
}

static void
test_idle_clients_make_room_and_others_are_told(void **state)
{
    (void)state;
    sys_sock socks[CLIENTS + 1];
    for (int i = 0; i < CLIENTS; i++) {
        socks[i] = connect_raw();
        start_turn();
        turn(0);
    }
    socks[CLIENTS] = connect_raw(); /* nobody has been answered yet: all are taken */
    assert_false(receive_raw(socks[CLIENTS], BYTES("")));
    assert_int_equal(count("HTTP/1.1 503"), 1);
    sys_sock_close(&socks[CLIENTS]);
    send_raw(socks[0], BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(receive_raw(socks[0], BYTES("hi!")));
    socks[CLIENTS] = connect_raw(); /* takes the place of the idle one */
    send_raw(socks[CLIENTS], BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(receive_raw(socks[CLIENTS], BYTES("hi!")));
    assert_false(receive_raw(socks[0], BYTES("")));
    for (int i = 0; i <= CLIENTS; i++) {
        sys_sock_close(&socks[i]);
    }
}

/* From 127.0.0.`last`. */
static sys_sock
connect_from(uint8_t last)
{
    struct sockaddr_in own = {.sin_family = AF_INET}, to = own;
    own.sin_addr.s_addr = htonl(0x7f000000u + last);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(at.port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int
count_closed(const sys_sock *socks, int n)
{
    int closed = 0;
    for (int i = 0; i < n; i++) {
        int64_t result = sys_tcp_recv(socks[i], got, 1);
        closed += result != SYS_AGAIN && result <= 0;
    }
    return closed;
}

static void
test_of_a_crowd_one_makes_room(void **state)
{
    (void)state;
    sys_sock crowd[CLIENTS], other;
    for (int i = 0; i < CLIENTS; i++) {
        crowd[i] = connect_from(2);
        send_raw(crowd[i], BYTES("GET /hi HTT"));
        start_turn();
        turn(0);
    }
    for (int i = 0; i < 2; i++) { /* the second takes the place of the first */
        other = connect_from(3);
        send_raw(other, BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_true(receive_raw(other, BYTES("hi!")));
        assert_int_equal(count_closed(crowd, CLIENTS), 1);
        sys_sock_close(&other);
        start_turn();
        turn(0);
    }
    sys_sock more = connect_from(2); /* takes the free place; the next one of the crowd none */
    start_turn();
    turn(0);
    other = connect_from(2);
    assert_false(receive_raw(other, BYTES("")));
    assert_int_equal(count("HTTP/1.1 503"), 1);
    sys_sock_close(&other);
    sys_sock_close(&more);
    for (int i = 0; i < CLIENTS; i++) {
        sys_sock_close(&crowd[i]);
    }
}

static void
test_who_keeps_us_waiting_makes_room(void **state)
{
    (void)state;
    sys_sock slow[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        slow[i] = connect_raw();
        send_raw(slow[i], BYTES("GET /hi HTT"));
        start_turn();
        turn(0);
    }
    sys_sock other = connect_from(1);
    start_turn();
    turn(HTTP_PATIENCE_MS + 100);
    send_raw(other, BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(receive_raw(other, BYTES("hi!")));
    assert_int_equal(count_closed(slow, CLIENTS), 1);
    assert_int_equal(count_closed(slow, 1), 1); /* it was the first */
    sys_sock_close(&other);
    for (int i = 0; i < CLIENTS; i++) {
        sys_sock_close(&slow[i]);
    }
}

static void
fetch_and_compare(const char *path, uint64_t first, uint64_t end, size_t max)
{
    static struct fetch f;
    struct fetch_config config = {.purpose = FETCH_FOR_USER, .user_agent = "test"};
    char url[64];
    struct buf b = BUF(url);
    size_t len = 0;
    memset(&f, 0, sizeof f);
    fetch_init(&f, &config);
    buf_text(&b, "http://");
    addr_print(&b, &at);
    buf_text(&b, path);
    fetch_start(&f, buf_bytes(&b), BYTES(""), first, end, sys_now_ms());
    while (f.state != FETCH_DONE) {
        start_turn();
        fetch_wants(&f, &wants, true);
        turn(0);
        struct bytes in = fetch_turn(&f, &wants, &scratch, max, sys_now_ms());
        assert_int_not_equal(f.state, FETCH_FAILED);
        assert_true(in.len <= sizeof got - len);
        if (in.len > 0) {
            memcpy(got + len, in.ptr, in.len);
        }
        len += in.len;
    }
    assert_int_equal(f.status, end > 0 ? 206 : 200);
    assert_int_equal(len, end > 0 ? end - first : (uint64_t)f.length);
    assert_memory_equal(got, data + first, len);
    fetch_close(&f);
}

static void
test_long_bodies_arrive_whole(void **state)
{
    (void)state;
    const char *const paths[] = {"/long", "/static", "/file"};
    uint64_t sent = http_server_sent(server);
    for (size_t i = 0; i < 3; i++) {
        fetch_and_compare(paths[i], 0, 0, SIZE_MAX);
        fetch_and_compare(paths[i], 0, 0, 5000);
        fetch_and_compare(paths[i], 990, 1010, SIZE_MAX);
        fetch_and_compare(paths[i], 999, 400000, SIZE_MAX);
        fetch_and_compare(paths[i], 1000, 1001, SIZE_MAX);
    }
    uint64_t wholes = 2 * (2 * LONG + FILE_SIZE + 1000);
    assert_int_equal(http_server_sent(server) - sent, wholes + 3 * (20 + 399001 + 1));
}

/* Memory that is being sent from must stay, and what counts, too; till the client is gone. */
static void
test_it_tells_what_it_still_needs(void **state)
{
    (void)state;
    const char *const paths[] = {"/static", "/file"};
    struct bytes body = bytes_of(data, LONG), counter = bytes_of(&counted, sizeof counted);
    for (size_t i = 0; i < 2; i++) {
        char request[64];
        counted = 0;
        assert_false(http_server_holds(server, body) || http_server_holds(server, counter));
        sys_sock sock = connect_raw();
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
        for (int k = 0; k < 20; k++) { /* it reads nothing, so these answers cannot end */
            send_raw(sock, bytes_of_text(request));
            start_turn();
            turn(0);
        }
        assert_int_equal(http_server_holds(server, body), i == 0);
        assert_false(http_server_holds(server, bytes_of(data, 0)));
        assert_true(http_server_holds(server, counter));
        assert_true(counted > 0);
        sys_sock_close(&sock);
        for (int k = 0; k < 20 && http_server_holds(server, counter); k++) {
            start_turn();
            turn(0);
        }
    }
    assert_false(http_server_holds(server, body) || http_server_holds(server, counter));
}

static void
test_clients_that_leave_in_the_middle_do_no_harm(void **state)
{
    (void)state;
    const char *const paths[] = {"/long", "/static", "/file"};
    for (int i = 0; i < 30; i++) {
        char request[64];
        sys_sock sock = connect_raw();
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i % 3]);
        send_raw(sock, bytes_of_text(request));
        for (int k = 0; k < i % 4; k++) {
            start_turn();
            turn(0);
        }
        sys_sock_close(&sock);
    }
    fetch_and_compare("/long", 0, 0, SIZE_MAX); /* the large buffers came back */
}

static void
test_a_stream_goes_on_till_the_client_leaves(void **state)
{
    (void)state;
    sys_sock sock = connect_raw();
    assert_int_equal(http_server_streams(server), 0);
    send_raw(sock, BYTES("GET /stream HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n"));
    assert_true(receive_raw(sock, BYTES("\r\n\r\none ")));
    assert_memory_equal(got, "HTTP/1.1 200 ", 13);
    assert_null(strstr((char *)got, "Content-Length"));
    assert_non_null(strstr((char *)got, "Connection: close"));
    assert_int_equal(http_server_streams(server), 1);
    http_server_push(server, BYTES("two "));
    assert_true(receive_raw(sock, BYTES("two ")));
    /* It may say nothing for hours, and what it says is not heard. */
    send_raw(sock, BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n"));
    start_turn();
    turn(HTTP_IDLE_TIMEOUT_MS * 60);
    assert_int_equal(http_server_streams(server), 1);
    http_server_push(server, BYTES("three"));
    assert_true(receive_raw(sock, BYTES("three")));
    assert_int_equal(got_len, 5);
    sys_sock_close(&sock);
    for (int i = 0; i < 100 && http_server_streams(server) > 0; i++) {
        start_turn();
        turn(0);
    }
    assert_int_equal(http_server_streams(server), 0);
}

static void
test_a_stream_that_is_not_read_misses_parts_and_stays(void **state)
{
    (void)state;
    sys_sock sock = connect_raw();
    send_raw(sock, BYTES("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(receive_raw(sock, BYTES("one ")));
    for (int i = 0; i < 2000; i++) {
        http_server_push(server, bytes_of(data, 20000));
        if (i % 100 == 0) {
            start_turn();
            turn(0);
        }
    }
    assert_int_equal(http_server_streams(server), 1);
    sys_sock_close(&sock);
}

static void
test_post_if_wanted(void **state)
{
    (void)state;
    static const struct {
        struct bytes request;
        const char *status;
    } table[] = {
        {BYTES("POST /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               "Content-Length: 0\r\n\r\n"),
         "204"},
        {BYTES("POST /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "204"},
        {BYTES("POST /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               "Content-Length: 1\r\n\r\nx"),
         "413"},
        {BYTES("GET /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "405"},
        {BYTES("PUT /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "405"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        sys_sock sock = connect_raw();
        send_raw(sock, table[i].request);
        receive_raw(sock, BYTES("")); /* until it is closed */
        assert_memory_equal(got + 9, table[i].status, 3);
        if (i == 3) {
            assert_non_null(strstr((char *)got, "Allow: POST\r\n"));
        }
        sys_sock_close(&sock);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_odd_requests_get_the_right_status),
        TEST(test_long_requests_are_refused),
        TEST(test_pipelined_requests_are_answered_in_order),
        TEST(test_requests_may_come_byte_by_byte),
        TEST(test_slow_heads_are_cut_off),
        TEST(test_idle_clients_make_room_and_others_are_told),
        TEST(test_of_a_crowd_one_makes_room),
        TEST(test_who_keeps_us_waiting_makes_room),
        TEST(test_a_stream_goes_on_till_the_client_leaves),
        TEST(test_a_stream_that_is_not_read_misses_parts_and_stays),
        cmocka_unit_test_setup_teardown(test_post_if_wanted, set_up_for_post, tear_down),
        TEST(test_long_bodies_arrive_whole),
        TEST(test_it_tells_what_it_still_needs),
        TEST(test_clients_that_leave_in_the_middle_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
