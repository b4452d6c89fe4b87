/* Names from strangers made safe.
 *
 * What cannot be seen (control and direction characters) is dropped; what can be seen but
 * not stored becomes "_"; what is no UTF-8 becomes U+FFFD. Over-folding in the key costs
 * at worst a needless " (2)", so whole blocks of letters are folded by simple rules. */
#include "meta/safe_path.h"

#include "base/limits.h"

#include <string.h>

enum { EXTENSION_MAX = 16 }; /* bytes, with the dot; what is longer is no extension */

struct range {
    uint16_t first, last;
};

static bool
is_invisible(uint32_t code)
{
    static const struct range ranges[] = {
        {0x0000, 0x001f}, /* control */
        {0x007f, 0x009f}, /* delete, control */
        {0x061c, 0x061c}, /* direction marks, embeddings, overrides and isolates ... */
        {0x200b, 0x200b}, /* zero-width space */
        {0x200e, 0x200f},
        {0x2028, 0x202e}, /* ... with line and paragraph separators before them */
        {0x2060, 0x206f},
        {0xfeff, 0xfeff}, /* byte order mark */
        {0xfff9, 0xfffb}, /* interlinear annotation */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* Appends the safe characters of `name`, until `out` is full; never a part of one. */
static void
add_clean(struct buf *out, struct bytes name)
{
    while (name.len && !out->full) {
        uint32_t code = 0;
        size_t n = bytes_utf8_next(name, &code);
        if (n == 0) {
            buf_text(out, "\xef\xbf\xbd");
            n = 1;
        } else if (code > ' ' && code < 0x7f && strchr("<>:\"/\\|?*", (int)code)) {
            buf_byte(out, '_');
        } else if ((code >= ' ' && code < 0x7f) || !is_invisible(code)) {
            buf_add(out, bytes_first(name, n));
        }
        name = bytes_skip(name, n);
    }
}

static bool
is_dot_or_space(uint8_t c)
{
    return c == '.' || c == ' ';
}

static struct bytes
without_tail(struct bytes name)
{
    while (name.len && is_dot_or_space(name.ptr[name.len - 1])) {
        name.len--;
    }
    return name;
}

/* Where a short extension begins; the length if there is none. */
static size_t
extension_at(struct bytes name)
{
    for (size_t n = 1; n <= EXTENSION_MAX && n < name.len; n++) {
        if (name.ptr[name.len - n] == '.') {
            return name.len - n;
        }
    }
    return name.len;
}

/* Windows opens a device for these, whatever stands behind the first dot. */
static bool
is_reserved(struct bytes name)
{
    static const char devices[] = "CON PRN AUX NUL CONIN$ CONOUT$";
    struct bytes rest = BYTES(devices);
    struct bytes stem = bytes_trim(bytes_first(name, bytes_find(name, '.')));
    while (rest.len) {
        if (bytes_equal_nocase(stem, bytes_cut(&rest, ' '))) {
            return true;
        }
    }
    struct bytes kind = bytes_first(stem, 3), number = bytes_skip(stem, 3);
    if (!bytes_equal_nocase(kind, BYTES("COM")) && !bytes_equal_nocase(kind, BYTES("LPT"))) {
        return false;
    }
    return (number.len == 1 && number.ptr[0] >= '0' && number.ptr[0] <= '9') ||
           bytes_equal(number, BYTES("\xc2\xb9")) || /* superscript 1, 2, 3 count too */
           bytes_equal(number, BYTES("\xc2\xb2")) || bytes_equal(number, BYTES("\xc2\xb3"));
}

/* The clean name in at most `max` bytes. */
static struct bytes
fit(struct bytes name, uint8_t mem[NAME_LEN_MAX], size_t max)
{
    uint8_t extension_mem[3 * EXTENSION_MAX];
    struct buf safe = buf_over(mem, max), extension = BUF(extension_mem);
    add_clean(&safe, name);
    if (safe.full) {
        size_t at = extension_at(name);
        add_clean(&extension, bytes_skip(name, at));
        safe = buf_over(mem, max - extension.len);
        add_clean(&safe, bytes_first(name, at));
        safe.max = max;
        safe.full = false;
        buf_add(&safe, buf_bytes(&extension));
    }
    return without_tail(buf_bytes(&safe));
}

void
safe_path_component(struct buf *out, struct bytes name)
{
    uint8_t mem[NAME_LEN_MAX];
    name = without_tail(name);
    struct bytes safe = fit(name, mem, NAME_LEN_MAX);
    if (safe.len == 0 || is_reserved(safe)) {
        buf_byte(out, '_');
        safe = fit(name, mem, NAME_LEN_MAX - 1);
    }
    buf_add(out, safe);
}

/* Letters with a lower-case partner: `step` 1 adds `delta`, step 2 means that upper and
 * lower case alternate, the upper one being even or odd as `first` is. */
static uint32_t
fold(uint32_t code)
{
    static const struct {
        uint16_t first, last;
        uint8_t step, delta;
    } letters[] = {
        {0x00c0, 0x00de, 1, 32}, /* Latin-1 (the times sign too: harmless) */
        {0x0100, 0x0137, 2, 1},  /* Latin Extended-A */
        {0x0139, 0x0148, 2, 1},
        {0x014a, 0x0177, 2, 1},
        {0x0179, 0x017e, 2, 1},
        {0x0388, 0x038a, 1, 37}, /* Greek with tonos */
        {0x0391, 0x03ab, 1, 32}, /* Greek */
        {0x0400, 0x040f, 1, 80}, /* Cyrillic */
        {0x0410, 0x042f, 1, 32},
        {0x0460, 0x0481, 2, 1},
        {0x048a, 0x04bf, 2, 1},
        {0x04c1, 0x04ce, 2, 1},
        {0x04d0, 0x052f, 2, 1},
        {0x0531, 0x0556, 1, 48}, /* Armenian */
        {0x1e00, 0x1e95, 2, 1},  /* Latin Extended Additional: Vietnamese and others */
        {0x1ea0, 0x1eff, 2, 1},
        {0xff21, 0xff3a, 1, 32}, /* full-width Latin */
    };
    if (code < 0x80) {
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    }
    switch (code) {
    case 0x0178: return 0x00ff;
    case 0x0386: return 0x03ac;
    case 0x03c2: return 0x03c3; /* final sigma */
    case 0x038c: return 0x03cc;
    case 0x038e: return 0x03cd;
    case 0x038f: return 0x03ce;
    }
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (code >= letters[i].first && code <= letters[i].last) {
            bool upper = (code - letters[i].first) % letters[i].step == 0;
            return upper ? code + letters[i].delta : code;
        }
    }
    return code;
}

/* FNV-1a over folded characters. A stranger can make two paths with one key; then one is
 * renamed without need, nothing worse. */
uint64_t
safe_path_key_add(uint64_t key, struct bytes path)
{
    for (size_t at = 0; at < path.len;) {
        uint32_t code = path.ptr[at];
        size_t n = code < 0x80 ? 1 : bytes_utf8_next(bytes_skip(path, at), &code);
        key = (key ^ fold(code)) * 0x100000001b3;
        at += n ? n : 1;
    }
    return key;
}

uint64_t
safe_path_key(struct bytes path)
{
    return safe_path_key_add(SAFE_PATH_KEY_START, path);
}

bool
safe_path_link_stays_inside(struct bytes path, struct bytes target)
{
    int depth = -1;
    if (target.len == 0 || target.ptr[0] == '/') {
        return false;
    }
    while (path.len) {
        bytes_cut(&path, '/');
        depth++;
    }
    while (target.len) {
        struct bytes part = bytes_cut(&target, '/');
        if (bytes_equal(part, BYTES(".."))) {
            depth--;
        } else if (part.len && !bytes_equal(part, BYTES("."))) {
            depth++;
        }
        if (depth < 0) {
            return false;
        }
    }
    return true;
}
