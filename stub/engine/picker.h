/* Which piece to begin next: the rarest that a peer has, random among equals.
 *
 * All pieces that are wanted and MISSING stand in one array ordered by how many connected peers
 * (complete ones aside) have them. A bucket is a run of equally rare pieces; entering a bucket,
 * a piece takes a random place in it, so that peers which start together choose differently and
 * have something to trade. One more or one fewer peer with a piece is a constant number of
 * swaps. */
#ifndef ENGINE_PICKER_H
#define ENGINE_PICKER_H

#include "base/arena.h"
#include "base/bits.h"
#include "base/limits.h"
#include "base/random.h"

enum { PICKER_BUCKETS = PEERS_MAX + 1 };

struct picker {
    uint32_t piece_count;
    uint32_t *order;   /* pieces, rarest first */
    uint32_t *place;   /* piece -> index in order, or PICKER_OUT */
    uint8_t *rarity;   /* piece -> peers that have it and are not complete */
    uint32_t start[PICKER_BUCKETS]; /* first index of each bucket up to `top` */
    uint32_t top;      /* the highest rarity seen so far; no bucket above it is looked at */
    uint32_t count;    /* pieces that may be chosen */
    struct random *random;
};

#define PICKER_OUT UINT32_MAX

/* All pieces are out. `random` outlives it. False: no memory. */
bool picker_open(struct picker *p, uint32_t piece_count, struct random *random,
                 struct arena *arena);

/* A piece may be chosen from now on, or no more. */
void picker_add(struct picker *p, uint32_t piece);
void picker_remove(struct picker *p, uint32_t piece);

/* One more, or one fewer, peer has the piece. */
void picker_more(struct picker *p, uint32_t piece);
void picker_fewer(struct picker *p, uint32_t piece);

/* The rarest piece of `bits` (NULL: of all), or with `any` a random one. False if there is
 * none. */
bool picker_pick(struct picker *p, const uint8_t *bits, bool any, uint32_t *piece);

#endif
