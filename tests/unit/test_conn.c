#include "net/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/net_loop.h"

enum { KEPT_MAX = 4096, OUT_MAX = 8192 };

/* Two connections to each other: `a` connected, `b` accepted. */
struct pair {
    struct conn a, b;
    uint8_t mem[4][OUT_MAX];
};

static struct scratch scratch;
static struct sys_wants wants;

/* One turn of the loop for both ends; waits when there is nothing to do. */
static void
turn(struct pair *p, bool read_a, bool read_b)
{
    int64_t now = sys_now_ms();
    sys_wants_start(&wants, now + LOOP_TIMEOUT_MS);
    conn_wants(&p->a, &wants, read_a, false);
    conn_wants(&p->b, &wants, read_b, false);
    sys_poll(&wants);
    now = sys_now_ms();
    conn_turn(&p->a, &wants, now);
    conn_turn(&p->b, &wants, now);
}

static struct bytes
input(struct conn *c, size_t max, size_t *fresh)
{
    return conn_input(c, &wants, &scratch, max, sys_now_ms(), fresh);
}

static int
set_up(void **state)
{
    struct addr at, from;
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    sys_init();
    sys_sock listener = loop_listen(&at);
    conn_init(&p->a, p->mem[0], KEPT_MAX, p->mem[1], OUT_MAX);
    conn_init(&p->b, p->mem[2], KEPT_MAX, p->mem[3], OUT_MAX);
    conn_connect(&p->a, &at, sys_now_ms());
    assert_int_equal(p->a.state, CONN_CONNECTING);
    sys_sock sock = loop_accept(listener, &from);
    conn_accept(&p->b, sock, &from, sys_now_ms());
    while (p->a.state == CONN_CONNECTING) {
        turn(p, false, false);
    }
    assert_int_equal(p->a.state, CONN_OPEN);
    assert_true(p->b.incoming && !p->a.incoming);
    sys_sock_close(&listener);
    *state = p;
    return 0;
}

static int
tear_down(void **state)
{
    struct pair *p = *state;
    conn_close(&p->a);
    conn_close(&p->b);
    assert_int_equal(p->a.state, CONN_NONE);
    free(p);
    return 0;
}

static void
test_bytes_sent_arrive(void **state)
{
    struct pair *p = *state;
    size_t fresh;
    conn_put(&p->a, BYTES("hello "));
    conn_put(&p->a, BYTES("world"));
    assert_int_equal(conn_pending(&p->a), 11);
    assert_int_equal(conn_flush(&p->a, NULL, SIZE_MAX, sys_now_ms()), 11);
    assert_int_equal(conn_pending(&p->a), 0);
    turn(p, true, true);
    struct bytes in = input(&p->b, SIZE_MAX, &fresh);
    assert_true(bytes_equal(in, BYTES("hello world")));
    assert_int_equal(fresh, 11);
    conn_keep(&p->b, bytes_skip(in, in.len));
    assert_int_equal(p->a.sent, 11);
    assert_int_equal(p->b.received, 11);
}

static void
test_unused_input_comes_again(void **state)
{
    struct pair *p = *state;
    size_t fresh;
    conn_put(&p->a, BYTES("abcdef"));
    turn(p, true, true);
    turn(p, true, true);
    struct bytes in = input(&p->b, SIZE_MAX, &fresh);
    conn_keep(&p->b, bytes_skip(in, 4));
    sys_wants_start(&wants, 0);
    conn_wants(&p->b, &wants, true, false);
    in = input(&p->b, SIZE_MAX, &fresh); /* nothing new */
    assert_int_equal(fresh, 0);
    assert_true(bytes_equal(in, BYTES("ef")));
    conn_keep(&p->b, bytes_skip(in, 1));
    conn_put(&p->a, BYTES("gh"));
    conn_flush(&p->a, NULL, SIZE_MAX, sys_now_ms());
    turn(p, true, true);
    in = input(&p->b, 1, &fresh); /* no more than asked for */
    assert_true(bytes_equal(in, BYTES("fg")));
    conn_keep(&p->b, in);
    turn(p, true, true);
    in = input(&p->b, SIZE_MAX, &fresh);
    assert_true(bytes_equal(in, BYTES("fgh")));
}

