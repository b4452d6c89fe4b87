#include "net/http_crowd.h"

#include "base/random.h"

struct http_crowd *
http_crowd_find(struct http_crowd *crowds, uint64_t key, const struct addr *a)
{
    uint64_t place = be64(a->ip + (addr_is_v4(a) ? 8 : 0));
    struct random mix = {key ^ place};
    uint32_t i = (uint32_t)random_u64(&mix) % HTTP_CROWDS_MAX;
    while (crowds[i].count > 0 && crowds[i].place != place) {
        i = (i + 1) % HTTP_CROWDS_MAX;
    }
    crowds[i].place = place;
    return &crowds[i];
}
