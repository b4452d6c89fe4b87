/* Announces to one UDP tracker (BEP 15): look-up, connection id, packets that get lost.
 *
 * Sends through the socket of its owner, who receives for all and offers every packet to
 * tracker_udp_take. */
#ifndef ENGINE_TRACKER_UDP_H
#define ENGINE_TRACKER_UDP_H

#include "net/lookup.h"
#include "wire/udp_tracker.h"

enum tracker_udp_phase {
    TRACKER_UDP_REST,
    TRACKER_UDP_LOOKUP,   /* awaits the addresses */
    TRACKER_UDP_CONNECT,  /* awaits a connection id */
    TRACKER_UDP_ANNOUNCE, /* awaits the answer */
};

/* {0} is a valid start. */
struct tracker_udp {
    enum tracker_udp_phase phase;
    const char *why; /* static text, after a failure */
    sys_sock sock;
    const struct url *url;
    const struct announce_request *request;
    struct lookup lookup;
    size_t addr_index;
    struct addr addr; /* where packets go */
    uint64_t connection;
    int64_t connected_ms; /* when `connection` was given, 0 = not valid */
    bool reused;          /* `connection` is from an earlier announce */
    bool in_haste;
    uint32_t transaction; /* of the phase: a late answer to the first of two packets is good */
    int tries, tries_max; /* packets without an answer */
    int64_t deadline_ms;
};

/* What became of an announce; the same for HTTP. */
enum tracker_result { TRACKER_PENDING, TRACKER_ANSWERED, TRACKER_FAILED };

/* Begins an announce. URL and request stay the caller's until it has ended. In haste packets are
 * sent again after half a second: for a goodbye, when nobody will wait. */
void tracker_udp_start(struct tracker_udp *u, sys_sock sock, const struct url *url,
                       const struct announce_request *request, int tries_max, bool in_haste,
                       int64_t now_ms);

/* Brings the deadline of `w` forward to when there is something to do. */
void tracker_udp_wants(const struct tracker_udp *u, struct sys_wants *w);

/* Moves on: PENDING or FAILED. */
enum tracker_result tracker_udp_turn(struct tracker_udp *u, int64_t now_ms);

/* Takes a packet if it is for this one; `*taken` tells. ANSWERED: `a` is filled, and points into
 * the packet; a tracker's refusal is an answer too. */
enum tracker_result tracker_udp_take(struct tracker_udp *u, struct bytes packet,
                                     const struct addr *from, struct announce_answer *a,
                                     bool *taken, int64_t now_ms);

/* Gives up what is under way. */
void tracker_udp_cancel(struct tracker_udp *u);

#endif
