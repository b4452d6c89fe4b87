/* Making and taking connections: who gets one of the swarm's peer slots. */
#ifndef ENGINE_CONNECTS_H
#define ENGINE_CONNECTS_H

#include "engine/swarm.h"

/* Beyond this only others connect to us, so that newcomers find room. While we download, peers that
 * are incomplete too are told of each piece that we get: with small pieces we seek fewer of them,
 * one for each HAVE_SHARE bytes of a piece, so that this stays near a hundredth of the traffic. */
enum { PEERS_OUT_MAX = 50, LEECHERS_OUT_MIN = 20, HAVE_SHARE = 800 };

/* How many there are: connected, those of them that are complete, and on their way. */
struct connects {
    uint32_t live, seeds, connecting;
};
struct connects connects_count(const struct swarm *s);

/* Connects to known addresses, and looks up names that were given as peers. */
void connects_turn(struct swarm *s, int64_t now_ms);

/* Gives up a look-up under way. */
void connects_close(struct swarm *s);

#endif
