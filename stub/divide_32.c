/* What the compiler calls for / and % with 64 bits on a processor with 32. Only stubs for such
 * processors link this, in place of the compiler's own, which is 2.7 KB: each of six functions has
 * a copy of the whole division, made for speed. The names are the compiler's. */
#include "base/divide.h"

uint64_t __udivdi3(uint64_t n, uint64_t by);
uint64_t __umoddi3(uint64_t n, uint64_t by);
uint64_t __udivmoddi4(uint64_t n, uint64_t by, uint64_t *rest);
int64_t __divdi3(int64_t n, int64_t by);
int64_t __moddi3(int64_t n, int64_t by);
int64_t __divmoddi4(int64_t n, int64_t by, int64_t *rest);

uint64_t
__udivmoddi4(uint64_t n, uint64_t by, uint64_t *rest)
{
    return divide(n, by, rest);
}

uint64_t
__udivdi3(uint64_t n, uint64_t by)
{
    uint64_t rest;
    return divide(n, by, &rest);
}

uint64_t
__umoddi3(uint64_t n, uint64_t by)
{
    uint64_t rest;
    divide(n, by, &rest);
    return rest;
}

int64_t
__divmoddi4(int64_t n, int64_t by, int64_t *rest)
{
    return divide_signed(n, by, rest);
}

int64_t
__divdi3(int64_t n, int64_t by)
{
    int64_t rest;
    return divide_signed(n, by, &rest);
}

int64_t
__moddi3(int64_t n, int64_t by)
{
    int64_t rest;
    divide_signed(n, by, &rest);
    return rest;
}
