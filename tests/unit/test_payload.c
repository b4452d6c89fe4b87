#include "base/hash.h"
#include "meta/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

static void
assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_true(bytes_equal(got, bytes_of_text(want)));
}

static size_t
deflate_raw(struct bytes full, uint8_t *out, size_t out_max)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)full.ptr;
    z.avail_in = (uInt)full.len;
    z.next_out = out;
    z.avail_out = (uInt)out_max;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return out_max - z.avail_out;
}

static struct payload_trailer
trailer_of(struct bytes stored, size_t full_len)
{
    struct payload_trailer t = {.version = PAYLOAD_VERSION, .offset = 1000,
                                .stored_len = (uint32_t)stored.len,
                                .full_len = (uint32_t)full_len};
    sha256_of(stored, t.sha256);
    return t;
}

static void
test_trailer_round_trips(void **state)
{
    (void)state;
    struct payload_trailer t = trailer_of(BYTES("stored"), 77), back;
    uint8_t raw[TRAILER_SIZE];
    struct fault why;
    payload_write_trailer(&t, raw);
    assert_memory_equal(raw, "SAMARA\r\n\0\0\0\1\0\0\0\0\0\0\0\0\0\0\x03\xe8"
                             "\0\0\0\6\0\0\0\x4d", 32);
    assert_true(payload_read_trailer(&back, raw, &why));
    assert_null(why.what);
    assert_int_equal(back.offset, 1000);
    assert_int_equal(back.stored_len, 6);
    assert_int_equal(back.full_len, 77);
    assert_memory_equal(back.sha256, t.sha256, 32);
}

static void
test_bad_trailers_are_refused(void **state)
{
    (void)state;
    static const struct {
        int at;
        uint8_t value;
        bool ok;
    } cases[] = {
        {63, 1, true},   /* the hash is for later */
        {0, 'X', false}, {7, '\r', false}, /* magic */
        {11, 2, false},  {8, 1, false},    /* version */
        {15, 1, false},                    /* flags */
        {16, 0x80, false},                 /* offset beyond int64 */
        {24, 2, false},                    /* stored length */
        {28, 2, false},                    /* full length */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct payload_trailer t = trailer_of(BYTES("stored"), 77);
        uint8_t raw[TRAILER_SIZE];
        struct fault why;
        payload_write_trailer(&t, raw);
        raw[cases[i].at] = cases[i].value;
        assert_int_equal(payload_read_trailer(&t, raw, &why), cases[i].ok);
        assert_int_equal(why.what == NULL, cases[i].ok);
        assert_int_equal(t.version == 0, !cases[i].ok && cases[i].at < 8);
    }
    struct payload_trailer empty = {.version = PAYLOAD_VERSION};
    uint8_t raw[TRAILER_SIZE];
    struct fault why;
    payload_write_trailer(&empty, raw);
    assert_false(payload_read_trailer(&empty, raw, &why));
}

/* The head of a PE image with a certificate table. */
static void
make_pe(uint8_t head[512], uint32_t pe, bool wide, uint32_t entries, uint32_t at, uint32_t size)
{
    memset(head, 0, 512);
    memcpy(head, "MZ", 2);
    put_le32(head + 0x3c, pe);
    if (pe > 200) {
        return;
    }
    memcpy(head + pe, "PE", 2);
    uint8_t *optional = head + pe + 24, *directories = optional + (wide ? 112 : 96);
    put_le32(optional, wide ? 0x20b : 0x10b);
    put_le32(directories - 4, entries);
    put_le32(directories + 32, at);
    put_le32(directories + 36, size);
}

