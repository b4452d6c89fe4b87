/* Gives web seeds runs of missing pieces to fetch, and takes their blocks. */
#ifndef ENGINE_WEBSEEDING_H
#define ENGINE_WEBSEEDING_H

#include "engine/swarm.h"
#include "engine/webseed.h"

enum {
    WEBSEED_RUN_SIZE = 4194304, /* bytes asked for at once: few requests, little held up */
    WEBSEED_RUN_PIECES = 64,
    WEBSEED_SLOW_MS = 30000,    /* after so long below... */
    WEBSEED_SLOW_RATE = 2048,   /* ...this it is dropped, if there are peers */
};

struct webseed_slot {
    struct webseed w;
    uint16_t entry;            /* in the book */
    struct rate rate;
    uint32_t first, end;       /* pieces of the run; end 0 = none */
    int64_t next;              /* stream offset behind the last block it delivered */
    uint32_t *serials;         /* activation of each piece of the run */
};

/* Makes the slots from torrent and config. False: no memory. */
bool webseeding_open(struct swarm *s);

void webseeding_wants(struct swarm *s, struct sys_wants *w, int64_t now_ms);
void webseeding_turn(struct swarm *s, const struct sys_wants *w, int64_t now_ms);

/* A piece that it sent was bad. */
void webseeding_strike(struct swarm *s, uint16_t entry, int64_t now_ms);

/* How many are fetching now. */
uint32_t webseeding_busy(const struct swarm *s);

void webseeding_close(struct swarm *s);

#endif
