/* Bit sets in the byte order of BEP 3's bitfield: bit 0 is the high bit of byte 0.
 *
 * The memory is the caller's, (count + 7) / 8 bytes; spare bits at the end stay 0. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t
bits_size(uint32_t count)
{
    return ((size_t)count + 7) / 8;
}

static inline bool
bits_get(const uint8_t *bits, uint32_t i)
{
    return (bits[i >> 3] >> (7 - (i & 7))) & 1;
}

static inline void
bits_set(uint8_t *bits, uint32_t i)
{
    bits[i >> 3] = (uint8_t)(bits[i >> 3] | (0x80 >> (i & 7)));
}

static inline void
bits_clear(uint8_t *bits, uint32_t i)
{
    bits[i >> 3] = (uint8_t)(bits[i >> 3] & ~(0x80 >> (i & 7)));
}

/* Number of bits set. */
uint32_t bits_count(const uint8_t *bits, uint32_t count);

/* Number of bits set in `a` and not in `b`. */
uint32_t bits_count_minus(const uint8_t *a, const uint8_t *b, uint32_t count);

/* Are the spare bits of the last byte 0, as BEP 3 demands? */
bool bits_tail_is_clean(const uint8_t *bits, uint32_t count);

/* Sets all `count` bits and clears the tail. */
void bits_fill(uint8_t *bits, uint32_t count);

#endif
