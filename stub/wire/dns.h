/* Questions to name servers and their answers (RFC 1035): packets as bytes. */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include "base/addr.h"

enum dns_type { DNS_A = 1, DNS_AAAA = 28 };

enum {
    DNS_PORT = 53,
    DNS_NAME_MAX = 255,                    /* as labels, each behind its length */
    DNS_QUERY_MAX = 12 + DNS_NAME_MAX + 4, /* header, name, type and class */
    DNS_PACKET_MAX = 1500,                 /* 512 by the RFC; some servers do not count */
    DNS_ADDRS_MAX = 8,
};

/* Appends the question for the addresses of `host`, in which a last dot is all right. False: no
 * host can have that name. */
bool dns_query(struct buf *b, uint16_t id, struct bytes host, enum dns_type type);

enum dns_outcome {
    DNS_KNOWN,   /* `addrs`; none if the name exists without any */
    DNS_UNKNOWN, /* there is no such name */
    DNS_REFUSED, /* this server cannot tell */
};

struct dns_answer {
    enum dns_outcome outcome;
    struct addr addrs[DNS_ADDRS_MAX]; /* port 0 */
    size_t count;
};

/* Reads a packet. False: it is no answer to `query`, or damaged. Of an answer that was cut short
 * to fit, what is there counts. */
bool dns_parse(struct dns_answer *out, struct bytes query, struct bytes packet);

#endif