static void
test_too_much_kept_closes(void **state)
{
    struct pair *p = *state;
    uint8_t data[KEPT_MAX + 1] = {0};
    conn_put(&p->a, bytes_of(data, sizeof data));
    turn(p, true, true);
    size_t got = 0;
    while (p->b.state == CONN_OPEN) {
        turn(p, true, true);
        struct bytes in = input(&p->b, SIZE_MAX, NULL);
        got = in.len;
        conn_keep(&p->b, in);
    }
    assert_int_equal(got, sizeof data);
    assert_non_null(p->b.why);
    assert_int_equal(input(&p->b, SIZE_MAX, NULL).len, 0);
}

static void
test_output_that_does_not_fit_closes(void **state)
{
    struct pair *p = *state;
    uint8_t data[OUT_MAX] = {0};
    assert_int_equal(conn_room(&p->a), OUT_MAX);
    conn_put(&p->a, bytes_of(data, sizeof data));
    assert_int_equal(conn_room(&p->a), 0);
    assert_int_equal(p->a.state, CONN_OPEN);
    conn_put(&p->a, BYTES("x"));
    assert_int_equal(p->a.state, CONN_CLOSED);
    conn_put(&p->a, BYTES("x"));
    assert_int_equal(conn_flush(&p->a, NULL, SIZE_MAX, sys_now_ms()), 0);
}

/* Everything that goes from a to b, until a has nothing left. */
static size_t
pump(struct pair *p, uint8_t *out, size_t max, size_t step)
{
    size_t len = 0;
    while (conn_pending(&p->a) > 0 || len < p->a.sent) {
        conn_flush(&p->a, NULL, step, sys_now_ms());
        turn(p, false, true);
        struct bytes in = input(&p->b, SIZE_MAX, NULL);
        assert_true(in.len <= max - len);
        memcpy(out + len, in.ptr, in.len);
        len += in.len;
        conn_keep(&p->b, bytes_skip(in, in.len));
        assert_int_equal(p->a.state, CONN_OPEN);
        assert_int_equal(p->b.state, CONN_OPEN);
    }
    return len;
}

static void
test_output_keeps_its_order_when_compacted(void **state)
{
    struct pair *p = *state;
    static uint8_t got[100000];
    uint8_t part[1000];
    size_t put = 0;
    for (int i = 0; i < 30; i++) {
        for (size_t k = 0; k < sizeof part; k++) {
            part[k] = (uint8_t)((put + k) % 251);
        }
        conn_put(&p->a, bytes_of(part, sizeof part));
        put += sizeof part;
        conn_flush(&p->a, NULL, 900, sys_now_ms());
    }
    assert_int_equal(pump(p, got, sizeof got, 777), put);
    for (size_t k = 0; k < put; k++) {
        assert_int_equal(got[k], k % 251);
    }
}

