/* The state of every piece, changed here and nowhere else.
 *
 *     MISSING --pieces_activate--> ACTIVE --(all blocks there)--> CHECKING --pieces_good--> HAVE
 *        ^                           |                               |
 *        +------pieces_abandon-------+---------- pieces_bad ---------+
 *     MISSING --pieces_start_check--> CHECKING --pieces_good / pieces_bad-->
 *     HAVE --pieces_lost--> MISSING       (the disk lost it)
 *
 * An ACTIVE piece has an entry in a small table: which blocks are free, asked for or there,
 * who sent them, and the hash of its first `hashed` blocks. Blocks that arrive in order are
 * hashed while hot; the others are read back when the hash reaches them. A piece whose blocks are
 * all there keeps its entry while CHECKING, until the rest is read back. */
#ifndef ENGINE_PIECES_H
#define ENGINE_PIECES_H

#include "base/arena.h"
#include "base/bits.h"
#include "meta/geometry.h"

enum piece_state { PIECE_MISSING, PIECE_ACTIVE, PIECE_CHECKING, PIECE_HAVE };

enum { BLOCK_HAVE = 255, NOBODY = 65535 };

struct active_piece {
    bool used;
    bool solo;            /* went bad with several senders: one peer alone does it again */
    uint32_t piece;
    uint32_t serial;      /* differs from every earlier activation: old requests are told apart */
    uint32_t block_count;
    uint32_t free_count;  /* neither asked nor there */
    uint32_t have_count;
    uint32_t hashed;      /* blocks in `hash` */
    uint32_t free_hint;   /* no free block before this one */
    uint16_t owner;       /* who works on it (index in the peer book), or NOBODY */
    int64_t since_ms;
    uint8_t *asked;       /* per block: requests under way, or BLOCK_HAVE */
    uint16_t *sender;     /* per block: who sent it (index in the peer book) */
    struct sha1 hash;
};

struct pieces {
    const struct torrent *t;
    uint8_t *state;        /* enum piece_state, one a piece */
    uint8_t *have;         /* bits: HAVE */
    uint8_t *wanted;       /* bits: touches a wanted file */
    uint32_t have_count;
    uint32_t wanted_count;
    uint32_t wanted_left;  /* wanted and not HAVE */
    int64_t wanted_size;   /* bytes */
    int64_t wanted_done;
    struct active_piece *active;
    uint32_t active_max;
    uint32_t active_top;   /* entries at and above are unused */
    uint32_t active_count;
    uint32_t last_serial;
};

/* All MISSING. `wanted`: one a file, NULL = all. False: no memory. */
bool pieces_open(struct pieces *p, const struct torrent *t, const bool *wanted,
                 struct arena *arena);

/* The entry of a piece in work, or NULL. */
struct active_piece *pieces_find(struct pieces *p, uint32_t piece);

/* MISSING -> ACTIVE. NULL when the table is full. */
struct active_piece *pieces_activate(struct pieces *p, uint32_t piece, uint16_t owner,
                                     int64_t now_ms);

/* A free block of an active piece, the lowest; false if there is none. */
bool pieces_free_block(struct active_piece *a, uint32_t *block);

/* A request for a block went out, or came to nothing. */
void pieces_ask(struct active_piece *a, uint32_t block);
void pieces_unask(struct active_piece *a, uint32_t block);

/* The block is on disk. True when it was the last one: the piece is CHECKING now. */
bool pieces_take(struct pieces *p, struct active_piece *a, uint32_t block, uint16_t sender);

/* Can the hash go on? Then the number of the block is set that is next in line. */
bool pieces_hash_waits(const struct active_piece *a, uint32_t *block);

/* Hashes the block that is next in line; of two different pieces in step. */
void pieces_hash_more(struct active_piece *a, struct bytes data);
void pieces_hash_two(struct active_piece *a, struct bytes a_data, struct active_piece *b,
                     struct bytes b_data);

/* All blocks hashed: is the hash right? */
bool pieces_hash_is_good(const struct pieces *p, const struct active_piece *a);

/* CHECKING -> HAVE or MISSING; frees the entry if there is one. */
void pieces_good(struct pieces *p, uint32_t piece);
void pieces_bad(struct pieces *p, uint32_t piece);

/* ACTIVE -> MISSING, when nothing of it is there. */
void pieces_abandon(struct pieces *p, struct active_piece *a);

/* MISSING -> CHECKING: what is on disk will be hashed. */
void pieces_start_check(struct pieces *p, uint32_t piece);

/* HAVE -> MISSING. */
void pieces_lost(struct pieces *p, uint32_t piece);

#endif
