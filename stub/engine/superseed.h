/* Superseeding (BEP 16): the only seed hands out every piece once before it hands out any twice.
 *
 * It claims to have nothing and tells each leecher of a few pieces, which no other was told of; of
 * more only when others have got those too. So its upload, which is what the whole swarm waits
 * for, is not spent on a piece that others already have to give. When every piece has been seen
 * with some leecher, everybody is told of everything and it is a seed like any other. */
#ifndef ENGINE_SUPERSEED_H
#define ENGINE_SUPERSEED_H

#include "engine/swarm.h"

enum {
    SUPERSEED_AHEAD_MS = 2000,  /* a leecher is told of what it takes in so long... */
    SUPERSEED_PIECES_MIN = 2,   /* ...but of so many pieces at least... */
    SUPERSEED_SIZE_MIN = 131072, /* ...and so many bytes: a round trip must not empty the line */
    SUPERSEED_PIECES_ALONE = 32, /* and one who stays alone, of more: some ask once a second */
    SUPERSEED_ALONE_MS = 2000,
    SUPERSEED_FLIGHT_MS = 1200, /* of what all take in so long, so that pieces are whole soon */
    SUPERSEED_IDLE_MS = 3000, /* one that has asked for nothing for so long is told of one more */
};

/* Begins (s->superseed is set), if this swarm had the content from the start and no other seed is
 * known. Without memory for it the swarm is a seed like any other. */
void superseed_start(struct swarm *s);

/* Once a second: ends it when a tracker knows of another seed. */
void superseed_tick(struct swarm *s);

/* A leecher has one more piece, or has said all that it has; the picker counts that already. */
void superseed_on_have(struct swarm *s, struct peer *p, uint32_t piece);
void superseed_on_bits(struct swarm *s, struct peer *p);

/* It is gone, and the picker does not count its pieces any more. */
void superseed_drop(struct swarm *s, const struct peer *p);

/* It is not served any more: others may be told of what it was told of and has not got. */
void superseed_on_choke(struct swarm *s, struct peer *p);

/* Each turn: tells leechers of pieces, as many as they may know of. */
void superseed_turn(struct swarm *s, int64_t now_ms);

#endif
