#include "base/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct addr
ip(const char *text, uint16_t port)
{
    struct addr a;
    assert_true(addr_parse_ip(bytes_of_text(text), &a));
    a.port = port;
    return a;
}

static void
test_text_round_trips_to_canonical_form(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"[::1]", "::1"},
        {"1::", "1::"},
        {"2001:DB8::1", "2001:db8::1"},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* one group is not shortened */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* the longest run */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* the first of equals */
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"0:0:1::", "0:0:1::"},
        {"::ffff:1.2.3.4", "1.2.3.4"}, /* v4-mapped is IPv4 here */
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
        {"fe80::a0b:c0d", "fe80::a0b:c0d"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char mem[64];
        struct buf b = BUF(mem);
        struct addr a = ip(cases[i].in, 0);
        addr_print_ip(&b, &a);
        assert_string_equal(buf_cstr(&b), cases[i].out);
    }
}

static void
test_names_and_malformed_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", ".1.2.3", "1..2.3", "01.2.3.4",
        "1.2.3.4 ", "a.b.c.d", "example.org", "localhost", "1234", "0x7f.1",
        ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
        "[::1", "::1]", "[]", "[", "fe80::1%eth0", "1.2.3.4::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4",
        "[1.2.3.4]", "1:::2",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct addr a;
        if (addr_parse_ip(bytes_of_text(bad[i]), &a)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void
test_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* out NULL: refused */
    } cases[] = {
        {"1.2.3.4:80", "1.2.3.4:80"},
        {"[::1]:65535", "[::1]:65535"},
        {"[2001:DB8:0:0::5]:1", "[2001:db8::5]:1"},
        {"1.2.3.4:0", "1.2.3.4:0"},
        {"1.2.3.4:65536", NULL}, {"1.2.3.4:", NULL},  {"1.2.3.4", NULL},
        {"::1:80", NULL},        {"[::1]", NULL},     {"[::1]80", NULL},
        {"host:80", NULL},       {":80", NULL},       {"", NULL},
        {"[1.2.3.4]:80", NULL},  {"1.2.3.4:-1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char mem[64];
        struct buf b = BUF(mem);
        struct addr a;
        bool ok = addr_parse(bytes_of_text(cases[i].in), &a);
        assert_int_equal(ok, cases[i].out != NULL);
        if (ok) {
            addr_print(&b, &a);
            assert_string_equal(buf_cstr(&b), cases[i].out);
        }
    }
}

static void
test_kinds_of_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool loopback, local, unusable;
    } cases[] = {
        {"127.0.0.1", true, true, false},      {"127.255.0.1", true, true, false},
        {"::1", true, true, false},            {"10.0.0.1", false, true, false},
        {"172.16.0.1", false, true, false},    {"172.31.255.255", false, true, false},
        {"172.32.0.1", false, false, false},   {"172.15.0.1", false, false, false},
        {"192.168.1.1", false, true, false},   {"192.169.1.1", false, false, false},
        {"169.254.1.1", false, true, false},   {"100.64.0.1", false, true, false},
        {"100.127.0.1", false, true, false},   {"100.128.0.1", false, false, false},
        {"0.1.2.3", false, true, false},       {"0.0.0.0", false, true, true},
        {"8.8.8.8", false, false, false},      {"224.0.0.1", false, false, true},
        {"255.255.255.255", false, false, true}, {"fd00::1", false, true, false},
        {"fc00::1", false, true, false},       {"fe80::1", false, true, false},
        {"febf::1", false, true, false},       {"fec0::1", false, false, false},
        {"2001:db8::1", false, false, false},  {"ff02::1", false, false, true},
        {"::", false, true, true},             {"::ffff:127.0.0.1", true, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct addr a = ip(cases[i].in, 80);
        assert_int_equal(addr_is_loopback(&a), cases[i].loopback);
        assert_int_equal(addr_is_local(&a), cases[i].local);
        assert_int_equal(addr_is_unusable(&a), cases[i].unusable);
        a.port = 0;
        assert_true(addr_is_unusable(&a));
    }
}

static void
test_none_and_equality(void **state)
{
    (void)state;
    struct addr none = {0}, a = ip("1.2.3.4", 80), b = a;
    assert_true(addr_is_none(&none));
    assert_false(addr_is_none(&a));
    assert_true(addr_equal(&a, &b));
    b.port = 81;
    assert_false(addr_equal(&a, &b));
    assert_true(addr_same_ip(&a, &b));
    assert_true(addr_is_v4(&a));
    struct addr v6 = addr_v6(a.ip, 80); /* a v4-mapped address from the wire is IPv4 */
    assert_true(addr_equal(&a, &v6));
    struct addr v4 = addr_v4((const uint8_t[]){1, 2, 3, 4}, 80);
    assert_true(addr_equal(&a, &v4));
}

/* The first two are BEP 40's own; the rest were computed from its text by another program. */
static void
test_priority_is_that_of_bep_40(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        uint16_t port_a, port_b;
        uint32_t priority;
    } cases[] = {
        {"123.213.32.10", "98.76.54.32", 1, 2, 0xec2d7224},
        {"123.213.32.10", "123.213.32.234", 1, 2, 0x99568189},
        {"230.12.123.1", "230.12.123.3", 0x4d2, 0x12c, 0x99c54d79},
        {"230.12.23.1", "230.12.123.3", 0x4d2, 0x12c, 0x21fd5f80},
        {"230.120.23.1", "230.12.123.3", 0x4d2, 0x12c, 0xfa9a860e},
        {"230.12.123.3", "230.12.123.3", 0x4d2, 0x12c, 0xae8b7034},
        {"2001:db8:1::ffff", "2001:db8:2::ffff", 1, 2, 0xeb80d41},
        {"2001:db8:1:1ff::ff", "2001:db8:1:2ff::ff", 1, 2, 0xddd555a4},
        {"2001:db8:1:1ff::ff", "2001:db8:1:1fe::ff", 1, 2, 0x13aaec75},
        {"2001:db8::ff:ff", "2001:db8::ff:fe", 1, 2, 0x7321b755},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct addr a = ip(cases[i].a, cases[i].port_a), b = ip(cases[i].b, cases[i].port_b);
        assert_int_equal(addr_priority(&a, &b), cases[i].priority);
        assert_int_equal(addr_priority(&b, &a), cases[i].priority);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_round_trips_to_canonical_form),
        cmocka_unit_test(test_names_and_malformed_addresses_are_refused),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_kinds_of_addresses),
        cmocka_unit_test(test_none_and_equality),
        cmocka_unit_test(test_priority_is_that_of_bep_40),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
