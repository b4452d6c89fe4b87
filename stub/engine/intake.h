/* Blocks of one receive, written and hashed together.
 *
 * What one receive brings lies in the shared scratch buffer until the next one. Taken together,
 * blocks that follow each other on the disk are written by one call, blocks that came a little out
 * of order are hashed without being read back, and two pieces are hashed in step, which costs
 * little more than one (base/hash.h). */
#ifndef ENGINE_INTAKE_H
#define ENGINE_INTAKE_H

#include "base/bytes.h"

struct swarm;

/* Of one receive there are at most 16 whole blocks and two halves; pieces may be shorter. */
enum { INTAKE_MAX = 20 };

struct intake_block {
    uint32_t piece, block;
    struct bytes data; /* where it was received */
    uint16_t entry;    /* of the sender in the book */
};

/* Zeroed is empty. */
struct intake {
    uint32_t count;
    struct intake_block v[INTAKE_MAX];
};

/* Takes a block of the right length for its place; `data` has to stay until intake_flush. The
 * sender's own request has been taken back (pieces_unask) before. Used for web seeds too. */
void intake_add(struct swarm *s, uint32_t piece, uint32_t block, struct bytes data, uint16_t entry,
                int64_t now_ms);

/* Writes the blocks to the disk and moves their pieces on; the other peers who were asked for one
 * are told that it is not needed any more. Blocks that are of no use are counted as waste. When the
 * disk refuses, the rest is dropped and swarm_disk_trouble has been called. */
void intake_flush(struct swarm *s, int64_t now_ms);

/* Reads back and hashes blocks that came out of order, up to `budget` bytes a turn. True while
 * there is more to do. */
bool intake_read_back(struct swarm *s, size_t budget, int64_t now_ms);

#endif
