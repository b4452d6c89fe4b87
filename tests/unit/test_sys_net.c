#include "sys/sys.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static struct sys_wants wants;
static const uint8_t loopback[4] = {127, 0, 0, 1};

/* Waits for one socket; true when it can do what is asked within 5 s. */
static bool
wait_for(sys_sock s, bool read, bool write)
{
    int64_t end = sys_now_ms() + 5000;
    for (;;) {
        sys_wants_start(&wants, end);
        uint32_t i = sys_wants_add(&wants, s, read, write);
        sys_poll(&wants);
        if (sys_can_read(&wants, i) || sys_can_write(&wants, i)) {
            return true;
        }
        if (sys_now_ms() >= end) {
            return false;
        }
    }
}

/* Two ends of a connection by way of `listener`. */
static void
connect_pair(sys_sock listener, const struct addr *at, sys_sock *a, sys_sock *b)
{
    struct addr from;
    assert_int_equal(sys_tcp_connect(at, a), SYS_OK);
    assert_true(wait_for(listener, true, false));
    assert_int_equal(sys_tcp_accept(listener, b, &from), SYS_OK);
    assert_true(wait_for(*a, false, true));
    assert_int_equal(sys_tcp_connected(*a), SYS_OK);
    struct addr local = sys_sock_local(*a);
    assert_true(addr_equal(&local, &from));
}

static void
test_tcp_moves_bytes_both_ways(void **state)
{
    (void)state;
    sys_sock listener = SYS_NONE, a = SYS_NONE, b = SYS_NONE;
    struct addr any = {0};
    assert_int_equal(sys_tcp_listen(&any, &listener), SYS_OK);
    struct addr at = addr_v4(loopback, sys_sock_local(listener).port);
    assert_true(at.port > 0);
    struct addr from;
    assert_int_equal(sys_tcp_accept(listener, &b, &from), SYS_AGAIN);
    connect_pair(listener, &at, &a, &b);

    char got[16];
    assert_int_equal(sys_tcp_recv(b, got, sizeof got), SYS_AGAIN);
    assert_int_equal(sys_tcp_send(a, "ab", 2, true), 2);
    assert_int_equal(sys_tcp_send(a, "cd", 2, false), 2);
    assert_true(wait_for(b, true, false));
    assert_int_equal(sys_tcp_recv(b, got, sizeof got), 4);
    assert_memory_equal(got, "abcd", 4);
    assert_int_equal(sys_tcp_send(b, "x", 1, false), 1);
    assert_true(wait_for(a, true, false));
    assert_int_equal(sys_tcp_recv(a, got, sizeof got), 1);

    sys_sock_close(&a);
    assert_int_equal(a, SYS_NONE);
    assert_true(wait_for(b, true, false));
    assert_int_equal(sys_tcp_recv(b, got, sizeof got), 0);
    sys_tcp_send(b, "x", 1, false);
    assert_true(wait_for(b, true, false));
    assert_int_equal(sys_tcp_send(b, "x", 1, false), SYS_RESET);
    sys_sock_close(&b);
    sys_sock_close(&listener);
    sys_sock_close(&listener); /* harmless */
}

static void
test_tcp_ipv6_reaches_the_same_listener(void **state)
{
    (void)state;
    sys_sock listener = SYS_NONE, a = SYS_NONE, b = SYS_NONE;
    struct addr any = {0};
    assert_int_equal(sys_tcp_listen(&any, &listener), SYS_OK);
    static const uint8_t one[16] = {[15] = 1};
    struct addr at = addr_v6(one, sys_sock_local(listener).port);
    if (sys_tcp_connect(&at, &a) == SYS_OK) { /* a machine without IPv6 says UNREACHABLE */
        sys_sock_close(&a);
        struct addr from;
        assert_true(wait_for(listener, true, false));
        assert_int_equal(sys_tcp_accept(listener, &b, &from), SYS_OK);
        assert_true(addr_same_ip(&from, &at));
        sys_sock_close(&b);
    }
    sys_sock_close(&listener);
}

static void
test_tcp_refused_and_in_use_are_told(void **state)
{
    (void)state;
    sys_sock listener = SYS_NONE, other = SYS_NONE, a = SYS_NONE;
    struct addr any = addr_v4(loopback, 0);
    assert_int_equal(sys_tcp_listen(&any, &listener), SYS_OK);
    struct addr at = sys_sock_local(listener);
    assert_int_equal(sys_tcp_listen(&at, &other), SYS_IN_USE);
    sys_sock_close(&listener);
    int result = sys_tcp_connect(&at, &a);
    if (result == SYS_OK) {
        assert_true(wait_for(a, false, true));
        result = sys_tcp_connected(a);
        sys_sock_close(&a);
    }
    assert_int_equal(result, SYS_REFUSED);
}

