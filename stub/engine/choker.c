#include "engine/choker.h"

#include <stddef.h>

enum {
    QUANTUM_MS = 20000,   /* a seed's turn is at least so long, or each would get crumbs */
    NEWCOMER_CHANCES = 3, /* Cohen */
};

/* Smaller is better. */
static uint64_t
key_of(const struct choke_candidate *c, bool seeding, struct random *random)
{
    uint64_t tie = random_below(random, 1024);
    if (!seeding)
        return ((UINT64_MAX >> 11) - (c->rate & (UINT64_MAX >> 11))) << 10 | tie;
    if (c->unchoked && c->unchoked_ms < QUANTUM_MS)
        return tie;
    return (1 + (c->sent >> 18)) << 10 | tie; /* least served first, in steps of 256 KiB */
}

static struct choke_candidate *
best_of(struct choke_candidate *v, uint32_t count, bool seeding)
{
    struct choke_candidate *best = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct choke_candidate *c = &v[i];
        if (!c->interested || c->unchoke || (c->snubbed && !seeding))
            continue;
        if (!best || c->key < best->key)
            best = c;
    }
    return best;
}

static struct choke_candidate *
draw(struct choke_candidate *v, uint32_t count, struct random *random)
{
    struct choke_candidate *drawn = NULL;
    uint32_t chances = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct choke_candidate *c = &v[i];
        if (!c->interested || c->unchoke)
            continue;
        uint32_t own = c->newcomer ? NEWCOMER_CHANCES : 1;
        chances += own;
        if (random_below(random, chances) < own)
            drawn = c;
    }
    return drawn;
}

void
choker_choose(struct choke_candidate *v, uint32_t count, uint32_t slots, bool seeding,
              bool rotate, struct random *random)
{
    struct choke_candidate *holder = NULL;
    for (uint32_t i = 0; i < count; i++) {
        v[i].unchoke = v[i].turn = false;
        v[i].key = key_of(&v[i], seeding, random);
        if (v[i].optimistic && v[i].interested)
            holder = &v[i];
    }
    if (holder && !rotate)
        holder->unchoke = holder->turn = true;
    for (uint32_t n = 0; n < slots; n++) {
        struct choke_candidate *c = best_of(v, count, seeding);
        if (!c)
            break;
        c->unchoke = true;
    }
    if (!holder || rotate) {
        struct choke_candidate *c = draw(v, count, random);
        if (c)
            c->unchoke = c->turn = true;
    }
}

struct choke_candidate *
choker_next(struct choke_candidate *v, uint32_t count, struct random *random)
{
    struct choke_candidate *next = NULL;
    uint32_t equal = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct choke_candidate *c = &v[i];
        if (!c->interested || c->unchoked || (next && c->have > next->have))
            continue;
        equal = next && c->have == next->have ? equal + 1 : 1;
        if (random_below(random, equal) == 0)
            next = c;
    }
    return next;
}
