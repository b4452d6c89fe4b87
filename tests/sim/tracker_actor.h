/* A tracker on a simulated host: HTTP on port 80 and UDP on port 6969, one torrent. */
#ifndef SIM_TRACKER_ACTOR_H
#define SIM_TRACKER_ACTOR_H

#include "base/limits.h"
#include "builder/tracker_wire.h"
#include "sim/sim.h"

enum { TRACKER_CLIENTS_MAX = 32, TRACKER_ANSWER_MAX = 80 };

enum tracker_mood {
    TRACKER_GOOD,
    TRACKER_SILENT,  /* takes connections and packets and answers nothing */
    TRACKER_BROKEN,  /* answers what is no answer */
    TRACKER_FAILING, /* answers with a failure */
};

struct tracker_client {
    struct addr addr;
    sys_sock sock;
    uint32_t want;
    uint8_t in[HTTP_HEAD_MAX];
    size_t in_len;
    uint8_t out[8192];
    size_t out_len, out_at;
};

struct tracker_actor {
    struct sim_host *host;
    enum tracker_mood mood;
    uint32_t interval_s;
    uint32_t answer_max; /* addresses in an answer; 0 = TRACKER_ANSWER_MAX */

    sys_sock tcp, udp;
    uint32_t want_tcp, want_udp;
    struct tracker_client clients[TRACKER_CLIENTS_MAX];
    struct tracker_peer *peers; /* in no order */
    size_t peer_count, peer_max;
    uint32_t seeds;
    uint32_t started, completed, stopped; /* events heard */
    uint32_t announces;
};

void tracker_start(struct tracker_actor *t);
void tracker_end(struct tracker_actor *t);

/* Notes a peer that never announces. */
void tracker_add(struct tracker_actor *t, const struct addr *a);

#endif
