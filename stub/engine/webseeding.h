/* Gives web seeds runs of missing pieces to fetch, and takes their blocks.
 *
 * A web seed that is faster than all peers together is asked for whatever is missing. One that is
 * slower, most likely because many ask it at once, is asked only for pieces that none of the
 * incomplete peers has: all else comes from these sooner, and what the publisher sends is new to
 * the swarm. How fast it is, each run shows; a run lasts about two seconds. */
#ifndef ENGINE_WEBSEEDING_H
#define ENGINE_WEBSEEDING_H

#include "engine/swarm.h"
#include "engine/webseed.h"

enum {
    WEBSEED_RUN_MIN = 16384,    /* bytes asked for at once, and at most: few requests, little */
    WEBSEED_RUN_MAX = 4194304,  /* held up; in between so much that it takes so long: */
    WEBSEED_RUN_MS = 1000,
    WEBSEED_RUN_PIECES = 64,
    WEBSEED_SLOW_MS = 30000,    /* after so long below... */
    WEBSEED_SLOW_RATE = 2048,   /* ...this it is dropped, if there are peers */
    WEBSEED_ALONE_MS = 3000,    /* who has met nobody by then is alone */
    WEBSEED_SPEED_MS = 30000,   /* what was measured holds so long, then it is tried afresh */
};

struct webseed_slot {
    struct webseed w;
    uint16_t entry;            /* in the book */
    struct rate rate;
    uint64_t speed;            /* B/s of the last run, 0 = not known */
    int64_t speed_ms;          /* when it ended */
    uint64_t got_before;       /* w.got when the run began */
    uint32_t first, end;       /* pieces of the run; end 0 = none */
    int64_t next;              /* stream offset behind the last block it delivered */
    uint32_t *serials;         /* activation of each piece of the run */
};

/* Makes the slots from torrent and config. False: no memory. */
bool webseeding_open(struct swarm *s);

void webseeding_wants(struct swarm *s, struct sys_wants *w, int64_t now_ms);
void webseeding_turn(struct swarm *s, const struct sys_wants *w, int64_t now_ms);

/* A piece that it sent was bad. */
void webseeding_strike(struct swarm *s, uint16_t entry, int64_t now_ms);

/* How many are fetching now. */
uint32_t webseeding_busy(const struct swarm *s);

void webseeding_close(struct swarm *s);

#endif
