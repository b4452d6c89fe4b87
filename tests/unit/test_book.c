#include "engine/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct addr
host(uint32_t n, uint16_t port)
{
    uint8_t ip[4] = {20, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    return addr_v4(ip, port);
}

static int
setup(void **state)
{
    *state = calloc(1, sizeof(struct book));
    return 0;
}

static int
teardown(void **state)
{
    free(*state);
    return 0;
}

static void
test_address_is_noted_once(void **state)
{
    struct book *b = *state;
    struct addr a = host(1, 6881);
    uint16_t first = book_add(b, &a, 1);
    assert_int_equal(book_add(b, &a, 2), first);
    assert_int_equal(book_count(b), 1);
    struct addr none = {0};
    assert_int_equal(book_add(b, &none, 1), BOOK_FULL);
}

static void
test_failures_put_the_next_try_off(void **state)
{
    struct book *b = *state;
    struct random r = {1};
    struct addr a = host(1, 6881);
    uint16_t e = book_add(b, &a, 1000);
    int64_t wake = INT64_MAX, now = 1000, last = 0;
    for (int i = 0; i < 12; i++) {
        assert_int_equal(book_pick(b, now, &wake), e);
        b->entries[e].connected = true;
        assert_int_equal(book_pick(b, now, &wake), BOOK_FULL);
        book_release(b, e, false, &r, now);
        int64_t wait = b->entries[e].next_try_ms - now;
        assert_true(wait >= RECONNECT_MIN_MS / 2 && wait <= RECONNECT_MAX_MS);
        assert_true(wait * 4 >= last);
        last = wait;
        wake = INT64_MAX;
        assert_int_equal(book_pick(b, now, &wake), BOOK_FULL);
        assert_int_equal(wake, b->entries[e].next_try_ms);
        now = wake;
    }
    assert_true(last >= RECONNECT_MAX_MS / 2);
}

static void
test_banned_hosts_stay_away(void **state)
{
    struct book *b = *state;
    struct addr bad = host(1, 6881), same_host = host(1, 7000), other = host(2, 6881);
    book_ban(b, book_add(b, &bad, 1));
    assert_true(book_is_banned(b, &same_host));
    assert_false(book_is_banned(b, &other));
    book_add(b, &same_host, 1);
    int64_t wake = INT64_MAX;
    assert_int_equal(book_pick(b, 10, &wake), BOOK_FULL);
}

static void
test_on_loopback_the_port_tells_hosts_apart(void **state)
{
    struct book *b = *state;
    uint8_t ip[4] = {127, 0, 0, 1};
    struct addr bad = addr_v4(ip, 6881), other = addr_v4(ip, 6882);
    book_ban(b, book_add(b, &bad, 1));
    assert_true(book_is_banned(b, &bad));
    assert_false(book_is_banned(b, &other));
}

static void
test_full_book_gives_up_the_useless_and_keeps_senders(void **state)
{
    struct book *b = *state;
    for (uint32_t i = 0; i < CANDIDATES_MAX; i++) {
        struct addr a = host(i, 6881);
        assert_int_equal(book_add(b, &a, 1), i);
    }
    struct addr late = host(5000, 6881);
    assert_int_equal(book_add(b, &late, 2), BOOK_FULL);
    b->entries[10].failures = 3;
    b->entries[10].sent_ms = 1; /* may still be blamed */
    b->entries[20].failures = 3;
    assert_int_equal(book_add(b, &late, 1000), 20);
}

static void
test_peer_that_came_back_keeps_its_strikes(void **state)
{
    struct book *b = *state;
    struct addr first = host(9, 50001), again = host(9, 50002);
    uint16_t e = book_came(b, &first, 1);
    b->entries[e].strikes = 2;
    assert_int_equal(book_came(b, &again, 2), e);
    assert_int_equal(b->entries[e].strikes, 2);
    int64_t wake = INT64_MAX;
    assert_int_equal(book_pick(b, 10, &wake), BOOK_FULL); /* its port is not known */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_address_is_noted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures_put_the_next_try_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_banned_hosts_stay_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_on_loopback_the_port_tells_hosts_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_full_book_gives_up_the_useless_and_keeps_senders,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_peer_that_came_back_keeps_its_strikes, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
