/* zlib as a stream with input of its own; all memory comes from one arena.
 *
 * The wrapper is told by the first byte: gzip begins with 1f; zlib, which HTTP calls "deflate",
 * with method 8 and a window of at most 32 KiB (x8, x <= 7); bare deflate, which some servers send
 * under that name, practically never begins so. */
#include "net/inflate.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"

enum {
    MEMORY_MAX = 131072, /* zlib takes about 40 KiB for inflating */
    WINDOW_BITS = 15,
    WINDOW_BITS_ANY = WINDOW_BITS + 32, /* gzip or zlib, found out */
};

struct inflate {
    struct arena arena;
    z_stream z;
    bool begun, ended, bad;
    size_t at, len; /* input[at .. len) waits */
    uint8_t input[INFLATE_INPUT_MAX];
};

static void *
take_memory(void *arena, unsigned count, unsigned size)
{
    return arena_take(arena, count, size);
}

/* Everything is given back at once, with the arena. */
static void
drop_memory(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

struct inflate *
inflate_new(void)
{
    struct arena arena = {.size_max = MEMORY_MAX};
    struct inflate *z = arena_take(&arena, 1, sizeof(*z));
    if (!z) {
        return NULL;
    }
    z->arena = arena;
    z->z.opaque = &z->arena;
    z->z.zalloc = take_memory;
    z->z.zfree = drop_memory;
    if (inflateInit2(&z->z, WINDOW_BITS_ANY) != Z_OK) {
        inflate_free(z);
        return NULL;
    }
    return z;
}

void
inflate_free(struct inflate *z)
{
    if (z) {
        struct arena arena = z->arena; /* z itself lies in it */
        arena_free(&arena);
    }
}

bool
inflate_feed(struct inflate *z, struct bytes in)
{
    if (z->ended) {
        return true;
    }
    if (z->at == z->len) {
        z->at = z->len = 0;
    }
    if (in.len > sizeof(z->input) - z->len) {
        return false;
    }
    if (in.len > 0) {
        memcpy(z->input + z->len, in.ptr, in.len);
        z->len += in.len;
    }
    return true;
}

bool
inflate_has_input(const struct inflate *z)
{
    return z->at < z->len;
}

/* The first byte says whether there is a wrapper. */
static void
begin(struct inflate *z)
{
    uint8_t first = z->input[z->at];
    bool gzip = first == 0x1f;
    bool zlib = (first & 0x0f) == 8 && first >> 4 <= 7;
    if (!gzip && !zlib && inflateReset2(&z->z, -WINDOW_BITS) != Z_OK) {
        z->bad = true;
    }
    z->begun = true;
}

enum parse
inflate_run(struct inflate *z, uint8_t *out, size_t out_max, size_t *made)
{
    *made = 0;
    if (z->bad || z->ended) {
        return z->bad ? PARSE_BAD : PARSE_OK;
    }
    if (!z->begun && inflate_has_input(z)) {
        begin(z);
    }
    unsigned room = out_max < UINT_MAX ? (unsigned)out_max : UINT_MAX;
    z->z.next_in = z->input + z->at;
    z->z.avail_in = (unsigned)(z->len - z->at);
    z->z.next_out = out;
    z->z.avail_out = room;
    int result = inflate(&z->z, Z_NO_FLUSH);
    z->at = z->len - z->z.avail_in;
    *made = room - z->z.avail_out;
    switch (result) {
    case Z_STREAM_END:
        z->ended = true;
        z->at = z->len = 0;
        return PARSE_OK;
    case Z_OK:
    case Z_BUF_ERROR: return PARSE_MORE;
    default: z->bad = true; return PARSE_BAD;
    }
}
