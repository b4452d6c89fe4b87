/* The wrapper is told by the first byte: gzip begins with 1f; zlib, which HTTP calls "deflate",
 * with method 8 and a window of at most 32 KiB (x8, x <= 7); bare deflate, which some servers send
 * under that name, practically never begins so. */
#include "wire/gzip.h"

#include "base/inflate.h"

enum {
    GZIP_HEAD_SIZE = 10, /* 1f 8b 08, flags, time (4), two more */
    GZIP_HAS_CHECKSUM = 2,
    GZIP_HAS_EXTRA = 4,
    GZIP_HAS_NAME = 8,
    GZIP_HAS_COMMENT = 16,
    ZLIB_HAS_DICTIONARY = 0x20,
};

/* What follows the header of a gzip stream (RFC 1952 2.3); nothing when that is cut off. */
static struct bytes
skip_gzip_head(struct bytes in)
{
    uint8_t flags = in.len > 3 ? in.ptr[3] : 0;
    in = bytes_skip(in, GZIP_HEAD_SIZE);
    if (flags & GZIP_HAS_EXTRA) {
        size_t len = in.len < 2 ? in.len : (size_t)in.ptr[0] + ((size_t)in.ptr[1] << 8);
        in = bytes_skip(in, 2 + len);
    }
    if (flags & GZIP_HAS_NAME) {
        bytes_cut(&in, 0);
    }
    if (flags & GZIP_HAS_COMMENT) {
        bytes_cut(&in, 0);
    }
    return flags & GZIP_HAS_CHECKSUM ? bytes_skip(in, 2) : in;
}

bool
gzip_unpack(struct bytes in, struct buf *out)
{
    if (bytes_starts(in, BYTES("\x1f\x8b\x08"))) {
        in = skip_gzip_head(in);
    } else if (in.len >= 2 && (in.ptr[0] & 0x8f) == 8) {
        if (be16(in.ptr) % 31 != 0 || in.ptr[1] & ZLIB_HAS_DICTIONARY) {
            return false;
        }
        in = bytes_skip(in, 2);
    }
    return inflate_whole(&in, out) == PARSE_OK;
}
