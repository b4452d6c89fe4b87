#include "net/roots.h"

#include <bearssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "net/cert.h"
#include "sys/sys.h"

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

static void
take_name(void *context, const void *data, size_t len)
{
    buf_add(context, bytes_of(data, len));
}

/* BearSSL's own decoder must see the same in every certificate of the system. */
static void
test_certificates_are_read_as_bearssl_reads_them(void **state)
{
    (void)state;
    uint8_t der_mem[8192], name_mem[2048];
    struct buf der = BUF(der_mem);
    struct buf pem = buf_over(malloc(ROOTS_PEM_MAX), ROOTS_PEM_MAX);
    assert_non_null(pem.ptr);
    sys_roots_pem(&pem);
    buf_text(&pem, AUTHORITY SERVER);
    struct bytes text = buf_bytes(&pem);
    size_t count = 0;
    for (; cert_next_pem(&text, &der); count++) {
        struct cert c;
        struct buf name = BUF(name_mem);
        br_x509_decoder_context x509;
        br_x509_decoder_init(&x509, take_name, &name);
        br_x509_decoder_push(&x509, der.ptr, der.len);
        br_x509_pkey *key = br_x509_decoder_get_pkey(&x509);
        assert_true(cert_parse(&c, buf_bytes(&der)));
        assert_non_null(key);
        assert_true(bytes_equal(c.subject, buf_bytes(&name)));
        assert_int_equal(cert_is_authority(&c), br_x509_decoder_isCA(&x509) != 0);
        if (key->key_type == BR_KEYTYPE_RSA) {
            const br_rsa_public_key *rsa = &key->key.rsa;
            assert_int_equal(c.key, CERT_KEY_RSA);
            assert_true(bytes_equal(c.rsa_n, bytes_of(rsa->n, rsa->nlen)));
            assert_true(bytes_equal(c.rsa_e, bytes_of(rsa->e, rsa->elen)));
        } else {
            const br_ec_public_key *ec = &key->key.ec;
            assert_int_equal(c.key == CERT_KEY_P256, ec->curve == BR_EC_secp256r1);
            assert_int_equal(c.key == CERT_KEY_P384, ec->curve == BR_EC_secp384r1);
            assert_true(bytes_equal(c.point, bytes_of(ec->q, ec->qlen)));
        }
    }
    print_message("%zu certificates\n", count);
    assert_true(count >= 2);
    free(pem.ptr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates_of_authorities_are_good),
        cmocka_unit_test(test_own_authorities_join_those_of_the_system),
        cmocka_unit_test(test_certificates_are_read_as_bearssl_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
