/* The server with clients of one process: raw sockets for odd requests, net/fetch for long bodies.
 */
#include "unit/http_server_lab.h"

#include "net/fetch.h"

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
        TEST(test_a_stream_goes_on_till_the_client_leaves),
        TEST(test_a_stream_that_is_not_read_misses_parts_and_stays),
        cmocka_unit_test_setup_teardown(test_post_if_wanted, set_up_for_post, tear_down),
        TEST(test_long_bodies_arrive_whole),
        TEST(test_it_tells_what_it_still_needs),
        TEST(test_clients_that_leave_in_the_middle_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
