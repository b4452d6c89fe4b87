/* Who sent the bad block? (Peers that poison a download.)
 *
 * A piece that fails its hash and came from one sender convicts that sender. With several senders a
 * digest of every block is kept; the piece is fetched again, from one peer alone as far as possible
 * (active_piece.solo), and when it is good at last, those whose blocks differ are convicted. */
#ifndef ENGINE_BLAME_H
#define ENGINE_BLAME_H

#include "engine/pieces.h"
#include "engine/store.h"

enum { BLAME_RECORDS = 8, BLAME_CONVICTS_MAX = 64 };

struct blame_record {
    bool used;
    uint32_t piece;
    uint32_t age;       /* smaller is older */
    uint64_t *digest;   /* one a block */
    uint16_t *sender;
};

struct blame {
    const struct torrent *t;
    struct blame_record records[BLAME_RECORDS];
    uint32_t last_age;
    uint16_t convicts[BLAME_CONVICTS_MAX]; /* the answer of the calls below: entries of the book */
    uint32_t convict_count;
};

/* Memory for records is taken from `arena` when first needed. */
void blame_open(struct blame *b, const struct torrent *t);

/* The piece is bad, its blocks still on disk. Fills `convicts`. */
void blame_bad(struct blame *b, const struct active_piece *a, struct store *store,
               struct arena *arena);

/* The piece is good now. Fills `convicts`. */
void blame_good(struct blame *b, uint32_t piece, struct store *store);

/* Is there a record of this piece? Then it should be fetched from one peer alone. */
bool blame_is_open(const struct blame *b, uint32_t piece);

#endif
