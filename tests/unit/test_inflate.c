#include "net/inflate.h"

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

/* Feeds `step` bytes at a time and takes `room` at a time. */
static enum parse
inflate_all(struct bytes in, size_t step, size_t room, uint8_t *out, size_t *len)
{
    struct inflate *z = inflate_new();
    enum parse result = PARSE_MORE;
    size_t made;
    *len = 0;
    while (result == PARSE_MORE && in.len > 0) {
        struct bytes some = bytes_first(in, step);
        in = bytes_skip(in, some.len);
        assert_true(inflate_feed(z, some));
        do {
            result = inflate_run(z, out + *len, room, &made);
            assert_true(made <= room);
            *len += made;
        } while (result == PARSE_MORE && made == room);
        assert_false(result == PARSE_MORE && inflate_has_input(z));
    }
    inflate_free(z);
    return result;
}

static void
test_streams_of_each_wrapper_are_inflated(void **state)
{
    (void)state;
    const struct bytes streams[] = {BYTES(GZIP), BYTES(GZIP_ALL), BYTES(ZLIB), BYTES(BARE)};
    uint8_t out[64];
    size_t len;
    for (size_t i = 0; i < 4; i++) {
        for (size_t step = 1; step <= streams[i].len; step++) {
            for (size_t room = 1; room <= 30; room++) {
                assert_int_equal(inflate_all(streams[i], step, room, out, &len), PARSE_OK);
                assert_int_equal(len, sizeof TEXT - 1);
                assert_memory_equal(out, TEXT, len);
            }
        }
    }
}

static void
test_damaged_streams_are_bad(void **state)
{
    (void)state;
    uint8_t out[64];
    size_t len;
    struct bytes wrong = BYTES("\x1f\x8b\x09\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd");
    assert_int_equal(inflate_all(wrong, 5, 30, out, &len), PARSE_BAD);
    wrong = BYTES("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xff\x48\xcd");
    assert_int_equal(inflate_all(wrong, 5, 30, out, &len), PARSE_BAD);
    assert_int_equal(inflate_all(BYTES("<html>no gzip"), 5, 30, out, &len), PARSE_BAD);
    assert_int_equal(inflate_all(bytes_first(BYTES(GZIP), 20), 5, 30, out, &len), PARSE_MORE);
}

static void
test_input_has_a_limit(void **state)
{
    (void)state;
    static uint8_t zeros[INFLATE_INPUT_MAX];
    struct inflate *z = inflate_new();
    assert_true(inflate_feed(z, bytes_of(zeros, sizeof zeros)));
    assert_true(inflate_has_input(z));
    assert_false(inflate_feed(z, BYTES("x")));
    inflate_free(z);
    inflate_free(NULL);
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
    enum { REPEATS = 10000, MADE = 1 + 258 * REPEATS, ROOM = 262144 };
    static uint8_t in[REPEATS * 2], out[MADE + ROOM];
    size_t bits = 0, len;
    put_bits(in, &bits, 3, 3);    /* last block, fixed codes */
    put_bits(in, &bits, 0x06, 8); /* '0' */
    for (int i = 0; i < REPEATS; i++) {
        put_bits(in, &bits, 0xa3, 8); /* 258 bytes... */
        put_bits(in, &bits, 0, 5);    /* ...from 1 back */
    }
    put_bits(in, &bits, 0, 7); /* end */
    struct bytes stream = bytes_of(in, bits / 8 + 1);
    assert_int_equal(inflate_all(stream, INFLATE_INPUT_MAX, ROOM, out, &len), PARSE_OK);
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
        cmocka_unit_test(test_input_has_a_limit),
        cmocka_unit_test(test_little_input_makes_much_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
