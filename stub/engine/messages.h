/* Hearing a peer: its handshake, then message after message. */
#ifndef ENGINE_MESSAGES_H
#define ENGINE_MESSAGES_H

#include "engine/swarm.h"

/* Uses what is complete in `in`; returns the rest. Trouble closes the connection. */
struct bytes messages_hear(struct swarm *s, struct peer *p, struct bytes in, int64_t now_ms);

/* Puts our extension handshake (BEP 10): as the first message, and again when we have become
 * complete, with upload_only (BEP 21). */
void messages_extended(struct swarm *s, struct peer *p);

/* The connection is gone: its pieces no longer count for rarity. */
void messages_forget(struct swarm *s, struct peer *p);

#endif
