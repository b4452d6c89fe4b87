/* Slices of memory that somebody else owns, and integers in network order.
 *
 * Text and packets travel through samara as `struct bytes`; NUL-terminated
 * strings exist only at the `sys_` border and in the command line. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A slice. `ptr` may be NULL only when `len` is 0. */
struct bytes {
    const uint8_t *ptr;
    size_t len;
};

/* What every parser answers. MORE: the input is a proper prefix of something
 * good. BAD: no continuation can make it good. */
enum parse { PARSE_OK, PARSE_MORE, PARSE_BAD };

/* A slice over a string literal, without its NUL. */
#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

/* A slice over `len` bytes at `ptr`. */
struct bytes bytes_of(const void *ptr, size_t len);

/* A slice over a NUL-terminated string, without the NUL; NULL gives an empty slice. */
struct bytes bytes_of_text(const char *text);

/* Text number `n` of a list: texts one after the other, each with its NUL. A list of pointers
 * would need a relocation each, which is longer than most texts. */
const char *text_at(const char *list, unsigned n);

/* Same length and same bytes. */
bool bytes_equal(struct bytes a, struct bytes b);

/* As bytes_equal, but ASCII letters match in either case. */
bool bytes_equal_nocase(struct bytes a, struct bytes b);

/* Order by unsigned byte, a shorter prefix first; <0, 0, >0 (bencode key order). */
int bytes_compare(struct bytes a, struct bytes b);

/* Does `a` begin with, or end in, `part`? */
bool bytes_starts(struct bytes a, struct bytes part);
bool bytes_ends(struct bytes a, struct bytes part);

/* The first `n` bytes, or what follows them; `n` is clipped to the length. */
struct bytes bytes_first(struct bytes a, size_t n);
struct bytes bytes_skip(struct bytes a, size_t n);

/* Index of the first byte `c`, or of the first occurrence of `part`; `a.len` when absent.
 * An empty `part` is found at 0. */
size_t bytes_find(struct bytes a, uint8_t c);
size_t bytes_find_part(struct bytes a, struct bytes part);

/* Cuts `*rest` at the first `separator`: returns what stood before it and leaves in
 * `*rest` what follows. Without a separator all is returned and `*rest` is empty. */
struct bytes bytes_cut(struct bytes *rest, uint8_t separator);

/* Without spaces, tabs, CR and LF at either end. */
struct bytes bytes_trim(struct bytes a);

/* Strict decimal, digits only, no sign, at least one digit, value <= max. */
bool bytes_to_u64(struct bytes a, uint64_t max, uint64_t *value);

/* Lower- or upper-case hex, exactly 2 * out_len digits. */
bool bytes_from_hex(struct bytes a, uint8_t *out, size_t out_len);

/* Decodes the UTF-8 character that `a` begins with; returns its length in bytes, or 0
 * when `a` is empty or begins with something else. */
size_t bytes_utf8_next(struct bytes a, uint32_t *code);

/* Is it well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF)? */
bool bytes_is_utf8(struct bytes a);

/* Big-endian integers at any alignment. */
uint16_t be16(const uint8_t *p);
uint32_t be32(const uint8_t *p);
uint64_t be64(const uint8_t *p);
void put_be16(uint8_t *p, uint16_t v);
void put_be32(uint8_t *p, uint32_t v);
void put_be64(uint8_t *p, uint64_t v);

/* Little-endian ones, for the few formats that have them (gzip, Windows programs). */
uint16_t le16(const uint8_t *p);
uint32_t le32(const uint8_t *p);
void put_le16(uint8_t *p, uint16_t v);
void put_le32(uint8_t *p, uint32_t v);

#endif
