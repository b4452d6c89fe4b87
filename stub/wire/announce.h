/* What is said to a tracker and what it answers: the model for HTTP and UDP, and the bytes
 * for HTTP (BEP 3, 7, 23, 24, 31). UDP's are in wire/udp_tracker.h. */
#ifndef WIRE_ANNOUNCE_H
#define WIRE_ANNOUNCE_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/limits.h"
#include "wire/url.h"

/* The numbers are BEP 15's. */
enum announce_event { EVENT_NONE = 0, EVENT_COMPLETED = 1, EVENT_STARTED = 2, EVENT_STOPPED = 3 };

struct announce_request {
    uint8_t info_hash[SHA1_SIZE];
    uint8_t peer_id[20];
    uint16_t port;
    int64_t uploaded, downloaded, left;
    enum announce_event event;
    uint32_t key;        /* the same for a whole run, so that a tracker knows us after an
                          * address change */
    uint32_t numwant;
    struct bytes tracker_id; /* "trackerid" of an earlier answer; may be empty */
};

struct announce_answer {
    struct bytes failure;  /* "failure reason", never empty then; only retry_ counts beside */
    bool retry_never;      /* BEP 31 "retry in" "never" */
    uint32_t retry_min;    /* BEP 31 minutes, 0 if absent */
    struct bytes warning;
    struct bytes tracker_id;
    uint32_t interval_s;   /* 0 if absent */
    uint32_t interval_min_s;
    int64_t seeds, leechers; /* -1 unknown */
    struct addr external;  /* BEP 24 "external ip"; none if absent (port is 0) */
    uint32_t peer_count;
    struct addr peers[ANNOUNCE_PEERS_MAX]; /* more are dropped */
};

/* Appends path and query ("/announce?info_hash=...") to GET from the tracker `u`. The
 * URL's own query is kept in front. compact=1, no_peer_id=1 are always asked for. */
void announce_http_target(struct buf *b, const struct url *u, const struct announce_request *r);

/* Reads a bencoded answer: peers compact (BEP 23) or as dictionaries (hosts that are names
 * are skipped), peers6 (BEP 7). Slices point into `body`. False: not a dictionary. */
bool announce_http_parse(struct announce_answer *a, struct bytes body);

/* Adds compact peers: 4 (or, `v6`, 16) address bytes and a port each. What is over
 * ANNOUNCE_PEERS_MAX or unusable is dropped, and so is a last one that is cut short. */
void announce_take_compact(struct announce_answer *a, struct bytes peers, bool v6);

#endif
