/* Whom to unchoke: tit-for-tat while leeching, fair turns while seeding (Cohen 2003).
 *
 * A pure choice over a list of peers; it changes nothing. */
#ifndef ENGINE_CHOKER_H
#define ENGINE_CHOKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

struct choke_candidate {
    uint16_t slot;
    bool interested;   /* it wants something of us */
    bool snubbed;      /* it owes us blocks: only the optimistic turn can help it */
    bool unchoked;     /* now */
    bool optimistic;   /* holds the optimistic turn */
    bool newcomer;     /* came lately: three chances in the optimistic draw */
    uint32_t have;     /* pieces that it has */
    uint64_t rate;     /* leeching: B/s from it; seeding: not used */
    uint64_t sent;     /* bytes sent to it so far */
    int64_t unchoked_ms; /* for how long it has been unchoked */
    uint64_t key;      /* private */
    bool unchoke;      /* the answer */
    bool turn;         /* the answer: it holds the optimistic turn now */
};

/* Fills in `unchoke` and `turn`. `slots` regular places and one optimistic; `rotate`: the
 * optimistic turn goes to somebody else. */
void choker_choose(struct choke_candidate *v, uint32_t count, uint32_t slots, bool seeding,
                   bool rotate, struct random *random);

/* A place is free between two rounds. Who gets it: one of those that have least, who can use most
 * of what we have; or NULL. */
struct choke_candidate *choker_next(struct choke_candidate *v, uint32_t count,
                                    struct random *random);

#endif
