#include "base/random.h"

uint64_t
random_u64(struct random *r)
{
    r->state += 0x9e3779b97f4a7c15u;
    uint64_t z = r->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t
random_below(struct random *r, uint32_t n)
{
    return (uint32_t)(((random_u64(r) >> 32) * n) >> 32);
}
