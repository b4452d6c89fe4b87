#include "base/inflate.h"
#include "wire/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT "hello hello hello hello\n"
#define GZIP \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x00\x88" \
    "\x59\x0b\x18\x00\x00\x00"
/* as GZIP with all that the header may have: extra field "ab", name, comment, checksum */
#define GZIP_ALL \
    "\x1f\x8b\x08\x1e\x00\x00\x00\x00\x02\xff\x02\x00\x61\x62name\x00" \
    "comment\x00\x12\x34\xcb\x48\xcd" \
    "\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x00\x88\x59\x0b\x18\x00\x00\x00"
#define ZLIB "\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x70\xbe\x08\xbb"
#define BARE "\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00"

static bool
unpack(struct bytes in, uint8_t *out, size_t room, size_t *len)
{
    struct buf b = buf_over(out, room);
    bool is_good = gzip_unpack(in, &b);
    *len = b.len;
    return is_good;
}

static void
test_streams_of_each_wrapper_are_inflated(void **state)
{
    (void)state;
    const struct bytes streams[] = {BYTES(GZIP), BYTES(GZIP_ALL), BYTES(ZLIB), BYTES(BARE),
                                    BYTES(GZIP "what follows it")};
    uint8_t out[64];
    size_t len;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        assert_true(unpack(streams[i], out, sizeof TEXT - 1, &len));
        assert_int_equal(len, sizeof TEXT - 1);
        assert_memory_equal(out, TEXT, len);
        assert_false(unpack(streams[i], out, sizeof TEXT - 2, &len));
        assert_true(len <= sizeof TEXT - 2);
    }
}

static void
test_streams_cut_anywhere_are_bad(void **state)
{
    (void)state;
    /* Of gzip and zlib the checksums are not looked at, so their absence is not seen. */
    const struct bytes streams[] = {BYTES(GZIP), BYTES(GZIP_ALL), BYTES(ZLIB), BYTES(BARE)};
    const size_t checksums[] = {8, 8, 4, 0};
    uint8_t out[64];
    size_t len;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        for (size_t cut = 0; cut < streams[i].len - checksums[i]; cut++) {
            assert_false(unpack(bytes_first(streams[i], cut), out, sizeof out, &len));
        }
    }
}

static void
test_damaged_streams_are_bad(void **state)
{
    (void)state;
    const struct bytes wrongs[] = {
        BYTES("\x1f\x8b\x09\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd"),
        BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xff\x48\xcd"),
        BYTES("<html>no gzip"),
        BYTES("\x78\x9d\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00"), /* its check is wrong */
        BYTES("\x78\xbb\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00"), /* wants a dictionary */
        BYTES("\x1f\x8b\x08\x04\x00\x00\x00\x00\x02\xff\xff\xff" BARE), /* extra field too long */
        BYTES("\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\xff no end"),
    };
    uint8_t out[64];
    size_t len;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        assert_false(unpack(wrongs[i], out, sizeof out, &len));
    }
}

static void
test_the_stream_is_cut_off_what_follows(void **state)
{
    (void)state;
    uint8_t out[64];
    struct buf b = BUF(out);
    struct bytes in = BYTES(BARE "rest");
    assert_int_equal(inflate_whole(&in, &b), PARSE_OK);
    assert_int_equal(in.len, 4);
    assert_memory_equal(in.ptr, "rest", 4);
    in = BYTES("\xcb\x48\xcd");
    assert_int_equal(inflate_whole(&in, &b), PARSE_MORE);
    in = BYTES("\xff");
    assert_int_equal(inflate_whole(&in, &b), PARSE_BAD);
    in = BYTES("");
    assert_int_equal(inflate_whole(&in, &b), PARSE_MORE);
}

/* Appends the `count` low bits of `value`, lowest first. */
static void
put_bits(uint8_t *out, size_t *at, unsigned value, int count)
{
    for (int i = 0; i < count; i++, (*at)++) {
        out[*at / 8] |= (uint8_t)((value >> i & 1) << *at % 8);
    }
}

static void
test_little_input_makes_much_output(void **state)
{
    (void)state;
    enum { REPEATS = 10000, MADE = 1 + 258 * REPEATS };
    static uint8_t in[REPEATS * 2], out[MADE];
    size_t bits = 0, len;
    put_bits(in, &bits, 3, 3);    /* last block, fixed codes */
    put_bits(in, &bits, 0x06, 8); /* '0' */
    for (int i = 0; i < REPEATS; i++) {
        put_bits(in, &bits, 0xa3, 8); /* 258 bytes... */
        put_bits(in, &bits, 0, 5);    /* ...from 1 back */
    }
    put_bits(in, &bits, 0, 7); /* end */
    struct bytes stream = bytes_of(in, bits / 8 + 1);
    assert_true(unpack(stream, out, MADE, &len));
    assert_int_equal(len, MADE);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(out[i], '0');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_of_each_wrapper_are_inflated),
        cmocka_unit_test(test_damaged_streams_are_bad),
        cmocka_unit_test(test_streams_cut_anywhere_are_bad),
        cmocka_unit_test(test_the_stream_is_cut_off_what_follows),
        cmocka_unit_test(test_little_input_makes_much_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
