#include "net/http_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct addr
addr_of(const char *text)
{
    struct addr a = {0};
    assert_true(addr_parse(bytes_of_text(text), &a));
    return a;
}

static void
test_addresses_are_told_apart(void **state)
{
    (void)state;
    struct http_crowd crowds[HTTP_CROWDS_MAX] = {0};
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < HTTP_CLIENTS_MAX; i++) { /* any port is the same crowd */
            uint8_t ip[4] = {10, 0, (uint8_t)(i / 256), (uint8_t)i};
            struct addr a = addr_v4(ip, (uint16_t)(round + 1));
            assert_int_equal(http_crowd_find(crowds, 7, &a)->count++, round);
        }
    }
}

static void
test_a_network_of_ipv6_is_one_crowd(void **state)
{
    (void)state;
    struct http_crowd crowds[HTTP_CROWDS_MAX] = {0};
    struct addr a = addr_of("[2001:db8::1]:1"), b = addr_of("[2001:db8::2:0:0:0]:2"),
                c = addr_of("[2001:db8:0:1::1]:1");
    http_crowd_find(crowds, 7, &a)->count++;
    assert_int_equal(http_crowd_find(crowds, 7, &b)->count, 1);
    assert_int_equal(http_crowd_find(crowds, 7, &c)->count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_told_apart),
        cmocka_unit_test(test_a_network_of_ipv6_is_one_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
