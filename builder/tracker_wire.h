/* The tracker's side of wire/announce.h and wire/udp_tracker.h: requests parsed, answers
 * written, by HTTP (BEP 3, 7, 23, 24, 48) and UDP (BEP 15). Pure like wire/. */
#ifndef BUILDER_TRACKER_WIRE_H
#define BUILDER_TRACKER_WIRE_H

#include "wire/udp_tracker.h"

#define TRACKER_NUMWANT_DEFAULT UINT32_MAX /* the client did not say (BEP 15's -1) */

/* An announce as it came. */
struct tracker_announce {
    struct announce_request request; /* tracker_id is not kept */
    struct addr ip;  /* where the client says it is, port 0; none if absent or a name */
    bool compact;    /* HTTP: compact answers unless "compact=0" (BEP 23) */
    bool no_peer_id;
};

/* How one torrent stands. */
struct tracker_stats {
    uint8_t info_hash[SHA1_SIZE];
    uint32_t seeds, leechers;
    uint32_t completed; /* downloads ever finished */
};

struct tracker_peer {
    struct addr addr;
    uint8_t peer_id[20];
};

struct tracker_reply {
    uint32_t interval_s, interval_min_s;
    uint32_t seeds, leechers;
    struct addr external; /* BEP 24, the client's address as we see it; may be none */
    const struct tracker_peer *peers;
    size_t peer_count;
};

/* HTTP. What a request target ("/announce?info_hash=...") is for, by the end of its path;
 * `*query` is what stands behind the '?'. */
enum tracker_http { TRACKER_HTTP_OTHER, TRACKER_HTTP_ANNOUNCE, TRACKER_HTTP_SCRAPE };
enum tracker_http tracker_http_target(struct bytes target, struct bytes *query);

/* Reads the query of an announce. NULL, or the "failure reason" to answer with.
 * Unknown parameters and events are ignored; of equal ones the last counts. */
const char *tracker_http_announce(struct tracker_announce *a, struct bytes query);

/* Reads the next info_hash of a scrape from `*query` and advances it; false at the end.
 * Malformed ones are skipped. */
bool tracker_http_scrape(struct bytes *query, uint8_t info_hash[SHA1_SIZE]);

/* Append bencoded answers. Compact ones have peers and, if there are IPv6 peers, peers6. */
void tracker_put_announce(struct buf *b, const struct tracker_reply *r, bool compact,
                          bool no_peer_id);
void tracker_put_failure(struct buf *b, const char *reason);
/* In the order that bencode wants, doubles once; quadratic, so for some hundreds. */
void tracker_put_scrape(struct buf *b, const struct tracker_stats *stats, size_t count);

/* UDP. */
struct tracker_udp_request {
    int action;                      /* UDP_CONNECT, UDP_ANNOUNCE or UDP_SCRAPE */
    uint32_t transaction;
    uint64_t connection;             /* ANNOUNCE, SCRAPE: to be compared with what we gave */
    struct tracker_announce announce; /* ANNOUNCE */
    struct bytes hashes;             /* SCRAPE: SHA1_SIZE bytes each, in the packet */
};

/* Reads a packet. False: no request of ours (answer nothing, the sender may be forged).
 * Options behind an announce (BEP 41) are skipped. */
bool tracker_udp_parse(struct tracker_udp_request *q, struct bytes packet);

/* Append answers. Of the peers those of the family `v6` go out. */
void tracker_udp_put_connect(struct buf *b, uint32_t transaction, uint64_t connection);
void tracker_udp_put_announce(struct buf *b, uint32_t transaction,
                              const struct tracker_reply *r, bool v6);
void tracker_udp_put_scrape(struct buf *b, uint32_t transaction,
                            const struct tracker_stats *stats, size_t count);
void tracker_udp_put_error(struct buf *b, uint32_t transaction, const char *reason);

#endif
