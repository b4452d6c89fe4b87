#include "net/lookup.h"

#include "unit/net_loop.h"

static int
look_up(struct lookup *l, const char *host)
{
    int result;
    assert_true(lookup_start(l, bytes_of_text(host), 80));
    while ((result = lookup_poll(l)) == SYS_AGAIN) {
        static struct sys_wants w;
        sys_wants_start(&w, sys_now_ms() + LOOP_TIMEOUT_MS);
        sys_poll(&w);
    }
    assert_false(l->active);
    return result;
}

static void
test_numbers_need_no_look_up(void **state)
{
    (void)state;
    struct lookup l = {0};
    struct addr expected;
    const char *const hosts[] = {"192.0.2.1", "2001:db8::1", "[2001:db8::1]"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(lookup_start(&l, bytes_of_text(hosts[i]), 80));
        assert_int_equal(lookup_poll(&l), SYS_OK);
        assert_int_equal(l.count, 1);
        assert_true(addr_parse_ip(bytes_of_text(hosts[i]), &expected));
        assert_true(addr_same_ip(&l.addrs[0], &expected));
        assert_int_equal(l.addrs[0].port, 80);
    }
}

static void
test_localhost_is_found(void **state)
{
    (void)state;
    struct lookup l = {0};
    assert_int_equal(look_up(&l, "localhost"), SYS_OK);
    assert_true(l.count >= 1);
    for (size_t i = 0; i < l.count; i++) {
        assert_true(addr_is_loopback(&l.addrs[i]));
        assert_int_equal(l.addrs[i].port, 80);
    }
}

static void
test_impossible_names_are_not_found(void **state)
{
    (void)state;
    struct lookup l = {0};
    char longer[300];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(look_up(&l, ""), SYS_NOT_FOUND);
    assert_int_equal(look_up(&l, longer), SYS_NOT_FOUND);
    assert_int_not_equal(look_up(&l, "no-such-host.invalid"), SYS_OK);
}

static void
test_look_up_can_be_given_up(void **state)
{
    (void)state;
    struct lookup l = {0};
    lookup_cancel(&l);
    for (int i = 0; i < 3; i++) {
        if (lookup_start(&l, BYTES("no-such-host.invalid"), 80)) {
            assert_true(l.active);
        }
        lookup_cancel(&l);
        assert_false(l.active);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_need_no_look_up),
        cmocka_unit_test(test_localhost_is_found),
        cmocka_unit_test(test_impossible_names_are_not_found),
        cmocka_unit_test(test_look_up_can_be_given_up),
    };
    sys_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
