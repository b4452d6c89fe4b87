/* Hashes what lies on the disk, slice by slice, so that a turn of the loop stays short; two pieces
 * in step, which takes little longer than one (base/hash.h). */
#ifndef ENGINE_CHECKER_H
#define ENGINE_CHECKER_H

#include "engine/pieces.h"
#include "engine/store.h"

/* A piece on its way through the check. */
struct check_lane {
    uint32_t piece;  /* piece_count: none is left for this lane */
    uint32_t at;     /* bytes of it that are hashed */
    bool unreadable;
    struct sha1 hash;
};

struct checker {
    bool running;
    uint32_t next;             /* pieces before this one have been given to a lane */
    struct check_lane lane[2];
    int64_t done, total;       /* bytes */
};

/* Marks every piece of which something may be on disk CHECKING. */
void checker_start(struct checker *c, struct pieces *p, struct store *store);

/* Hashes up to `budget` bytes using `room` (room_size bytes). OK: the verdict of `*piece` is in
 * `*good`, and it is still CHECKING (call pieces_good or pieces_bad, then go on); MORE: the slice
 * is used up; BAD: nothing is left to check, `running` is false. */
enum parse checker_turn(struct checker *c, struct pieces *p, struct store *store, uint8_t *room,
                        size_t room_size, size_t *budget, uint32_t *piece, bool *good);

#endif
