/* Making and taking connections: who gets one of the swarm's peer slots. */
#ifndef ENGINE_CONNECTS_H
#define ENGINE_CONNECTS_H

#include "engine/swarm.h"

/* Beyond this only others connect to us, so that newcomers find room. */
enum { PEERS_OUT_MAX = 50 };

/* Connects to known addresses, and looks up names that were given as peers. */
void connects_turn(struct swarm *s, int64_t now_ms);

/* Gives up a look-up under way. */
void connects_close(struct swarm *s);

#endif
