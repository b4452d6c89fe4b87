/* Announces by UDP (BEP 15, with BEP 41's URL data): packets as bytes. */
#ifndef WIRE_UDP_TRACKER_H
#define WIRE_UDP_TRACKER_H

#include "wire/announce.h"

/* Actions of requests and answers. */
enum { UDP_CONNECT = 0, UDP_ANNOUNCE = 1, UDP_SCRAPE = 2, UDP_ERROR = 3 };

enum {
    UDP_CONNECT_SIZE = 16,      /* request and answer */
    UDP_ANNOUNCE_SIZE = 98,     /* request without options */
    UDP_ANNOUNCED_SIZE = 20,    /* answer without peers */
    UDP_URL_CHUNK_MAX = 255,
    /* room for every announce: BEP 41 puts two bytes before each chunk of the URL */
    UDP_TRACKER_PACKET_MAX = UDP_ANNOUNCE_SIZE + URL_LEN_MAX
                             + 2 * (URL_LEN_MAX / UDP_URL_CHUNK_MAX + 1),
};

#define UDP_TRACKER_MAGIC UINT64_C(0x41727101980)

/* A connection id lives a minute at the client. */
void udp_tracker_connect(struct buf *b, uint32_t transaction);

/* Path and query of `u`, if any, go along (BEP 41). */
void udp_tracker_announce(struct buf *b, uint64_t connection, uint32_t transaction,
                          const struct url *u, const struct announce_request *r);

enum udp_tracker_kind { UDP_TRACKER_CONNECTED, UDP_TRACKER_ANNOUNCED, UDP_TRACKER_ERROR };
struct udp_tracker_answer {
    enum udp_tracker_kind kind;
    uint32_t transaction;
    uint64_t connection; /* CONNECTED */
    struct bytes error;  /* ERROR */
};

/* Reads a packet; on ANNOUNCED `*a` is filled. `v6`: the peers are 18 bytes each (the
 * answer came over IPv6). False: not a tracker packet, too short for its action. */
bool udp_tracker_parse(struct udp_tracker_answer *out, struct announce_answer *a,
                       struct bytes packet, bool v6);

#endif
