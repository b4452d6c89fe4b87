/* Web seeds (BEP 19): HTTP(S) servers as peers that have everything and never ask.
 *
 * Each web seed has one connection and works on a run of missing pieces. The swarm tells it what
 * to fetch; it hands out blocks in order, whole (BLOCK_SIZE or the last of a piece), gathered over
 * file borders; padding is filled in without asking. One that fails is put aside with back-off;
 * one that has not the file, has another one or lies (WEBSEED_STRIKES_MAX bad pieces) is dropped.
 *
 * A server without range support answers 200 with the whole file. That is good for the start of a
 * file, for the run behind the last one (the answer is left waiting in between), and, since the
 * front can be skipped, for any place in a file up to WEBSEED_WHOLE_MAX; else it is dropped. */
#ifndef ENGINE_WEBSEED_H
#define ENGINE_WEBSEED_H

#include "meta/geometry.h"
#include "net/fetch.h"

enum webseed_state {
    WEBSEED_READY,   /* may be given a run of pieces */
    WEBSEED_BUSY,    /* fetching */
    WEBSEED_RESTING, /* failed: not before rest_until_ms */
    WEBSEED_DROPPED, /* will not be used again in this run */
};

enum { WEBSEED_WHOLE_MAX = 4 * 1024 * 1024 };

struct webseed {
    enum webseed_state state;
    struct bytes url; /* as given; outlives this */
    const struct torrent *t;
    struct fetch *fetch; /* made when first used, in the arena */
    bool told;           /* for the owner: the failure was reported; reset by another failure */
    uint8_t failures;    /* in a row */
    uint8_t strikes;     /* bad pieces */
    int64_t rest_until_ms;
    int64_t busy_since_ms;
    uint64_t got; /* payload bytes handed out, ever */

    /* private; all places are offsets of the torrent's byte stream */
    int64_t at, end; /* next byte to hand out, one past the last */
    size_t block_len;
    struct bytes data; /* what follows them, only between webseed_turn and webseed_done */
    bool asked;        /* an answer is under way, for the bytes [body_at, body_end) */
    bool head_taken;   /* its head was looked at */
    bool whole;        /* it is a 200 */
    uint32_t file;     /* it is from this file */
    int64_t body_at;   /* the next byte that the fetch will give */
    int64_t body_end;
    struct bencode_walk walk; /* over the torrent's list of files... */
    uint32_t walk_next;       /* ...which file it will come to next; 0 = not begun */
    uint32_t moved_file;      /* index + 1: this file was found at `moved` by redirects */
    size_t moved_len;
    char why[160];             /* for the owner: of the last failure, one plain sentence */
    uint8_t block[BLOCK_SIZE]; /* bytes from `at` on that are no whole block yet */
    uint8_t moved[URL_LEN_MAX];
};

void webseed_init(struct webseed *w, struct bytes url, const struct torrent *t);

/* Starts on the pieces [first, end), with `block` of the first one. Only when READY. */
void webseed_start(struct webseed *w, struct arena *arena, const struct fetch_config *config,
                   uint32_t first, uint32_t end, uint32_t block, int64_t now_ms);

/* Shortens the run: pieces from `end` on are no longer wanted from it (a peer took them). */
void webseed_shorten(struct webseed *w, uint32_t end);

/* `read`: the owner can take blocks now. */
void webseed_wants(struct webseed *w, struct sys_wants *wants, bool read, int64_t now_ms);

/* Moves on; at most `max` new bytes are received. Afterwards take blocks with webseed_next until it
 * answers false, then call webseed_done. A block is good until the next turn; one that was put
 * together in w->block, until the next call. */
void webseed_turn(struct webseed *w, const struct sys_wants *wants, struct scratch *s, size_t max,
                  int64_t now_ms);
bool webseed_next(struct webseed *w, uint32_t *piece, uint32_t *begin, struct bytes *data);
void webseed_done(struct webseed *w, int64_t now_ms);

/* A piece that it sent (alone) was bad: strike. */
void webseed_strike(struct webseed *w, int64_t now_ms);

/* Gives up what is under way and the connection. */
void webseed_close(struct webseed *w);

#endif
