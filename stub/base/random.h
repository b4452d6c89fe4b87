/* Chance for choices that need not be secret (which piece, which peer): splitmix64.
 *
 * Seeded once from sys_random, so that a simulated run is decided by its seed alone. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

/* The next 64 bits. */
uint64_t random_u64(struct random *r);

/* A number in [0, n), n > 0; the bias is below n / 2^32. */
uint32_t random_below(struct random *r, uint32_t n);

#endif
