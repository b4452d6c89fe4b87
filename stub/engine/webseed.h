/* Web seeds (BEP 19): HTTP(S) servers as peers that have everything and never ask.
 *
 * Each web seed has one connection and works on a run of missing pieces. The swarm tells it what to fetch; it hands out blocks in
 * order, whole (BLOCK_SIZE or the last of a piece), gathered over file borders; padding is filled in without asking. Servers without range
 * support (200 to a range request) are used from the start of a file only if it is small (WEBSEED_WHOLE_MAX), else dropped. One that lies (bad pieces), is slow or
 * breaks off is put aside with back-off, and dropped after WEBSEED_STRIKES_MAX. */
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

struct webseed {
    enum webseed_state state;
    struct bytes url;        /* as given; outlives this */
    const struct torrent *t;
    struct fetch *fetch;     /* made when first used, in the arena */
    int64_t at, end;         /* stream range: next byte to hand out, one past the last */
    int64_t request_end;     /* of the file range being fetched now, in stream offsets */
    bool asked;              /* a request is under way for [at, request_end) */
    uint8_t failures;        /* in a row */
    uint8_t strikes;         /* bad pieces */
    bool no_ranges;
    int64_t rest_until_ms;
    uint64_t got;            /* payload bytes ever */
    int64_t busy_since_ms;
    char why[160];           /* of the last failure */
    bool told;               /* the failure was reported as an event */
    uint8_t block[BLOCK_SIZE]; /* gathers a block over file borders or padding */
    size_t block_len;
};

enum { WEBSEED_WHOLE_MAX = 4 * 1024 * 1024 };

void webseed_init(struct webseed *w, struct bytes url, const struct torrent *t);

/* Starts on the pieces [first, end). Only when READY. */
void webseed_start(struct webseed *w, struct arena *arena, const struct fetch_config *config, uint32_t first,
                   uint32_t end, int64_t now_ms);

/* Shortens the run: pieces from `end` on are no longer wanted from it (a peer took them). */
void webseed_shorten(struct webseed *w, uint32_t end);

void webseed_wants(struct webseed *w, struct sys_wants *wants, bool read, int64_t now_ms);

/* Moves on; at most `max` new bytes are received. Afterwards take blocks with webseed_next until it answers false, then call
 * webseed_done. */
void webseed_turn(struct webseed *w, const struct sys_wants *wants, struct scratch *s, size_t max, int64_t now_ms);
bool webseed_next(struct webseed *w, uint32_t *piece, uint32_t *begin, struct bytes *data);
void webseed_done(struct webseed *w, int64_t now_ms);

/* A piece that it sent (alone) was bad: strike. */
void webseed_strike(struct webseed *w, int64_t now_ms);

void webseed_close(struct webseed *w);

#endif
