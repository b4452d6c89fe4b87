/* The end game: how little to ask for when little is left, and which block to ask a second peer for
 * when every block has been asked for.
 *
 * Nobody is asked for more than its part of what is left, by its part of the rate: then all end at
 * the same time, and none is waited for.
 *
 * A block asked for twice mostly comes twice. So it is asked for again only where that gains time:
 * the one that will be the last to come, by the rate of its sender and the number of blocks that
 * this owes before it, if the idle peer can bring it in less than half of that time. */
#ifndef ENGINE_END_GAME_H
#define ENGINE_END_GAME_H

#include "engine/swarm.h"

enum {
    END_GAME_REQUESTS = 4,     /* under way to one peer: fewer leave it idle */
    END_GAME_ASKERS = 2,       /* requests for one block at the same time, at most */
    END_GAME_GAIN_MS = 100,    /* a smaller gain is not worth a block */
    END_GAME_RATE_MIN = 32768, /* of a peer that has not shown its rate yet */
};

/* How many requests to this peer may be under way at most; UINT32_MAX: it is not the end yet. */
uint32_t end_game_share(const struct swarm *s, const struct peer *p, int64_t now_ms);

/* The piece in work and the block of it; NULL: it is best to wait. */
struct active_piece *end_game_find(struct swarm *s, struct peer *p, uint32_t *block,
                                   int64_t now_ms);

#endif
