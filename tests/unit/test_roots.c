#include "net/roots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Self-signed, CA:TRUE, P-256. */
#define AUTHORITY \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBlzCCAT2gAwIBAgIUOMnQ41Ikdq/nLGoPgGzY+gLfDPgwCgYIKoZIzj0EAwIw\n" \
    "IDEeMBwGA1UEAwwVc2FtYXJhIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMjE3NTkx\n" \
    "M1oYDzIxMjYxMDI5MTc1OTEzWjAgMR4wHAYDVQQDDBVzYW1hcmEgdGVzdCBhdXRo\n" \
    "b3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASTUlcaF4s1HoMLhNielByM\n" \
    "RjQCSPTRMRey/ZFiOJsLwCisHxHWOaWolIUYFeuD1azxfJQ/rjGR3sTm4bSCOzZ7\n" \
    "o1MwUTAdBgNVHQ4EFgQU8WlJsWiBb/e/6K6fWmfi8a45mAwwHwYDVR0jBBgwFoAU\n" \
    "8WlJsWiBb/e/6K6fWmfi8a45mAwwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD\n" \
    "AgNIADBFAiBEBgq2XCMYSSN8e07heCtOWEN4jodG3skKmWvNbRZyfQIhALwiiKzI\n" \
    "EsbE61OUi/Fn9B+Hz9RofsbBXo12CrRY0kbj\n" \
    "-----END CERTIFICATE-----\n"

/* Signed by it, CA:FALSE. */
#define SERVER \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBrjCCAVSgAwIBAgIUYSuRr3Zev3hPiB+ch8d+khjfvdswCgYIKoZIzj0EAwIw\n" \
    "IDEeMBwGA1UEAwwVc2FtYXJhIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMjE3NTkx\n" \
    "M1oYDzIxMjYxMDI5MTc1OTEzWjAMMQowCAYDVQQDDAFzMFkwEwYHKoZIzj0CAQYI\n" \
    "KoZIzj0DAQcDQgAER7shR9BAICG0mqhQ53MgjPQcZrKl8DSABZWc/PGEbmqsQcpr\n" \
    "y/v+/qqo4X5xdx+0cg04Zy9U/NV2/rIA8tIybKN+MHwwLAYDVR0RBCUwI4IJeC5l\n" \
    "eGFtcGxlhwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAHMAwGA1UdEwEB/wQCMAAwHQYD\n" \
    "VR0OBBYEFIukIoXVFlmHqKBK2k1Sdqg1CW/xMB8GA1UdIwQYMBaAFPFpSbFogW/3\n" \
    "v+iun1pn4vGuOZgMMAoGCCqGSM49BAMCA0gAMEUCIQDq2rFENmftoWQ+al27cfJd\n" \
    "TzF7rR8xIBZpbpnjnjmjLAIgG9TNYmeWX8t06ByvKaXWGKlVN3mKJ9AaHlOwNcxl\n" \
    "mmg=\n" \
    "-----END CERTIFICATE-----\n"

static void
test_certificates_of_authorities_are_good(void **state)
{
    (void)state;
    const struct {
        struct bytes pem;
        bool is_good;
    } cases[] = {
        {BYTES(AUTHORITY), true},
        {BYTES(SERVER), false},
        {BYTES(SERVER AUTHORITY), true},
        {BYTES("some text\n" AUTHORITY "more text"), true},
        {BYTES(""), false},
        {BYTES("-----BEGIN CERTIFICATE-----\n"), false},
        {BYTES("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), false},
        {BYTES("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n" AUTHORITY), true},
        {BYTES("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(roots_pem_is_good(cases[i].pem), cases[i].is_good);
    }
    struct bytes pem = BYTES(AUTHORITY);
    assert_true(roots_pem_is_good(bytes_first(pem, pem.len - 1))); /* no line end */
    for (size_t len = 0; len < bytes_find_part(pem, BYTES("-----END")); len++) {
        assert_false(roots_pem_is_good(bytes_first(pem, len)));
    }
}

static void
test_own_authorities_join_those_of_the_system(void **state)
{
    (void)state;
    struct roots system = {0};
    struct roots both = {.extra_pem = BYTES(AUTHORITY SERVER AUTHORITY)};
    roots_load(&system);
    assert_true(roots_load(&both));
    assert_int_equal(both.count, system.count + 2);
    assert_true(roots_load(&both)); /* once is enough */
    assert_int_equal(both.count, system.count + 2);
    roots_free(&system);
    roots_free(&both);
    assert_false(both.loaded);
    assert_true(both.extra_pem.len > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates_of_authorities_are_good),
        cmocka_unit_test(test_own_authorities_join_those_of_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
