/* Long division, as on paper. What is not yet divided moves out of the top of `n` into `rest`, and
 * the digits of the quotient move in at the bottom. */
#include "base/divide.h"

#include <stdbool.h>

uint64_t
divide(uint64_t n, uint64_t by, uint64_t *rest)
{
    uint64_t left = 0;
    for (int i = 0; i < 64; i++) {
        bool over = left >> 63;
        left = left << 1 | n >> 63;
        n <<= 1;
        if (over || left >= by) {
            left -= by;
            n |= 1;
        }
    }
    *rest = left;
    return n;
}

static uint64_t
negated_if(bool negative, uint64_t n)
{
    return negative ? 0 - n : n;
}

int64_t
divide_signed(int64_t n, int64_t by, int64_t *rest)
{
    uint64_t left;
    uint64_t quotient =
        divide(negated_if(n < 0, (uint64_t)n), negated_if(by < 0, (uint64_t)by), &left);
    *rest = (int64_t)negated_if(n < 0, left);
    return (int64_t)negated_if((n < 0) != (by < 0), quotient);
}