static void
test_tcp_backpressure_and_send_file(void **state)
{
    (void)state;
    enum { SIZE = 8 << 20 };
    char path[] = "/tmp/samara-test-XXXXXX";
    close(mkstemp(path));
    sys_file f = SYS_NONE;
    assert_int_equal(sys_file_open_path(path, SYS_WRITE, &f), SYS_OK);
    unlink(path);
    static uint8_t data[SIZE], got[SIZE];
    for (size_t i = 0; i < SIZE; i++) {
        data[i] = (uint8_t)(i * 7 + (i >> 9));
    }
    assert_int_equal(sys_file_write(f, 0, data, SIZE), SIZE);

    sys_sock listener = SYS_NONE, a = SYS_NONE, b = SYS_NONE;
    struct addr any = addr_v4(loopback, 0);
    assert_int_equal(sys_tcp_listen(&any, &listener), SYS_OK);
    struct addr at = sys_sock_local(listener);
    connect_pair(listener, &at, &a, &b);
    assert_int_equal(sys_tcp_send_file(a, f, SIZE, 1), SYS_IO);
    assert_int_equal(sys_tcp_send_file(a, f, 0, 0), 0);
    int64_t sent = 0, received = 0;
    bool was_full = false;
    while (received < SIZE) {
        int64_t n = sent < SIZE ? sys_tcp_send_file(a, f, sent, (size_t)(SIZE - sent)) : 0;
        was_full = was_full || n == SYS_AGAIN;
        sent += n > 0 ? n : 0;
        if (n == SYS_AGAIN || sent == SIZE) {
            assert_true(wait_for(b, true, false));
            n = sys_tcp_recv(b, got + received, (size_t)(SIZE - received));
            assert_true(n > 0);
            received += n;
        }
    }
    assert_true(was_full);
    assert_memory_equal(data, got, SIZE);
    sys_sock_close(&a);
    sys_sock_close(&b);
    sys_sock_close(&listener);
    sys_file_close(&f);
}

/* Without descriptors a listener turns clients away instead of spinning. */
static void
test_accept_without_descriptors_turns_away(void **state)
{
    (void)state;
    sys_sock listener = SYS_NONE, a = SYS_NONE, b = SYS_NONE;
    struct addr any = addr_v4(loopback, 0), from;
    assert_int_equal(sys_tcp_listen(&any, &listener), SYS_OK);
    struct addr at = sys_sock_local(listener);
    assert_int_equal(sys_tcp_connect(&at, &a), SYS_OK);
    assert_true(wait_for(listener, true, false));
    struct rlimit kept, none;
    getrlimit(RLIMIT_NOFILE, &kept);
    none = kept;
    none.rlim_cur = 3;
    int fill[64], count = 0;
    none.rlim_cur = (rlim_t)a + 1;
    setrlimit(RLIMIT_NOFILE, &none);
    while (count < 64 && (fill[count] = dup(0)) >= 0) {
        count++;
    }
    assert_int_equal(sys_tcp_accept(listener, &b, &from), SYS_AGAIN);
    assert_int_equal(sys_tcp_accept(listener, &b, &from), SYS_AGAIN);
    setrlimit(RLIMIT_NOFILE, &kept);
    while (count > 0) {
        close(fill[--count]);
    }
    char got[4];
    assert_true(wait_for(a, true, false));
    assert_int_equal(sys_tcp_recv(a, got, sizeof got), 0);
    sys_sock_close(&a);
    sys_sock_close(&listener);
}

static void
test_udp_keeps_messages_apart(void **state)
{
    (void)state;
    sys_sock a = SYS_NONE, b = SYS_NONE;
    struct addr any = {0};
    assert_int_equal(sys_udp_open(&any, &a), SYS_OK);
    assert_int_equal(sys_udp_open(&any, &b), SYS_OK);
    struct addr to = addr_v4(loopback, sys_sock_local(b).port), from;
    char got[16];
    assert_int_equal(sys_udp_recv(b, got, sizeof got, &from), SYS_AGAIN);
    assert_int_equal(sys_udp_send(a, "one", 3, &to), 3);
    assert_int_equal(sys_udp_send(a, "three", 5, &to), 5);
    assert_true(wait_for(b, true, false));
    assert_int_equal(sys_udp_recv(b, got, sizeof got, &from), 3);
    assert_true(addr_same_ip(&from, &to));
    assert_int_equal(from.port, sys_sock_local(a).port);
    assert_int_equal(sys_udp_recv(b, got, sizeof got, &from), 5);
    sys_sock_close(&a);
    sys_sock_close(&b);
}

static int
lookup(const char *host, struct addr *out, size_t max, size_t *count)
{
    int ticket = sys_lookup_start(host);
    assert_true(ticket > 0);
    int result;
    while ((result = sys_lookup_take(ticket, out, max, count)) == SYS_AGAIN) {
        sys_wants_start(&wants, sys_now_ms() + 10000);
        sys_poll(&wants);
    }
    size_t none;
    assert_int_equal(sys_lookup_take(ticket, out, max, &none), SYS_NOT_FOUND); /* used up */
    return result;
}

