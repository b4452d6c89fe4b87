#include "wire/peer_ext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, const char *want)
{
    if (!bytes_equal(got, bytes_of_text(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, (const char *)got.ptr, want);
    }
}

static const struct peer_ext full = {
    .metadata = EXT_METADATA,
    .pex = EXT_PEX,
    .donthave = EXT_DONTHAVE,
    .upload_only_id = EXT_UPLOAD_ONLY,
    .upload_only = true,
    .reqq = 2048,
    .metadata_size = 31235,
    .port = 6881,
    .client = {(const uint8_t *)"samara", 6},
    .your_ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, '1', '2', '3', '4'}, 0},
};

static void
test_handshake_is_sorted_bencode(void **state)
{
    (void)state;
    char mem[256];
    struct buf b = BUF(mem);
    peer_ext_put_handshake(&b, &full);
    assert_bytes(
        buf_bytes(&b),
        "d1:md11:lt_donthavei3e11:upload_onlyi4e11:ut_metadatai1e6:ut_pexi2ee"
        "13:metadata_sizei31235e1:pi6881e4:reqqi2048e11:upload_onlyi1e1:v6:samara6:yourip4:1234e");
    b = BUF(mem);
    peer_ext_put_handshake(&b, &(struct peer_ext){.pex = 1});
    assert_bytes(buf_bytes(&b), "d1:md6:ut_pexi2eee");
    b = BUF(mem);
    peer_ext_put_handshake(&b, &(struct peer_ext){0});
    assert_bytes(buf_bytes(&b), "d1:mdee");
}

static void
test_handshake_round_trip(void **state)
{
    (void)state;
    char mem[256];
    struct buf b = BUF(mem);
    struct peer_ext got = {0};
    struct peer_ext want = full;
    memcpy(want.your_ip.ip, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    peer_ext_put_handshake(&b, &want);
    assert_true(peer_ext_parse_handshake(&got, buf_bytes(&b)));
    assert_int_equal(got.metadata, EXT_METADATA);
    assert_int_equal(got.pex, EXT_PEX);
    assert_int_equal(got.donthave, EXT_DONTHAVE);
    assert_int_equal(got.upload_only_id, EXT_UPLOAD_ONLY);
    assert_true(got.upload_only);
    assert_int_equal(got.reqq, 2048);
    assert_int_equal(got.metadata_size, 31235);
    assert_int_equal(got.port, 6881);
    assert_bytes(got.client, "samara");
    assert_true(addr_equal(&got.your_ip, &want.your_ip));
}

/* BEP 10's own example, and one in the order and with the extras of libtorrent. */
static void
test_handshakes_of_others(void **state)
{
    (void)state;
    struct peer_ext got = {0};
    assert_true(peer_ext_parse_handshake(
        &got, BYTES("d1:md11:LT_metadatai1e6:\xb5T_PEXi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e")));
    assert_int_equal(got.metadata, 0);
    assert_int_equal(got.port, 6881);
    assert_bytes(got.client, "\xc2\xb5Torrent 1.2");
    got = (struct peer_ext){0};
    assert_true(peer_ext_parse_handshake(
        &got,
        BYTES("d12:complete_agoi-1e1:md11:lt_donthavei7e10:share_modei8e11:upload_onlyi3e"
              "12:ut_holepunchi4e11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei100e4:reqqi500e"
              "11:upload_onlyi1e1:v17:libtorrent/2.0.8 6:yourip4:\x7f\0\0\1e")));
    assert_int_equal(got.donthave, 7);
    assert_int_equal(got.upload_only_id, 3);
    assert_int_equal(got.metadata, 2);
    assert_int_equal(got.pex, 1);
    assert_int_equal(got.reqq, 500);
    assert_true(got.upload_only);
    assert_true(addr_is_loopback(&got.your_ip));
}

static void
test_later_handshakes_update(void **state)
{
    (void)state;
    struct peer_ext got = full;
    assert_true(peer_ext_parse_handshake(&got, BYTES("d1:md6:ut_pexi0eee")));
    assert_int_equal(got.pex, 0);
    assert_int_equal(got.metadata, EXT_METADATA);
    assert_int_equal(got.reqq, 2048);
    assert_true(got.upload_only);
    assert_int_equal(got.client.len, 0);
    assert_false(addr_is_none(&got.your_ip));
    assert_true(peer_ext_parse_handshake(&got, BYTES("d11:upload_onlyi0ee")));
    assert_false(got.upload_only);
}

static void
test_values_out_of_range_are_ignored(void **state)
{
    (void)state;
    struct peer_ext got = full;
    assert_true(peer_ext_parse_handshake(
        &got, BYTES("d1:md6:ut_pexi256e11:ut_metadatai-1e11:lt_donthave1:xe13:metadata_sizei-1e"
                    "1:pi65536e4:reqqi4294967296e1:vi1e6:yourip3:abce")));
    assert_int_equal(got.pex, EXT_PEX);
    assert_int_equal(got.metadata, EXT_METADATA);
    assert_int_equal(got.donthave, EXT_DONTHAVE);
    assert_int_equal(got.metadata_size, 31235);
    assert_int_equal(got.port, 6881);
    assert_int_equal(got.reqq, 2048);
    assert_int_equal(got.client.len, 0);
    assert_true(addr_equal(&got.your_ip, &full.your_ip));
    assert_true(peer_ext_parse_handshake(&got, BYTES("d1:mi1ee"))); /* "m" is no dictionary */
}

static void
test_what_is_no_dictionary_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "d", "le", "i1e", "2:de", "d1:m", "d1:mde", "x"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer_ext got = {0};
        assert_false(peer_ext_parse_handshake(&got, bytes_of_text(cases[i])));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_is_sorted_bencode),
        cmocka_unit_test(test_handshake_round_trip),
        cmocka_unit_test(test_handshakes_of_others),
        cmocka_unit_test(test_later_handshakes_update),
        cmocka_unit_test(test_values_out_of_range_are_ignored),
        cmocka_unit_test(test_what_is_no_dictionary_is_refused),
    };
    return cmocka_run_group_tests_name("peer_ext", tests, NULL, NULL);
}
