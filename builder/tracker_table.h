/* Who is in which swarm: the memory of a tracker. Pure: no sockets, `now` is passed in.
 *
 * Torrents are added by the owner; announces for others are refused, or, in an open table, make one
 * that is dropped when its last member is forgotten. All memory is bounded: when a swarm is full,
 * the newcomer takes the place of a random member of its kind; others' torrents together have room
 * for TABLE_OPEN_MAX torrents and TABLE_OPEN_MEMBERS_MAX members (some 12 MiB), and never take any
 * from the owner's. */
#ifndef BUILDER_TRACKER_TABLE_H
#define BUILDER_TRACKER_TABLE_H

#include "base/random.h"
#include "builder/tracker_wire.h"

enum {
    TABLE_PEERS_MAX = 2000, /* of a kind (seed or leecher) in one swarm */
    TABLE_NUMWANT_MAX = 200,
    TABLE_NUMWANT_DEFAULT = 50,
    TABLE_OPEN_MAX = 10000,
    TABLE_OPEN_MEMBERS_MAX = 200000,
};

/* Which peers the asker can use. */
enum table_family { TABLE_BOTH, TABLE_V4, TABLE_V6 };

struct tracker_table;

/* `interval_s`: what clients are told; who is not heard of for twice as long is forgotten. */
struct tracker_table *tracker_table_new(uint32_t interval_s, uint64_t seed);
void tracker_table_free(struct tracker_table *t);

/* Adds a torrent (again: nothing happens). */
void tracker_table_add(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE]);

/* Forgets a torrent of the owner's and its members. */
void tracker_table_remove(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE]);

/* For an owner that keeps swarms over restarts. Up to `max` members of a kind, and how many they
 * are; what `completed` counts on from; a member that was there before. The torrent was added. */
size_t tracker_table_members(const struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE],
                             bool seeds, struct tracker_peer *out, size_t max);
void tracker_table_set_completed(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE],
                                 uint32_t completed);
void tracker_table_join(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE], bool is_seed,
                        const struct tracker_peer *peer, int64_t now_ms);

/* From here on announces for any torrent are taken. */
void tracker_table_open(struct tracker_table *t);

/* Takes an announce of the client at `from` (with the port that it announces) and chooses peers for
 * it: distinct ones of the family at random, as many as it wants, never the asker itself, and for a
 * seed no seeds. A download counts as completed once, whatever the ways and addresses by which one
 * client (by its peer id) says so. False: no torrent of ours, or no room for another. */
struct tracker_answer {
    struct tracker_peer peers[TABLE_NUMWANT_MAX];
    size_t count;
    struct tracker_stats stats;
};
bool tracker_table_announce(struct tracker_table *t, const struct announce_request *r,
                            const struct addr *from, enum table_family family, int64_t now_ms,
                            struct tracker_answer *out);

/* How a torrent stands. False: no torrent of ours. */
bool tracker_table_stats(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE],
                         int64_t now_ms, struct tracker_stats *out);

/* All swarms together; who has not been heard of for long may still be counted. */
struct tracker_totals {
    uint32_t torrents, seeds, leechers;
    uint64_t completed; /* of swarms that are there now */
};
struct tracker_totals tracker_table_totals(const struct tracker_table *t);

#endif