static void
test_trailer_end_of_elf_and_pe(void **state)
{
    (void)state;
    static const struct {
        uint32_t pe;
        bool wide;
        uint32_t entries, at, size;
        uint64_t end;
    } cases[] = {
        {128, true, 16, 9000, 1000, 9000},
        {128, false, 16, 9000, 1000, 9000},
        {128, true, 16, 0, 0, 10000},          /* not signed */
        {128, true, 16, 9000, 0, 10000},
        {128, true, 4, 9000, 1000, 10000},     /* no such entry */
        {128, true, 16, 9000, 1001, 10000},    /* beyond the end */
        {128, true, 16, 20000, 10, 10000},
        {128, true, 16, 0xffffffff, 0xffffffff, 10000},
        {0xffffffff, true, 16, 9000, 1000, 10000},
        {510, true, 16, 9000, 1000, 10000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t head[512];
        make_pe(head, cases[i].pe, cases[i].wide, cases[i].entries, cases[i].at, cases[i].size);
        assert_int_equal(payload_trailer_end(bytes_of(head, sizeof head), 10000), cases[i].end);
    }
    assert_int_equal(payload_trailer_end(BYTES("\x7f" "ELF..."), 5555), 5555);
    assert_int_equal(payload_trailer_end(BYTES("MZ"), 5555), 5555);
    assert_int_equal(payload_trailer_end(BYTES(""), 0), 0);
    uint8_t head[512];
    make_pe(head, 128, true, 16, 9000, 1000);
    for (size_t len = 0; len < 128 + 24 + 112 + 40; len++) { /* cut anywhere: unsigned */
        uint8_t *exact = malloc(len ? len : 1);
        memcpy(exact, head, len);
        assert_int_equal(payload_trailer_end(bytes_of(exact, len), 10000), 10000);
        free(exact);
    }
}

static void
test_inflate_gives_the_dictionary_back(void **state)
{
    (void)state;
    const struct bytes full = BYTES("d7:torrent40:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae");
    uint8_t stored[200], out[100];
    struct fault why;
    size_t len = deflate_raw(full, stored, sizeof stored);
    struct payload_trailer t = trailer_of(bytes_of(stored, len), full.len);
    assert_true(payload_inflate(&t, bytes_of(stored, len), out, full.len, &why));
    assert_memory_equal(out, full.ptr, full.len);
    assert_null(why.what);
}

static void
test_changed_payloads_are_refused(void **state)
{
    (void)state;
    const struct bytes full = BYTES("d7:torrent40:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae");
    uint8_t stored[200], out[100];
    struct fault why;
    size_t len = deflate_raw(full, stored, sizeof stored - 1);
    struct bytes all = bytes_of(stored, len);
    struct payload_trailer good = trailer_of(all, full.len), t = good;
    assert_false(payload_inflate(&t, bytes_first(all, len - 1), out, 100, &why));
    assert_string_equal(why.what, "a part of it is missing");
    for (size_t i = 0; i < len; i++) {
        stored[i] ^= 1;
        assert_false(payload_inflate(&t, all, out, 100, &why));
        assert_string_equal(why.what, "its contents were changed on the way");
        stored[i] ^= 1;
    }
    t.full_len = good.full_len - 1; /* more inside than said */
    assert_false(payload_inflate(&t, all, out, 100, &why));
    t.full_len = good.full_len + 1;
    assert_false(payload_inflate(&t, all, out, 100, &why));
    assert_string_equal(why.what, "its contents do not unpack");
    struct bytes cut = bytes_first(all, len - 2);
    t = trailer_of(cut, full.len);
    assert_false(payload_inflate(&t, cut, out, 100, &why));
    stored[len] = 0;
    struct bytes longer = bytes_of(stored, len + 1);
    t = trailer_of(longer, full.len);
    assert_false(payload_inflate(&t, longer, out, 100, &why));
    t = trailer_of(BYTES("no deflate at all"), 50);
    assert_false(payload_inflate(&t, BYTES("no deflate at all"), out, 100, &why));
}

static void
test_settings_round_trip(void **state)
{
    (void)state;
    struct payload p = {
        .torrent = BYTES("d4:infodee"), .magnet = BYTES("magnet:?x"),
        .target = BYTES("linux-x86_64"),
        .title = BYTES("T\xc3\xaftle"), .publisher = BYTES("P"), .message = BYTES("m\nn"),
        .license = BYTES("L"), .ca = BYTES("-----"),
        .trackers = {BYTES("http://a"), BYTES("http://b"), BYTES("udp://c:1")},
        .tracker_tier = {0, 0, 1}, .tracker_count = 3,
        .webseeds = {BYTES("http://w")}, .webseed_count = 1,
        .peers = {BYTES("1.2.3.4:5"), BYTES("h:6")}, .peer_count = 2,
        .seed_ratio_milli = 1500, .seed_minutes = 0, .max_up = 65536,
    }, back;
    uint8_t mem[1000];
    struct buf b = BUF(mem);
    struct fault why;
    payload_write(&p, &b);
    assert_false(b.full);
    assert_true(payload_parse(&back, buf_bytes(&b), &why));
    assert_bytes(back.torrent, "d4:infodee");
    assert_bytes(back.magnet, "magnet:?x");
    assert_bytes(back.target, "linux-x86_64");
    assert_bytes(back.title, "T\xc3\xaftle");
    assert_bytes(back.publisher, "P");
    assert_bytes(back.message, "m\nn");
    assert_bytes(back.license, "L");
    assert_bytes(back.ca, "-----");
    assert_int_equal(back.tracker_count, 3);
    assert_bytes(back.trackers[1], "http://b");
    assert_int_equal(back.tracker_tier[1], 0);
    assert_int_equal(back.tracker_tier[2], 1);
    assert_bytes(back.webseeds[0], "http://w");
    assert_int_equal(back.peer_count, 2);
    assert_bytes(back.peers[1], "h:6");
    assert_int_equal(back.seed_ratio_milli, 1500);
    assert_int_equal(back.seed_minutes, 0);
    assert_int_equal(back.max_up, 65536);
}

static void
test_what_is_not_given_is_not_written(void **state)
{
    (void)state;
    struct payload p = {.torrent = BYTES("x"), .seed_ratio_milli = -1, .seed_minutes = -1,
                        .max_up = -1}, back;
    uint8_t mem[100];
    struct buf b = BUF(mem);
    struct fault why;
    payload_write(&p, &b);
    assert_bytes(buf_bytes(&b), "d7:torrent1:xe");
    assert_true(payload_parse(&back, buf_bytes(&b), &why));
    assert_int_equal(back.seed_ratio_milli, -1);
    assert_int_equal(back.seed_minutes, -1);
    assert_int_equal(back.max_up, -1);
    assert_int_equal(back.title.len, 0);
    assert_int_equal(back.tracker_count, 0);
}

static void
test_strange_dictionaries(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
    } cases[] = {
        {"d7:torrent1:xe", true},
        {"d6:magnet1:xe", true},
        {"d7:torrent1:x3:new6:futuree", true}, /* unknown keys */
        {"de", false},                         /* nothing to download */
        {"d7:torrenti1ee", false},
        {"d7:torrent1:x5:title1:\xff" "e", false},
        {"d7:torrent1:x5:titlei5ee", true},    /* a wrong type counts as not given */
        {"d7:torrent1:x8:trackersll8:http://aeee", true},
        {"d7:torrent1:x8:webseedsli1eee", false},
        {"d7:torrent1:x5:peersl0:ee", false},
        {"le", false},
        {"d7:torrent1:x", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct payload p;
        struct fault why;
        assert_int_equal(payload_parse(&p, bytes_of_text(cases[i].in), &why), cases[i].ok);
        assert_int_equal(why.what == NULL, cases[i].ok);
    }
}

static void
test_lists_are_capped(void **state)
{
    (void)state;
    char mem[4000];
    struct fault why;
    static struct payload p;
    for (int extra = 0; extra < 2; extra++) {
        struct buf b = BUF(mem);
        buf_text(&b, "d7:torrent1:x8:trackersl");
        for (int i = 0; i < TRACKERS_MAX + extra; i++) {
            buf_text(&b, "l8:http://ae");
        }
        buf_text(&b, "ee");
        assert_int_equal(payload_parse(&p, buf_bytes(&b), &why), !extra);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trailer_round_trips),
        cmocka_unit_test(test_bad_trailers_are_refused),
        cmocka_unit_test(test_trailer_end_of_elf_and_pe),
        cmocka_unit_test(test_inflate_gives_the_dictionary_back),
        cmocka_unit_test(test_changed_payloads_are_refused),
        cmocka_unit_test(test_settings_round_trip),
        cmocka_unit_test(test_what_is_not_given_is_not_written),
        cmocka_unit_test(test_strange_dictionaries),
        cmocka_unit_test(test_lists_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
