#include "builder/pack.h"

#include "base/check.h"
#include "base/hash.h"
#include "builder/embedded.h"
#include "builder/files.h"
#include "meta/safe_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { COMPARE_SIZE = 64 * 1024 };

struct bytes
pack_stub(const char *target)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        const struct embedded_stub *s = &embedded_stubs[i];
        if (strcmp(s->target, target) == 0) {
            uint8_t *image = files_memory(s->full_len, 1);
            uLongf len = (uLongf)s->full_len;
            bool good = uncompress(image, &len, s->data, (uLong)s->stored_len) == Z_OK;
            check(good && len == s->full_len);
            return bytes_of(image, s->full_len);
        }
    }
    return (struct bytes){0};
}

/* Are the first `image.len` bytes of the file those of the image? */
static bool
is_image(sys_file f, struct bytes image)
{
    uint8_t *mem = files_memory(COMPARE_SIZE, 1);
    bool same = true;
    for (size_t at = 0; same && at < image.len; at += COMPARE_SIZE) {
        size_t n = image.len - at < COMPARE_SIZE ? image.len - at : COMPARE_SIZE;
        same = sys_file_read(f, (int64_t)at, mem, n) == (int64_t)n &&
               memcmp(mem, image.ptr + at, n) == 0;
    }
    free(mem);
    return same;
}

const char *
pack_known_stub(sys_file f, uint64_t len)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        if (embedded_stubs[i].full_len == len) {
            struct bytes image = pack_stub(embedded_stubs[i].target);
            bool same = is_image(f, image);
            free((void *)(uintptr_t)image.ptr);
            if (same) {
                return embedded_stubs[i].target;
            }
        }
    }
    return NULL;
}

/* Deflates into `out`, which has room for the worst case; returns the length. */
static size_t
deflate_all(struct bytes in, uint8_t *out, size_t out_max)
{
    z_stream z = {0};
    /* Negative: no zlib header or checksum, the trailer has a better one. */
    check(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    z.next_out = out;
    z.avail_out = (uInt)out_max;
    check(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return out_max - z.avail_out;
}

struct bytes
pack_tail(const struct payload *p, size_t stub_len)
{
    uint8_t *full_mem = files_memory(PAYLOAD_SIZE_MAX, 1);
    struct buf full = buf_over(full_mem, PAYLOAD_SIZE_MAX);
    struct bytes tail = {0};
    payload_write(p, &full);
    if (!full.full) {
        size_t room = (size_t)compressBound((uLong)full.len) + 64;
        uint8_t *out = files_memory(room + TRAILER_SIZE, 1);
        size_t len = deflate_all(buf_bytes(&full), out, room);
        struct payload_trailer t = {.version = PAYLOAD_VERSION,
                                    .offset = stub_len,
                                    .stored_len = (uint32_t)len,
                                    .full_len = (uint32_t)full.len};
        sha256_of(bytes_of(out, len), t.sha256);
        payload_write_trailer(&t, out + len);
        tail = bytes_of(out, len + TRAILER_SIZE);
    }
    free(full_mem);
    return tail;
}

void
pack_name(struct buf *out, const char *name, const char *target)
{
    uint8_t mem[NAME_LEN_MAX * 2];
    struct buf b = BUF(mem);
    bool windows = bytes_starts(bytes_of_text(target), BYTES("windows-"));
    buf_add(&b, bytes_first(bytes_of_text(name), NAME_LEN_MAX));
    buf_byte(&b, '-');
    buf_text(&b, target);
    buf_text(&b, windows ? ".exe" : ".run");
    safe_path_component(out, buf_bytes(&b));
}