static void
test_lookup_finds_localhost(void **state)
{
    (void)state;
    struct addr found[4];
    size_t count;
    assert_int_equal(lookup("localhost", found, 4, &count), SYS_OK);
    assert_in_range(count, 1, 4);
    assert_true(addr_is_loopback(&found[0]));
    assert_int_equal(lookup("localhost", found, 0, &count), SYS_OK);
    assert_int_equal(count, 0);
    static char long_name[5000];
    memset(long_name, 'a', sizeof long_name - 1);
    assert_true(lookup(long_name, found, 4, &count) < 0);
    assert_int_equal(count, 0);
}

static void
test_lookup_slots_come_back(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        int tickets[8];
        for (int i = 0; i < 8; i++) {
            tickets[i] = sys_lookup_start("localhost");
        }
        for (int i = 0; i < 8; i++) {
            sys_lookup_drop(tickets[i]); /* harmless on failures */
            sys_lookup_drop(tickets[i]);
        }
        int64_t end = sys_now_ms() + 5000;
        int ticket;
        while ((ticket = sys_lookup_start("localhost")) == SYS_AGAIN && sys_now_ms() < end) {
            usleep(1000);
        }
        assert_true(ticket > 0);
        sys_lookup_drop(ticket);
    }
}

static void
test_wants_hold_and_report(void **state)
{
    (void)state;
    int64_t now = sys_now_ms();
    sys_wants_start(&wants, now + 60000);
    sys_wants_wake(&wants, now + 30);
    sys_wants_wake(&wants, now + 50);
    assert_int_equal(sys_wants_add(&wants, SYS_NONE, true, true), 0);
    assert_false(sys_can_read(&wants, 0));
    while (sys_now_ms() < now + 30) {
        sys_poll(&wants); /* a look-up of the tests before may still end */
    }
    assert_in_range(sys_now_ms() - now, 30, 5000);
    for (int i = 0; i < SYS_WANTS_MAX; i++) {
        assert_int_equal(sys_wants_add(&wants, 1, false, false), i + 1);
    }
    assert_int_equal(sys_wants_add(&wants, 1, true, true), 0);
    sys_wants_start(&wants, sys_now_ms() - 100);
    sys_poll(&wants); /* a deadline in the past does not wait */
}

static void
test_rest_gathers_what_comes(void **state)
{
    (void)state;
    sys_sock listener = SYS_NONE, a = SYS_NONE, b = SYS_NONE;
    struct addr at = addr_v4(loopback, 0);
    assert_int_equal(sys_tcp_listen(&at, &listener), SYS_OK);
    at.port = sys_sock_local(listener).port;
    connect_pair(listener, &at, &a, &b);
    assert_int_equal(sys_tcp_send(a, "x", 1, false), 1);
    assert_true(wait_for(b, true, false));

    static const struct { int deadline, rest, least; } cases[] = {
        {5000, 40, 40}, /* it is ready, and waits */
        {40, 5000, 40}, /* no longer than to the deadline */
        {5000, -10, 0}, /* a rest that is over */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t now = sys_now_ms();
        sys_wants_start(&wants, now + cases[i].deadline);
        sys_wants_rest(&wants, now + cases[i].rest);
        uint32_t at_b = sys_wants_add(&wants, b, true, false);
        sys_poll(&wants);
        assert_true(sys_can_read(&wants, at_b));
        assert_in_range(sys_now_ms() - now, cases[i].least, 4000);
    }

    int64_t now = sys_now_ms();
    sys_wants_start(&wants, now + 4900);
    sys_wants_rest(&wants, now + 4900);
    raise(SIGTERM);
    sys_poll(&wants); /* somebody wants to stop: no rest */
    assert_in_range(sys_now_ms() - now, 0, 4000);
    assert_int_equal(sys_stop_requests(), 1);
    sys_sock_close(&a);
    sys_sock_close(&b);
    sys_sock_close(&listener);
}

static int
init(void **state)
{
    (void)state;
    sys_init();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_moves_bytes_both_ways),
        cmocka_unit_test(test_tcp_ipv6_reaches_the_same_listener),
        cmocka_unit_test(test_tcp_refused_and_in_use_are_told),
        cmocka_unit_test(test_tcp_backpressure_and_send_file),
        cmocka_unit_test(test_accept_without_descriptors_turns_away),
        cmocka_unit_test(test_udp_keeps_messages_apart),
        cmocka_unit_test(test_lookup_finds_localhost),
        cmocka_unit_test(test_lookup_slots_come_back),
        cmocka_unit_test(test_wants_hold_and_report),
        cmocka_unit_test(test_rest_gathers_what_comes),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}
