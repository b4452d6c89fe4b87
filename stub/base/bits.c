/* Counting in bit sets: see bits.h. */
#include "base/bits.h"

#include <string.h>

static uint32_t
ones(uint8_t byte)
{
    return (uint32_t)__builtin_popcount(byte);
}

uint32_t
bits_count(const uint8_t *bits, uint32_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bits_size(count); i++) {
        sum += ones(bits[i]);
    }
    return sum;
}

uint32_t
bits_count_minus(const uint8_t *a, const uint8_t *b, uint32_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bits_size(count); i++) {
        sum += ones((uint8_t)(a[i] & ~b[i]));
    }
    return sum;
}

/* The bits of the last byte that are in use; 0xff when all are. */
static uint8_t
tail_mask(uint32_t count)
{
    return (uint8_t)(0xff << ((8 - count % 8) % 8));
}

bool
bits_tail_is_clean(const uint8_t *bits, uint32_t count)
{
    return count == 0 || (bits[bits_size(count) - 1] & ~tail_mask(count)) == 0;
}

void
bits_fill(uint8_t *bits, uint32_t count)
{
    if (count) {
        memset(bits, 0xff, bits_size(count));
        bits[bits_size(count) - 1] = tail_mask(count);
    }
}
