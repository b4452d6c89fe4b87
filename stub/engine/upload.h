/* Serving the blocks that peers ask for, and choosing whom to serve. */
#ifndef ENGINE_UPLOAD_H
#define ENGINE_UPLOAD_H

#include "engine/swarm.h"
#include "wire/peer_wire.h"

enum {
    UPLOAD_SLOTS_MIN = 4,       /* Cohen */
    UPLOAD_SLOTS_MAX = 32,
    UPLOAD_SLOT_RATE = 262144,  /* one more slot for each so many bytes a second */
    UPLOAD_TURN_SIZE = 1048576, /* to one peer in one turn: the others wait too */
    NEWCOMER_MS = 60000,
    PLACE_IDLE_MS = 1000,       /* who asks for nothing for so long may lose its place */
    PLACES_MS = 100,            /* so often somebody looks for such places */
};

/* A peer asks for a range, or takes that back. */
void upload_on_request(struct swarm *s, struct peer *p, const struct peer_message *m);
void upload_on_cancel(struct swarm *s, struct peer *p, const struct peer_message *m);

/* Sends what the socket and the limits take. */
void upload_turn(struct swarm *s, struct peer *p, int64_t now_ms);

/* The connection is gone: the file it was sent from may be closed. */
void upload_drop(struct swarm *s, struct peer *p);

/* Has the peer something to be sent that is not queued yet? */
bool upload_waits(const struct peer *p);

/* Places for peers to serve that are free now. */
uint32_t upload_places(const struct swarm *s, int64_t now_ms);

/* Chooses anew whom to unchoke. */
void upload_rechoke(struct swarm *s, int64_t now_ms);

/* The peer has become interested: unchoke it at once if a place is free. */
void upload_on_interested(struct swarm *s, struct peer *p, int64_t now_ms);

/* Each turn: places of those who ask for nothing go to others who wait. */
void upload_fill_places(struct swarm *s, int64_t now_ms);

#endif
