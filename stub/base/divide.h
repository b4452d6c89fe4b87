/* Division of whole numbers with 64 bits on processors that have none: bit by bit. It is for where
 * few bytes matter and speed does not: some hundred nanoseconds each. */
#ifndef BASE_DIVIDE_H
#define BASE_DIVIDE_H

#include <stdint.h>

/* The quotient, rounded down, and through `rest` what is left. By nought: all bits set. */
uint64_t divide(uint64_t n, uint64_t by, uint64_t *rest);

/* The same with signs, as C's operators have it: rounded towards nought, and the rest has the sign
 * of n. INT64_MIN by -1 is INT64_MIN. */
int64_t divide_signed(int64_t n, int64_t by, int64_t *rest);

#endif
