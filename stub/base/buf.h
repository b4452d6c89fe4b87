/* Output into a fixed buffer with a sticky "full" flag: append freely, check once.
 *
 * After the first append that does not fit, the buffer is `full` and stays unchanged
 * whatever is appended. Nothing is allocated; the memory is the caller's. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/bytes.h"

struct buf {
    uint8_t *ptr;
    size_t len;
    size_t max;
    bool full;
};

/* A buffer over `max` bytes at `mem`; BUF(array) does it for an array. */
struct buf buf_over(void *mem, size_t max);
#define BUF(array) buf_over((array), sizeof(array))

/* Append raw bytes, a NUL-terminated string, one byte. */
void buf_add(struct buf *b, struct bytes a);
void buf_text(struct buf *b, const char *text);
void buf_byte(struct buf *b, uint8_t c);

/* Append big-endian integers. */
void buf_be16(struct buf *b, uint16_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);

/* Append a decimal number; buf_u64_pad fills with leading zeros up to `digits`. */
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_u64_pad(struct buf *b, uint64_t v, int digits);

/* Append lower-case hex. */
void buf_hex(struct buf *b, struct bytes a);

/* Append with every byte outside A-Z a-z 0-9 - . _ ~ as %XX (RFC 3986); `keep` lists
 * further bytes that stay as they are (for a path: "/"). */
void buf_url_escaped(struct buf *b, struct bytes a, const char *keep);

/* Append as the inside of a JSON string (RFC 8259): quotes, backslash and control
 * characters escaped, bytes that are not UTF-8 as U+FFFD. No quotes are added around. */
void buf_json_escaped(struct buf *b, struct bytes a);

/* Append as HTML text or attribute value: & < > " ' escaped. */
void buf_html_escaped(struct buf *b, struct bytes a);

/* What was written so far. */
struct bytes buf_bytes(const struct buf *b);

/* NUL-terminates behind the contents (the NUL is not counted) and returns the text;
 * cuts the last byte off to make room when the buffer is filled to the brim. */
char *buf_cstr(struct buf *b);

#endif
