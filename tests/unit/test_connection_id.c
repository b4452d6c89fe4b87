#include "builder/connection_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { START = 1000 * CONNECTION_SLOT_MS };

static const struct connection_ids ids = {"0123456789abcde"};

static struct addr
ip(const char *text)
{
    struct addr a;
    assert_true(addr_parse_ip(bytes_of_text(text), &a));
    a.port = 6881;
    return a;
}

static void
test_good_for_one_minute_at_least_and_two_at_most(void **state)
{
    (void)state;
    struct addr a = ip("192.0.2.1");
    for (int64_t given = START; given < START + CONNECTION_SLOT_MS; given += 999) {
        uint64_t id = connection_id(&ids, &a, given);
        assert_true(connection_id_is_good(&ids, id, &a, given));
        assert_true(connection_id_is_good(&ids, id, &a, given + 60000));
        assert_false(connection_id_is_good(&ids, id, &a, given + 120000));
        assert_false(connection_id_is_good(&ids, id, &a, given - 60000));
    }
}

static void
test_good_at_its_own_address_only(void **state)
{
    (void)state;
    static const char *const others[] = {"192.0.2.2", "193.0.2.1", "::1", "2001:db8::1",
                                         "::192.0.2.1"};
    struct addr a = ip("192.0.2.1");
    uint64_t id = connection_id(&ids, &a, START);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct addr b = ip(others[i]);
        assert_false(connection_id_is_good(&ids, id, &b, START));
    }
    a.port = 40000; /* a router may change it */
    assert_true(connection_id_is_good(&ids, id, &a, START));
}

static void
test_another_secret_makes_other_ids(void **state)
{
    (void)state;
    struct addr a = ip("2001:db8::7");
    uint64_t id = connection_id(&ids, &a, START);
    for (size_t i = 0; i < sizeof ids.secret; i++) {
        struct connection_ids other = ids;
        other.secret[i] ^= 1;
        assert_false(connection_id_is_good(&other, id, &a, START));
    }
}

static void
test_no_number_near_it_is_good(void **state)
{
    (void)state;
    struct addr a = ip("192.0.2.1");
    uint64_t id = connection_id(&ids, &a, START);
    assert_false(connection_id_is_good(&ids, 0, &a, START));
    for (int bit = 0; bit < 64; bit++) {
        assert_false(connection_id_is_good(&ids, id ^ (UINT64_C(1) << bit), &a, START));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_for_one_minute_at_least_and_two_at_most),
        cmocka_unit_test(test_good_at_its_own_address_only),
        cmocka_unit_test(test_another_secret_makes_other_ids),
        cmocka_unit_test(test_no_number_near_it_is_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
