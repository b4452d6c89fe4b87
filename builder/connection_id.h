/* Connection ids of a UDP tracker (BEP 15): what an asker has to show is a number that was sent
 * to its address before, so answers larger than questions go to nobody who did not ask.
 *
 * An id is a keyed hash (SHA-256) of the address and of the minute in which it was given. Nothing
 * is kept for a client. It is good in its own minute and the next: so for at least one minute, as
 * long as clients may use it, and for less than the two that BEP 15 allows. The port does not
 * count: a router may give a client another one meanwhile. */
#ifndef BUILDER_CONNECTION_ID_H
#define BUILDER_CONNECTION_ID_H

#include "base/addr.h"

enum { CONNECTION_SLOT_MS = 60000, CONNECTION_SECRET_SIZE = 16 };

struct connection_ids {
    uint8_t secret[CONNECTION_SECRET_SIZE]; /* from sys_random */
};

uint64_t connection_id(const struct connection_ids *c, const struct addr *to, int64_t now_ms);
bool connection_id_is_good(const struct connection_ids *c, uint64_t id, const struct addr *from,
                           int64_t now_ms);

#endif
