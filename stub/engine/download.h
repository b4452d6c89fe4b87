/* Asking peers for blocks and taking what comes.
 *
 * Which block: first those of pieces that the peer works on already, then of pieces whose owner
 * has gone, then of a new piece (rarest first), then of any piece in work; when every block is
 * asked for, some are asked for twice (engine/end_game.h) and the slower answer is cancelled. A
 * piece older than PIECE_SHARED_MS is everybody's. How many: found by the delay of the peer's
 * answers, so that they wait there for TARGET_QUEUE_MS, at a leecher for TARGET_LEECHER_MS, or up
 * to twice as long; fewer at the end. */
#ifndef ENGINE_DOWNLOAD_H
#define ENGINE_DOWNLOAD_H

#include "engine/swarm.h"
#include "wire/peer_wire.h"

enum {
    PIECE_SHARED_MS = 10000,
    TARGET_QUEUE_MS = 500,    /* limited seeds send in bursts twice a second */
    TARGET_LEECHER_MS = 50,   /* what a leecher sends is passed on: the sooner the better */
    BASE_DELAY_MAX_MS = 500,  /* what is longer is a queue, not a way */
    IDLE_MS = 50,             /* a peer with nothing to ask for is looked at again after this */
};

/* Is this a piece in work that the peer has and may be asked for? */
bool download_fits(const struct swarm *s, const struct peer *p, const struct active_piece *a);

/* Asks for as many blocks as the peer's target allows. */
void download_fill(struct swarm *s, struct peer *p, int64_t now_ms);

/* A block came from a peer: it goes into the swarm's intake. */
void download_on_piece(struct swarm *s, struct peer *p, const struct peer_message *m,
                       int64_t now_ms);

/* The peer will not serve this request (BEP 6 reject). */
void download_on_reject(struct swarm *s, struct peer *p, uint32_t piece, uint32_t begin);

/* Nothing that was asked of it will come: choked without BEP 6, closed. */
void download_drop(struct swarm *s, struct peer *p);

/* Once a second: snubs peers that owe blocks for too long and gives their requests to others. */
void download_tick(struct swarm *s, struct peer *p, int64_t now_ms);

/* The others who were asked for a block that is here now need not send it. */
void download_cancel_others(struct swarm *s, uint32_t piece, uint32_t block);

#endif
