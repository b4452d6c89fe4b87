/* Archives, inflated and looked at; that tar unpacks them is tested in tests/interop. */
#include "builder/tarball.h"

#include "builder/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { IMAGE_LEN = 300001, REST_MAX = 200000, BLOCK = 512, FRONT = 3 * BLOCK };
enum { GZIP_HEAD = 10, GZIP_TAIL = 8 };

static uint8_t content[IMAGE_LEN + REST_MAX];
static uint8_t tar[FRONT + sizeof content + 4 * BLOCK];

/* Inflates the parts as one gzip member. Returns the length. */
static size_t
gunzip(const struct bytes parts[3])
{
    z_stream z = {0};
    int result = Z_OK;
    assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
    z.next_out = tar;
    z.avail_out = sizeof tar;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(result, Z_OK);
        struct bytes part = i > 0 ? parts[i] : bytes_skip(parts[0], GZIP_HEAD);
        z.next_in = (z_const Bytef *)(uintptr_t)part.ptr;
        z.avail_in = (uInt)part.len;
        result = inflate(&z, Z_NO_FLUSH);
        assert_int_equal(z.avail_in, i < 2 ? 0 : GZIP_TAIL);
    }
    size_t len = sizeof tar - z.avail_out;
    assert_int_equal(result, Z_STREAM_END);
    assert_int_equal(le32(z.next_in), crc32(0, tar, (uInt)len));
    assert_int_equal(le32(z.next_in + 4), len);
    inflateEnd(&z);
    return len;
}

static void
round_trip(const char *name, const struct tarball_image *image, size_t rest_len)
{
    char record[300], size[16];
    size_t total = IMAGE_LEN + rest_len, padded = (total + BLOCK - 1) / BLOCK * BLOCK, len = 0;
    struct tarball t = tarball_make(name, image, bytes_of(content + IMAGE_LEN, rest_len));
    const struct bytes parts[3] = {t.head, image->deflated, t.tail};
    assert_int_equal(gunzip(parts), FRONT + padded + 2 * BLOCK);
    for (size_t n = 0; n != len || len == 0;) { /* the length that counts itself */
        n = len;
        len = (size_t)snprintf(record, sizeof record, "%zu path=%s\n", n, name);
    }
    assert_memory_equal(tar + BLOCK, record, len + 1);
    snprintf(size, sizeof size, "%011zo", total);
    assert_string_equal((char *)tar + 2 * BLOCK + 124, size);
    assert_memory_equal(tar + FRONT, content, total);
    for (size_t i = FRONT + total; i < FRONT + padded + 2 * BLOCK; i++) {
        assert_int_equal(tar[i], 0);
    }
    tarball_free(&t);
}

static void
test_what_was_packed_comes_out(void **state)
{
    (void)state;
    char name[256];
    for (size_t i = 0; i < sizeof content; i++) {
        content[i] = (uint8_t)(i < IMAGE_LEN ? i / 7 : i * i >> 7);
    }
    struct tarball_image image = tarball_image(bytes_of(content, IMAGE_LEN));
    assert_true(image.deflated.len < IMAGE_LEN / 10);
    static const size_t lengths[] = {0, 1, 510, 511, 512, 65535 - 1024, 65535, 65536, REST_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        round_trip("a.run", &image, lengths[i]);
    }
    for (size_t len = 80; len < 110; len++) { /* over the place where the length gets a digit */
        memset(name, 'n', len);
        name[len] = '\0';
        round_trip(name, &image, 100);
    }
    tarball_image_free(&image);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_packed_comes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
