/* Asking peers for blocks and taking what comes.
 *
 * Which block: first those of pieces that the peer works on already, then of pieces whose owner
 * has gone, then of a new piece (rarest first), then of any piece in work; when every block is
 * asked for, blocks are asked for twice (end game) and the slower answer is cancelled. A piece
 * older than PIECE_SHARED_MS is everybody's. How many: as many as the peer delivers in about
 * half a second, found by the delay of its answers. */
#ifndef ENGINE_DOWNLOAD_H
#define ENGINE_DOWNLOAD_H

#include "engine/swarm.h"
#include "wire/peer_wire.h"

enum {
    PIECE_SHARED_MS = 10000,
    END_GAME_ASKERS = 3,      /* requests for one block at the same time, at most */
    TARGET_DELAY_MS = 500,
    TARGET_MIN = 4,
    IDLE_MS = 50,             /* a peer with nothing to ask for is looked at again after this */
};

/* Asks for as many blocks as the peer's target allows. */
void download_fill(struct swarm *s, struct peer *p, int64_t now_ms);

/* A block came from a peer. */
void download_on_piece(struct swarm *s, struct peer *p, const struct peer_message *m,
                       int64_t now_ms);

/* The peer will not serve this request (BEP 6 reject). */
void download_on_reject(struct swarm *s, struct peer *p, uint32_t piece, uint32_t begin);

/* Nothing that was asked of it will come: choked without BEP 6, closed. */
void download_drop(struct swarm *s, struct peer *p);

/* Once a second: snubs peers that owe blocks for too long and gives their requests to others. */
void download_tick(struct swarm *s, struct peer *p, int64_t now_ms);

/* Writes a wanted block of an active piece and moves the piece on; the sender's own request has
 * been taken back (pieces_unask) before, all others are cancelled. `entry` = sender. False: it
 * was of no use, or the disk refused. Used for web seeds too. */
bool download_take(struct swarm *s, uint32_t piece, uint32_t block, struct bytes data,
                   uint16_t entry, int64_t now_ms);

/* Reads back and hashes blocks that came out of order, up to `budget` bytes a turn. True while
 * there is more to do. */
bool download_read_back(struct swarm *s, size_t budget, int64_t now_ms);

#endif
