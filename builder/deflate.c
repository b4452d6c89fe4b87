#include "builder/deflate.h"

#include "base/check.h"

#include <zlib.h>

size_t
deflate_room(size_t len)
{
    return (size_t)compressBound((uLong)len) + 64;
}

static size_t
run(struct bytes in, uint8_t *out, size_t out_max, int flush)
{
    z_stream z = {0};
    /* Negative: no zlib header or checksum. */
    check(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    z.next_out = out;
    z.avail_out = (uInt)out_max;
    int result = deflate(&z, flush);
    check(z.avail_in == 0 && z.avail_out > 0 &&
          result == (flush == Z_FINISH ? Z_STREAM_END : Z_OK));
    deflateEnd(&z);
    return out_max - z.avail_out;
}

size_t
deflate_all(struct bytes in, uint8_t *out, size_t out_max)
{
    return run(in, out, out_max, Z_FINISH);
}

size_t
deflate_begin(struct bytes in, uint8_t *out, size_t out_max)
{
    return run(in, out, out_max, Z_FULL_FLUSH);
}

uint32_t
deflate_crc32(struct bytes in)
{
    return (uint32_t)crc32(0, in.ptr, (uInt)in.len);
}

uint32_t
deflate_crc32_join(uint32_t first, uint32_t second, size_t second_len)
{
    return (uint32_t)crc32_combine(first, second, (z_off_t)second_len);
}

void
deflate_undo(struct bytes stored, uint8_t *out, size_t out_len)
{
    uLongf len = (uLongf)out_len;
    check(uncompress(out, &len, stored.ptr, (uLong)stored.len) == Z_OK && len == out_len);
}
