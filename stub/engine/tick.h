/* What a swarm does by the clock: time-outs, choking rounds, waiting for the disk, knowing when it
 * has shared enough. */
#ifndef ENGINE_TICK_H
#define ENGINE_TICK_H

#include "engine/swarm.h"

enum { TICK_MS = 1000 };

/* Called each turn; all but the end of seeding (which may be due at once) is done once a second. */
void tick_swarm(struct swarm *s, int64_t now_ms);

#endif
