/* Internet addresses: one form for IPv4 and IPv6. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include "base/buf.h"

/* IPv4 is stored v4-mapped (::ffff:a.b.c.d), so that all code compares 16 bytes.
 * port 0 with an all-zero ip means "none". Host byte order in `port`. */
struct addr {
    uint8_t ip[16];
    uint16_t port;
};

/* From 4 or 16 network-order bytes (BEP 23 and BEP 7 compact forms, without the port). */
struct addr addr_v4(const uint8_t ip[4], uint16_t port);
struct addr addr_v6(const uint8_t ip[16], uint16_t port);

bool addr_is_v4(const struct addr *a);
bool addr_is_none(const struct addr *a);
bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_same_ip(const struct addr *a, const struct addr *b);

/* 127/8, ::1 */
bool addr_is_loopback(const struct addr *a);

/* Loopback, RFC 1918, link-local, unique local (fc00::/7), CGNAT 100.64/10, 0/8: not
 * reachable over the public Internet. */
bool addr_is_local(const struct addr *a);

/* Multicast, broadcast, unspecified, port 0: nobody can be there. */
bool addr_is_unusable(const struct addr *a);

/* Numeric host without a port: "1.2.3.4", "::1", "[::1]". False when it is a name. */
bool addr_parse_ip(struct bytes text, struct addr *out);

/* "1.2.3.4:80" or "[::1]:80", numeric only. */
bool addr_parse(struct bytes text, struct addr *out);

/* Appends "1.2.3.4:80" or "[2001:db8::1]:80" (RFC 5952); addr_print_ip without port
 * and brackets. */
void addr_print(struct buf *b, const struct addr *a);
void addr_print_ip(struct buf *b, const struct addr *a);

/* BEP 40 canonical peer priority of two endpoints: the same value on both sides.
 * CRC32-C over the masked, ordered addresses (or over the ports when the ips are equal). */
uint32_t addr_priority(const struct addr *a, const struct addr *b);

#endif
