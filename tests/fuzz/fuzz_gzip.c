/* gzip, zlib and bare deflate: the same bytes and the same verdict as zlib's inflate. */
#include "base/check.h"
#include "base/inflate.h"
#include "wire/gzip.h"

#include <string.h>

#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 20 };

static uint8_t out[OUT_MAX], want[OUT_MAX];

/* What zlib's inflate makes of bare deflate. `*lax`: its complaint is one that inflateBack does not
 * always share. */
static enum parse
ask_zlib(struct bytes *in, size_t *len, bool *lax)
{
    z_stream z = {0};
    check(inflateInit2(&z, -MAX_WBITS) == Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)in->ptr;
    z.avail_in = (uInt)in->len;
    z.next_out = want;
    z.avail_out = OUT_MAX;
    int result = inflate(&z, Z_SYNC_FLUSH);
    *len = OUT_MAX - z.avail_out;
    *in = bytes_skip(*in, in->len - z.avail_in);
    *lax = z.msg && strcmp(z.msg, "invalid distance too far back") == 0;
    inflateEnd(&z);
    return result == Z_STREAM_END ? PARSE_OK : result == Z_DATA_ERROR ? PARSE_BAD : PARSE_MORE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size), rest = in, want_rest = in;
    struct buf b = BUF(out), small = buf_over(out, 10);
    size_t want_len;
    bool lax;
    enum parse verdict = ask_zlib(&want_rest, &want_len, &lax);
    enum parse result = inflate_whole(&rest, &b);
    if (want_len < OUT_MAX && !lax) {
        /* Both see the same errors, but one of them may want more input first. */
        check((result == PARSE_OK) == (verdict == PARSE_OK));
        check(result != PARSE_OK || (b.len == want_len && memcmp(out, want, b.len) == 0));
        check(result != PARSE_OK || rest.len == want_rest.len);
    }
    rest = in;
    result = inflate_whole(&rest, &small);
    check(small.len <= 10);
    check(result != PARSE_OK || lax || want_len <= 10);

    b = BUF(out);
    bool is_good = gzip_unpack(in, &b);
    check(!is_good || !b.full);
    /* Behind the shortest gzip header the same stream gives the same. */
    uint8_t mem[4096];
    struct buf wrapped = BUF(mem);
    buf_add(&wrapped, BYTES("\x1f\x8b\x08\0\0\0\0\0\0\0"));
    buf_add(&wrapped, in);
    b = BUF(out);
    if (!wrapped.full && want_len < OUT_MAX && !lax) {
        check(gzip_unpack(buf_bytes(&wrapped), &b) == (verdict == PARSE_OK));
    }
    return 0;
}
