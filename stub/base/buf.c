/* Fixed output buffers: see buf.h. Everything goes through buf_add, which alone knows
 * about "full". */
#include "base/buf.h"

#include "base/check.h"

#include <string.h>

struct buf
buf_over(void *mem, size_t max)
{
    return (struct buf){.ptr = mem, .max = max};
}

void
buf_add(struct buf *b, struct bytes a)
{
    if (b->full || a.len > b->max - b->len) {
        b->full = true;
    } else if (a.len) {
        memcpy(b->ptr + b->len, a.ptr, a.len);
        b->len += a.len;
    }
}

void
buf_text(struct buf *b, const char *text)
{
    buf_add(b, bytes_of_text(text));
}

void
buf_byte(struct buf *b, uint8_t c)
{
    buf_add(b, bytes_of(&c, 1));
}

void
buf_be16(struct buf *b, uint16_t v)
{
    uint8_t mem[2];
    put_be16(mem, v);
    buf_add(b, bytes_of(mem, sizeof mem));
}

void
buf_be32(struct buf *b, uint32_t v)
{
    uint8_t mem[4];
    put_be32(mem, v);
    buf_add(b, bytes_of(mem, sizeof mem));
}

void
buf_be64(struct buf *b, uint64_t v)
{
    uint8_t mem[8];
    put_be64(mem, v);
    buf_add(b, bytes_of(mem, sizeof mem));
}

void
buf_u64(struct buf *b, uint64_t v)
{
    buf_u64_pad(b, v, 1);
}

void
buf_i64(struct buf *b, int64_t v)
{
    char mem[21];
    struct buf text = BUF(mem);
    if (v < 0) {
        buf_byte(&text, '-');
    }
    buf_u64(&text, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
    buf_add(b, buf_bytes(&text));
}

void
buf_u64_pad(struct buf *b, uint64_t v, int digits)
{
    uint8_t mem[20]; /* 2^64 - 1 has 20 digits */
    size_t at = sizeof mem;
    check(digits <= (int)sizeof mem);
    while (v || (int)(sizeof mem - at) < digits) {
        mem[--at] = (uint8_t)('0' + v % 10);
        v /= 10;
    }
    buf_add(b, bytes_of(mem + at, sizeof mem - at));
}

static uint8_t
hex_digit(unsigned value, char ten)
{
    return (uint8_t)(value < 10 ? '0' + value : (unsigned)ten + value - 10);
}

static void
add_hex_byte(struct buf *b, uint8_t byte, char ten)
{
    uint8_t mem[2] = {hex_digit(byte >> 4, ten), hex_digit(byte & 15, ten)};
    buf_add(b, bytes_of(mem, sizeof mem));
}

void
buf_hex(struct buf *b, struct bytes a)
{
    for (size_t i = 0; i < a.len; i++) {
        add_hex_byte(b, a.ptr[i], 'a');
    }
}

static bool
is_unreserved(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

void
buf_url_escaped(struct buf *b, struct bytes a, const char *keep)
{
    for (size_t i = 0; i < a.len; i++) {
        uint8_t c = a.ptr[i];
        if (is_unreserved(c) || (c && strchr(keep, c))) {
            buf_byte(b, c);
        } else {
            buf_byte(b, '%');
            add_hex_byte(b, c, 'A');
        }
    }
}

void
buf_json_escaped(struct buf *b, struct bytes a)
{
    while (a.len) {
        uint32_t code;
        size_t n = bytes_utf8_next(a, &code);
        if (n == 0) {
            buf_text(b, "\xef\xbf\xbd");
            n = 1;
        } else if (code == '"' || code == '\\') {
            buf_byte(b, '\\');
            buf_byte(b, (uint8_t)code);
        } else if (code == '\n') {
            buf_text(b, "\\n");
        } else if (code < 0x20) {
            buf_text(b, "\\u00");
            add_hex_byte(b, (uint8_t)code, 'a');
        } else {
            buf_add(b, bytes_first(a, n));
        }
        a = bytes_skip(a, n);
    }
}

static const char *
html_entity(uint8_t c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    }
    return NULL;
}

void
buf_html_escaped(struct buf *b, struct bytes a)
{
    for (size_t i = 0; i < a.len; i++) {
        const char *entity = html_entity(a.ptr[i]);
        if (entity) {
            buf_text(b, entity);
        } else {
            buf_byte(b, a.ptr[i]);
        }
    }
}

struct bytes
buf_bytes(const struct buf *b)
{
    return bytes_of(b->ptr, b->len);
}

char *
buf_cstr(struct buf *b)
{
    check(b->max > 0);
    if (b->len == b->max) {
        b->len--;
    }
    b->ptr[b->len] = 0;
    return (char *)b->ptr;
}
