/* Slices and network-order integers: see bytes.h. */
#include "base/bytes.h"

#include <string.h>

struct bytes
bytes_of(const void *ptr, size_t len)
{
    return (struct bytes){ptr, len};
}

struct bytes
bytes_of_text(const char *text)
{
    return bytes_of(text, text ? strlen(text) : 0);
}

const char *
text_at(const char *list, unsigned n)
{
    for (; n > 0; n--) {
        list += strlen(list) + 1;
    }
    return list;
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool
bytes_equal_nocase(struct bytes a, struct bytes b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

int
bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool
bytes_starts(struct bytes a, struct bytes part)
{
    return a.len >= part.len && bytes_equal(bytes_first(a, part.len), part);
}

bool
bytes_ends(struct bytes a, struct bytes part)
{
    return a.len >= part.len && bytes_equal(bytes_skip(a, a.len - part.len), part);
}

struct bytes
bytes_first(struct bytes a, size_t n)
{
    return bytes_of(a.ptr, n < a.len ? n : a.len);
}

struct bytes
bytes_skip(struct bytes a, size_t n)
{
    if (n > a.len) {
        n = a.len;
    }
    return n ? bytes_of(a.ptr + n, a.len - n) : a;
}

size_t
bytes_find(struct bytes a, uint8_t c)
{
    const uint8_t *at = a.len ? memchr(a.ptr, c, a.len) : NULL;
    return at ? (size_t)(at - a.ptr) : a.len;
}

size_t
bytes_find_part(struct bytes a, struct bytes part)
{
    for (size_t i = 0; i < a.len && part.len <= a.len - i; i++) {
        if (bytes_starts(bytes_skip(a, i), part)) {
            return i;
        }
    }
    return a.len;
}

struct bytes
bytes_cut(struct bytes *rest, uint8_t separator)
{
    size_t n = bytes_find(*rest, separator);
    struct bytes before = bytes_first(*rest, n);
    *rest = bytes_skip(*rest, n < rest->len ? n + 1 : n);
    return before;
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes
bytes_trim(struct bytes a)
{
    while (a.len && is_space(a.ptr[0])) {
        a = bytes_skip(a, 1);
    }
    while (a.len && is_space(a.ptr[a.len - 1])) {
        a.len--;
    }
    return a;
}

bool
bytes_to_u64(struct bytes a, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;
    for (size_t i = 0; i < a.len; i++) {
        uint8_t digit = (uint8_t)(a.ptr[i] - '0');
        if (digit > 9 || v > UINT64_MAX / 10 || v * 10 > max || digit > max - v * 10) {
            return false;
        }
        v = v * 10 + digit;
    }
    if (a.len == 0) {
        return false;
    }
    *value = v;
    return true;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
bytes_from_hex(struct bytes a, uint8_t *out, size_t out_len)
{
    if (a.len % 2 || a.len / 2 != out_len) {
        return false;
    }
    for (size_t i = 0; i < out_len; i++) {
        int high = hex_digit(a.ptr[2 * i]);
        int low = hex_digit(a.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

size_t
bytes_utf8_next(struct bytes a, uint32_t *code)
{
    if (a.len == 0) {
        return 0;
    }
    uint8_t lead = a.ptr[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > a.len) {
        return 0;
    }
    uint32_t c = lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((a.ptr[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (a.ptr[i] & 0x3fu);
    }
    bool overlong = (len == 3 && c < 0x800) || (len == 4 && c < 0x10000);
    bool surrogate = c >= 0xd800 && c < 0xe000;
    if (overlong || surrogate || c > 0x10ffff) {
        return 0;
    }
    *code = c;
    return len;
}

bool
bytes_is_utf8(struct bytes a)
{
    uint32_t code;
    while (a.len) {
        size_t n = bytes_utf8_next(a, &code);
        if (n == 0) {
            return false;
        }
        a = bytes_skip(a, n);
    }
    return true;
}

uint16_t
be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

uint64_t
be64(const uint8_t *p)
{
    return (uint64_t)be32(p) << 32 | be32(p + 4);
}

void
put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void
put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, (uint16_t)(v >> 16));
    put_be16(p + 2, (uint16_t)v);
}

void
put_be64(uint8_t *p, uint64_t v)
{
    put_be32(p, (uint32_t)(v >> 32));
    put_be32(p + 4, (uint32_t)v);
}

uint16_t
le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t
le32(const uint8_t *p)
{
    return le16(p) | (uint32_t)le16(p + 2) << 16;
}

void
put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void
put_le32(uint8_t *p, uint32_t v)
{
    put_le16(p, (uint16_t)v);
    put_le16(p + 2, (uint16_t)(v >> 16));
}
