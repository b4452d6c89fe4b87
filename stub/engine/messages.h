/* Hearing a peer: its handshake, then message after message. */
#ifndef ENGINE_MESSAGES_H
#define ENGINE_MESSAGES_H

#include "engine/swarm.h"

/* Uses what is complete in `in`; returns the rest. Trouble closes the connection. */
struct bytes messages_hear(struct swarm *s, struct peer *p, struct bytes in, int64_t now_ms);

/* Puts our side's opening behind the handshake: extension handshake and what we have. */
void messages_open(struct swarm *s, struct peer *p);

/* The connection is gone: its pieces no longer count for rarity. */
void messages_forget(struct swarm *s, struct peer *p);

#endif