static void
test_file_range_goes_between_messages(void **state)
{
    struct pair *p = *state;
    enum { SIZE = 300000 };
    static uint8_t data[SIZE], got[SIZE + 100];
    char file_name[64];
    sys_dir dir;
    sys_file f;
    snprintf(file_name, sizeof file_name, "samara-test-conn-%d", (int)getpid());
    for (size_t i = 0; i < SIZE; i++) {
        data[i] = (uint8_t)(i * 7 + i / 256);
    }
    assert_int_equal(sys_dir_open("/tmp", false, &dir), SYS_OK);
    assert_int_equal(sys_file_open(dir, file_name, SYS_WRITE | SYS_CREATE, &f), SYS_OK);
    assert_int_equal(sys_file_write(f, 0, data, SIZE), SIZE);
    for (size_t step = 1000; step <= 1000000; step *= 1000) {
        uint64_t before = p->a.sent;
        conn_put(&p->a, BYTES("<head>"));
        assert_true(conn_file_free(&p->a));
        conn_put_file(&p->a, f, 5, SIZE - 5);
        assert_false(conn_file_free(&p->a));
        conn_put(&p->a, BYTES("<tail>"));
        assert_int_equal(conn_pending(&p->a), SIZE - 5 + 12);
        p->a.sent = 0;
        assert_int_equal(pump(p, got, sizeof got, step), SIZE - 5 + 12);
        p->a.sent += before;
        assert_memory_equal(got, "<head>", 6);
        assert_memory_equal(got + 6, data + 5, SIZE - 5);
        assert_memory_equal(got + 6 + SIZE - 5, "<tail>", 6);
        assert_true(conn_file_free(&p->a));
    }
    sys_file_close(&f);
    sys_remove(dir, file_name);
    sys_dir_close(&dir);
}

static void
test_orderly_end_is_seen_after_the_data(void **state)
{
    struct pair *p = *state;
    conn_put(&p->a, BYTES("bye"));
    conn_flush(&p->a, NULL, SIZE_MAX, sys_now_ms());
    conn_close(&p->a);
    struct bytes in = {0};
    while (!p->b.input_ended) {
        turn(p, true, true);
        in = input(&p->b, SIZE_MAX, NULL);
        conn_keep(&p->b, in);
    }
    assert_true(bytes_equal(in, BYTES("bye")));
    assert_int_equal(p->b.state, CONN_OPEN);
    /* what is over wants nothing any more: the loop must not spin */
    sys_wants_start(&wants, 0);
    conn_wants(&p->b, &wants, true, false);
    assert_int_equal(wants.count, 0);
}

static void
test_broken_connection_is_told_in_words(void **state)
{
    struct pair *p = *state;
    conn_put(&p->b, BYTES("never read"));
    conn_flush(&p->b, NULL, SIZE_MAX, sys_now_ms());
    turn(p, true, false);
    conn_close(&p->a); /* with unread input: a reset */
    while (p->b.state == CONN_OPEN) {
        turn(p, true, true);
        conn_keep(&p->b, input(&p->b, SIZE_MAX, NULL));
    }
    assert_string_equal(p->b.why, "the connection broke");
}

static void
test_refused_connect_is_told_in_words(void **state)
{
    struct pair *p = *state;
    struct addr at;
    sys_sock listener = loop_listen(&at);
    sys_sock_close(&listener);
    conn_close(&p->a);
    conn_connect(&p->a, &at, sys_now_ms());
    while (p->a.state == CONN_CONNECTING) {
        turn(p, false, false);
    }
    assert_int_equal(p->a.state, CONN_CLOSED);
    assert_string_equal(p->a.why, "connection refused");
}

static void
test_silent_connect_ends_in_time(void **state)
{
    struct pair *p = *state;
    p->a.state = CONN_CONNECTING; /* as if the answer had not come */
    p->a.since_ms = sys_now_ms() - CONNECT_TIMEOUT_MS;
    sys_wants_start(&wants, INT64_MAX);
    conn_wants(&p->a, &wants, false, false);
    assert_true(wants.deadline_ms <= sys_now_ms());
    wants.v[0].can_write = false;
    conn_turn(&p->a, &wants, sys_now_ms());
    assert_int_equal(p->a.state, CONN_CLOSED);
    assert_string_equal(p->a.why, "no answer");
    conn_fail(&p->a, "another reason");
    assert_string_equal(p->a.why, "no answer");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes_sent_arrive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unused_input_comes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_much_kept_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_output_that_does_not_fit_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_output_keeps_its_order_when_compacted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_file_range_goes_between_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_orderly_end_is_seen_after_the_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_connection_is_told_in_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_connect_is_told_in_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silent_connect_ends_in_time, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
