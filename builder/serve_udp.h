/* serve's tracker by UDP (BEP 15; the options of BEP 41 are skipped), on the port number of the
 * HTTP side. It shares swarms and answers with the tracker by HTTP.
 *
 * Who has not proved its address (connection_id.h) never gets an answer longer than its question:
 * connect is answered in 16 bytes, anything else with an error of at most 29; what is no question
 * at all gets nothing. Others get at most what fits one packet: 200 peers by IPv4 and 59 by IPv6,
 * besides our own, all of the asker's family. A turn takes at most SERVE_UDP_TURN_MAX datagrams.
 *
 * On a machine with several addresses the system chooses from which one an answer to a wildcard
 * socket's datagram goes out; listen on one address where that is the wrong one. */
#ifndef BUILDER_SERVE_UDP_H
#define BUILDER_SERVE_UDP_H

#include "builder/connection_id.h"
#include "sys/sys.h"

enum {
    SERVE_UDP_TURN_MAX = 64,
    SERVE_UDP_PEERS6_MAX = 59, /* with 8 of our own and the head below IPv6's 1,280 */
    SERVE_UDP_SCRAPE_MAX = 74, /* by BEP 15 */
    SERVE_UDP_ANSWER_MAX = 1300,
};

struct serve;

struct serve_udp {
    sys_sock sock; /* SYS_NONE: there is no tracker by UDP */
    uint32_t want; /* in the turn's sys_wants */
    struct addr local;
    struct connection_ids ids;
};

/* A sys_error; then it stays closed, and the other calls do nothing. */
int serve_udp_open(struct serve_udp *u, const struct addr *at);
void serve_udp_wants(struct serve_udp *u, struct sys_wants *w);
void serve_udp_turn(struct serve *s, const struct sys_wants *w, int64_t now_ms);
void serve_udp_close(struct serve_udp *u);

/* Appends the answer to one datagram, if any. */
void serve_udp_answer(struct serve *s, struct bytes packet, const struct addr *from, int64_t now_ms,
                      struct buf *out);

#endif
