/* Hashes what lies on the disk, slice by slice, so that a turn of the loop stays short. */
#ifndef ENGINE_CHECKER_H
#define ENGINE_CHECKER_H

#include "engine/pieces.h"
#include "engine/store.h"

struct checker {
    bool running;
    uint32_t piece;      /* being hashed */
    uint32_t at;         /* bytes of it that are hashed */
    struct sha1 hash;
    int64_t done, total; /* bytes */
};

/* Marks every piece of which something may be on disk CHECKING. */
void checker_start(struct checker *c, struct pieces *p, struct store *store);

/* Hashes up to `budget` bytes using `room` (room_size bytes). OK: the verdict of c->piece is in
 * `*good`, and the piece is still CHECKING (call pieces_good or pieces_bad, then checker_next);
 * MORE: the slice is used up; BAD: nothing is left to check, `running` is false. */
enum parse checker_turn(struct checker *c, struct pieces *p, struct store *store, uint8_t *room,
                        size_t room_size, size_t *budget, bool *good);

/* Goes on to the next piece. */
void checker_next(struct checker *c, const struct pieces *p);

#endif
