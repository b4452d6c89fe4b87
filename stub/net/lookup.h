/* Host names to addresses: numeric ones at once, others through the system in the background. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "base/limits.h"
#include "sys/sys.h"

/* {0} is a valid start. */
struct lookup {
    bool active;
    int ticket;
    uint16_t port;
    struct addr addrs[LOOKUP_ADDRS_MAX];
    size_t count;
};

/* Starts over. False: too many under way, try again later. */
bool lookup_start(struct lookup *l, struct bytes host, uint16_t port);

/* SYS_OK: addrs[0..count) are there, with the port, IPv6 and IPv4 alternating; SYS_AGAIN; or the
 * failure. */
int lookup_poll(struct lookup *l);

/* Gives up a look-up under way. */
void lookup_cancel(struct lookup *l);

#endif
