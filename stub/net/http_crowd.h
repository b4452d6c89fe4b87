/* How many clients an address has, for a server that has to choose among them. Pure.
 *
 * Clients of one address are a crowd; of IPv6, where a home has 2^64 addresses, those of one
 * network of that size. */
#ifndef NET_HTTP_CROWD_H
#define NET_HTTP_CROWD_H

#include "base/addr.h"
#include "base/limits.h"

enum { HTTP_CROWDS_MAX = 2 * HTTP_CLIENTS_MAX };

struct http_crowd {
    uint64_t place; /* the part of the address that counts */
    uint32_t count; /* the caller's; 0: a free entry */
};

/* The crowd of an address in a hash table, zeroed at first, of HTTP_CROWDS_MAX entries; some must
 * stay free. `key`: chance, or strangers could choose addresses so that the search is long. */
struct http_crowd *http_crowd_find(struct http_crowd *crowds, uint64_t key, const struct addr *a);

#endif
