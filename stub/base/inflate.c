/* zlib's inflateBack rather than its inflate: the input is whole and has no wrapper, so the part
 * that can stop and go on at any byte, half of the code, stays out of every download. */
#include "base/inflate.h"

#include <zlib.h>

enum {
    WINDOW_BITS = 15,
    STATE_MAX = 8192, /* zlib takes 7.1 KiB for its only piece of memory */
};

/* zlib's memory, in our stack frame. */
struct room {
    bool taken;
    _Alignas(16) uint8_t state[STATE_MAX];
};

static void *
take_room(void *room, unsigned count, unsigned size)
{
    struct room *r = room;
    bool fits = !r->taken && size > 0 && count <= STATE_MAX / size;
    r->taken = true;
    return fits ? r->state : NULL;
}

static void
leave_room(void *room, void *state)
{
    (void)room;
    (void)state;
}

/* There is no input but that in the stream from the beginning. */
static unsigned
no_more(void *none, z_const unsigned char **at)
{
    (void)none;
    *at = NULL;
    return 0;
}

static int
append(void *out, unsigned char *data, unsigned len)
{
    struct buf *b = out;
    buf_add(b, bytes_of(data, len));
    return b->full;
}

enum parse
inflate_whole(struct bytes *in, struct buf *out)
{
    /* Zeroed: until it is full, inflateBack lets some distances pass that lead before the start of
     * the data (zlib 1.2.13), and what lay on our stack is nobody's business. */
    uint8_t window[1 << WINDOW_BITS] = {0};
    struct room room = {0};
    z_stream z = {.zalloc = take_room, .zfree = leave_room, .opaque = &room};
    struct bytes head = bytes_first(*in, UINT32_MAX);
    if (inflateBackInit(&z, WINDOW_BITS, window) != Z_OK) {
        return PARSE_BAD;
    }
    z.next_in = (z_const Bytef *)(uintptr_t)head.ptr;
    z.avail_in = (uInt)head.len;
    int result = inflateBack(&z, no_more, NULL, append, out);
    if (result == Z_STREAM_END) {
        *in = bytes_skip(*in, head.len - z.avail_in);
        return PARSE_OK;
    }
    return result == Z_BUF_ERROR && !out->full ? PARSE_MORE : PARSE_BAD;
}
