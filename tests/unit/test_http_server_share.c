/* Clients that want more than there is: places, and bytes of files. */
#include "unit/http_server_lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

/* Two clients of files share what a second allows, and others need not wait for it. */
static void
test_files_are_limited_fairly(void **state)
{
    (void)state;
    enum { PER_S = 200000, MS = 1500 };
    struct http_server_config config = {.handler = handle, .clients_max = 4, .files_per_s = PER_S};
    struct addr before = at;
    struct http_server *all = server;
    sys_sock socks[2] = {SYS_NONE, SYS_NONE};
    size_t sums[2] = {0};
    int error;
    assert_true(addr_parse(BYTES("127.0.0.1:1"), &config.listen));
    config.listen.port = 0;
    server = http_server_open(&config, &error);
    assert_non_null(server);
    at = http_server_addr(server);
    for (int i = 0; i < 2; i++) {
        socks[i] = connect_raw();
        send_raw(socks[i], BYTES("GET /file HTTP/1.1\r\nHost: x\r\n\r\n"));
    }
    int64_t end_ms = sys_now_ms() + MS;
    while (sys_now_ms() < end_ms) {
        start_turn();
        for (int i = 0; i < 2; i++) {
            sys_wants_add(&wants, socks[i], true, false);
        }
        turn(0);
        for (int i = 0; i < 2; i++) {
            int64_t n = sys_tcp_recv(socks[i], got, sizeof got);
            sums[i] += n > 0 ? (size_t)n : 0;
        }
    }
    assert_in_range(sums[0] + sums[1], PER_S * MS / 1000 * 7 / 10, PER_S * MS / 1000 * 15 / 10);
    assert_in_range(sums[0], sums[1] * 7 / 10, sums[1] * 14 / 10);
    sys_sock third = connect_raw();
    int64_t asked_ms = sys_now_ms();
    send_raw(third, BYTES("GET /hi HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(receive_raw(third, BYTES("hi!")));
    assert_true(sys_now_ms() - asked_ms < 500);
    for (int i = 0; i < 2; i++) {
        sys_sock_close(&socks[i]);
    }
    sys_sock_close(&third);
    http_server_close(server);
    server = all;
    at = before;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_idle_clients_make_room_and_others_are_told),
        TEST(test_of_a_crowd_one_makes_room),
        TEST(test_who_keeps_us_waiting_makes_room),
        TEST(test_files_are_limited_fairly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
