/* Who is in which swarm: the memory of a tracker. Pure: no sockets, `now` is passed in.
 *
 * Torrents are added by the owner; announces for others are refused. All memory is bounded: when a
 * swarm is full, the newcomer takes the place of a random member of its kind. */
#ifndef BUILDER_TRACKER_TABLE_H
#define BUILDER_TRACKER_TABLE_H

#include "base/random.h"
#include "builder/tracker_wire.h"

enum {
    TABLE_PEERS_MAX = 2000, /* of a kind (seed or leecher) in one swarm */
    TABLE_NUMWANT_MAX = 200,
    TABLE_NUMWANT_DEFAULT = 50,
};

struct tracker_table;

/* `interval_s`: what clients are told; who is not heard of for twice as long is forgotten. */
struct tracker_table *tracker_table_new(uint32_t interval_s, uint64_t seed);
void tracker_table_free(struct tracker_table *t);

/* Adds a torrent (again: nothing happens). */
void tracker_table_add(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE]);

/* Takes an announce of the client at `from` (with the port that it announces) and chooses peers for
 * it: distinct ones at random, as many as it wants, never the asker itself, and for a seed no
 * seeds. False: no torrent of ours. */
struct tracker_answer {
    struct tracker_peer peers[TABLE_NUMWANT_MAX];
    size_t count;
    struct tracker_stats stats;
};
bool tracker_table_announce(struct tracker_table *t, const struct announce_request *r,
                            const struct addr *from, int64_t now_ms, struct tracker_answer *out);

/* How a torrent stands. False: no torrent of ours. */
bool tracker_table_stats(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE],
                         int64_t now_ms, struct tracker_stats *out);

#endif
