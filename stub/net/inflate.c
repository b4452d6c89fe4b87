/* zlib as a stream with input of its own; all memory comes from one arena.
 *
 * The wrapper is told by the first byte: gzip begins with 1f; zlib, which HTTP calls "deflate",
 * with method 8 and a window of at most 32 KiB (x8, x <= 7); bare deflate, which some servers send
 * under that name, practically never begins so.
 *
 * The gzip header (RFC 1952 2.3) is read here: zlib's own reading of it brings 10 KB of tables for
 * a checksum that does not make bytes from a stranger any more believable. */
#include "net/inflate.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"

enum {
    MEMORY_MAX = 131072, /* zlib takes about 40 KiB for inflating */
    WINDOW_BITS = 15,
};

/* What comes next of a gzip header; all but the first are there when their flag is set. */
enum gzip_step {
    GZIP_FIXED,        /* awaits ten bytes: 1f 8b 08, flags, six more */
    GZIP_EXTRA_LENGTH, /* awaits two bytes */
    GZIP_EXTRA,        /* awaits `count` bytes */
    GZIP_NAME,         /* awaits a NUL */
    GZIP_COMMENT,      /* awaits a NUL */
    GZIP_CHECKSUM,     /* awaits two bytes */
    GZIP_END,          /* awaits nothing: deflate follows */
};

static const uint8_t gzip_flags[GZIP_END] = {0, 4, 4, 8, 16, 2};

struct inflate {
    struct arena arena;
    z_stream z;
    bool begun, ended, bad;
    enum gzip_step step;
    uint8_t flags;
    unsigned count; /* bytes taken in this step */
    unsigned extra; /* bytes left of GZIP_EXTRA */
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
    if (inflateInit2(&z->z, WINDOW_BITS) != Z_OK) {
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

/* Takes one byte of the header; does the step end with it? */
static bool
step_ends(struct inflate *z, uint8_t c)
{
    static const uint8_t magic[3] = {0x1f, 0x8b, 8};
    switch (z->step) {
    case GZIP_FIXED:
        z->bad = z->count < 3 && c != magic[z->count];
        z->flags = z->count == 3 ? c : z->flags;
        return ++z->count == 10;
    case GZIP_EXTRA_LENGTH: z->extra |= (unsigned)c << 8 * z->count; return ++z->count == 2;
    case GZIP_EXTRA: return --z->extra == 0;
    case GZIP_NAME:
    case GZIP_COMMENT: return c == 0;
    case GZIP_CHECKSUM: return ++z->count == 2;
    case GZIP_END: break;
    }
    return false;
}

static bool
step_is_absent(const struct inflate *z)
{
    return !(z->flags & gzip_flags[z->step]) || (z->step == GZIP_EXTRA && z->extra == 0);
}

static void
skip_header(struct inflate *z)
{
    while (z->step < GZIP_END && !z->bad && inflate_has_input(z)) {
        if (step_ends(z, z->input[z->at++])) {
            z->count = 0;
            do {
                z->step++;
            } while (z->step < GZIP_END && step_is_absent(z));
        }
    }
}

/* The first byte says whether there is a wrapper. */
static void
begin(struct inflate *z)
{
    uint8_t first = z->input[z->at];
    bool is_gzip = first == 0x1f;
    bool is_zlib = (first & 0x0f) == 8 && first >> 4 <= 7;
    z->step = is_gzip ? GZIP_FIXED : GZIP_END;
    z->bad = !is_zlib && inflateReset2(&z->z, -WINDOW_BITS) != Z_OK;
    z->begun = true;
}

enum parse
inflate_run(struct inflate *z, uint8_t *out, size_t out_max, size_t *made)
{
    *made = 0;
    if (!z->begun && inflate_has_input(z)) {
        begin(z);
    }
    skip_header(z);
    if (z->bad || z->ended) {
        return z->bad ? PARSE_BAD : PARSE_OK;
    }
    if (z->step < GZIP_END || !z->begun) {
        return PARSE_MORE;
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
