/* Raw deflate (RFC 1951), best compression, by zlib. */
#ifndef BUILDER_DEFLATE_H
#define BUILDER_DEFLATE_H

#include "base/bytes.h"

/* Room that is enough for the deflated form of `len` bytes. */
size_t deflate_room(size_t len);

/* Deflates into `out`, which has deflate_room(in.len); returns the length. The same input gives the
 * same bytes. */
size_t deflate_all(struct bytes in, uint8_t *out, size_t out_max);

/* The same for the beginning of a stream: it ends at a whole byte, and whatever blocks follow
 * refer to nothing in it. */
size_t deflate_begin(struct bytes in, uint8_t *out, size_t out_max);

/* CRC-32 as gzip has it (RFC 1952), and that of two texts one behind the other. */
uint32_t deflate_crc32(struct bytes in);
uint32_t deflate_crc32_join(uint32_t first, uint32_t second, size_t second_len);

/* Inflates what is in zlib's format (RFC 1950) and known to be good. */
void deflate_undo(struct bytes stored, uint8_t *out, size_t out_len);

#endif
