/* DNS packets (RFC 1035 4.1).
 *
 * Names are compared as runs of labels, each behind its length byte, with letters in either case:
 * a length is below 64 and so never taken for a letter. */
#include "wire/dns.h"

#include <string.h>

enum {
    HEADER_SIZE = 12,
    LABEL_MAX = 63,
    RECORD_FIXED_SIZE = 10, /* type, class, time to live, length of data */
    POINTER = 0xc0,         /* both bits in place of a length: the name goes on elsewhere */
    ALIASES_MAX = 8,        /* the longest chain of CNAMEs that is followed */

    FLAG_ANSWER = 0x8000,
    FLAG_CUT_SHORT = 0x0200,
    FLAG_RECURSE = 0x0100,
    MASK_KIND = 0x7800,
    MASK_CODE = 0x000f,
    CODE_OK = 0,
    CODE_NO_NAME = 3,

    TYPE_CNAME = 5,
    CLASS_INTERNET = 1,
};

bool
dns_query(struct buf *b, uint16_t id, struct bytes host, enum dns_type type)
{
    buf_be16(b, id);
    buf_be16(b, FLAG_RECURSE);
    buf_be16(b, 1); /* questions */
    buf_be16(b, 0);
    buf_be32(b, 0);
    size_t start = b->len;
    do {
        struct bytes label = bytes_cut(&host, '.');
        if (label.len == 0 || label.len > LABEL_MAX) {
            return false;
        }
        buf_byte(b, (uint8_t)label.len);
        buf_add(b, label);
    } while (host.len > 0);
    buf_byte(b, 0);
    bool fits = b->len - start <= DNS_NAME_MAX;
    buf_be16(b, (uint16_t)type);
    buf_be16(b, CLASS_INTERNET);
    return fits && !b->full;
}

struct name {
    uint8_t labels[DNS_NAME_MAX];
    size_t len;
};

static bool
name_equal(const struct name *a, const struct name *b)
{
    return bytes_equal_nocase(bytes_of(a->labels, a->len), bytes_of(b->labels, b->len));
}

/* Reads the name at *at and moves *at behind it. Each pointer must lead further to the front than
 * the one before it, so this ends. */
static bool
read_name(struct bytes packet, size_t *at, struct name *out)
{
    size_t next = *at, front = *at;
    bool jumped = false;
    out->len = 0;
    while (next < packet.len) {
        size_t len = packet.ptr[next];
        if (len >= POINTER) {
            if (packet.len - next < 2) {
                return false;
            }
            if (!jumped) {
                *at = next + 2;
            }
            jumped = true;
            next = be16(packet.ptr + next) & 0x3fff;
            if (next >= front) {
                return false;
            }
            front = next;
            continue;
        }
        if (len > LABEL_MAX || len >= packet.len - next || len >= DNS_NAME_MAX - out->len) {
            return false;
        }
        memcpy(out->labels + out->len, packet.ptr + next, len + 1);
        out->len += len + 1;
        next += len + 1;
        if (len == 0) {
            if (!jumped) {
                *at = next;
            }
            return true;
        }
    }
    return false;
}

struct record {
    struct name owner;
    uint16_t type, class;
    struct bytes data;
    size_t data_at; /* in the packet */
};

static bool
read_record(struct bytes packet, size_t *at, struct record *r)
{
    if (!read_name(packet, at, &r->owner) || packet.len - *at < RECORD_FIXED_SIZE) {
        return false;
    }
    const uint8_t *p = packet.ptr + *at;
    size_t len = be16(p + 8);
    *at += RECORD_FIXED_SIZE;
    if (packet.len - *at < len) {
        return false;
    }
    r->type = be16(p);
    r->class = be16(p + 2);
    r->data = bytes_of(p + RECORD_FIXED_SIZE, len);
    r->data_at = *at;
    *at += len;
    return true;
}

static void
take_address(struct dns_answer *out, const struct record *r)
{
    if (out->count < DNS_ADDRS_MAX && r->type == DNS_A && r->data.len == 4) {
        out->addrs[out->count++] = addr_v4(r->data.ptr, 0);
    } else if (out->count < DNS_ADDRS_MAX && r->type == DNS_AAAA && r->data.len == 16) {
        out->addrs[out->count++] = addr_v6(r->data.ptr, 0);
    }
}

/* Takes the addresses of `wanted` from the records that begin at `at`; if it is an alias, `wanted`
 * becomes the true name and *alias true. False: the packet ends too early. */
static bool
take_records(struct dns_answer *out, struct bytes packet, size_t at, uint16_t type,
             struct name *wanted, bool *alias)
{
    struct name seek = *wanted;
    *alias = false;
    for (size_t left = be16(packet.ptr + 6); left > 0; left--) {
        struct record r;
        if (!read_record(packet, &at, &r)) {
            return false;
        }
        if (r.class != CLASS_INTERNET || !name_equal(&r.owner, &seek)) {
            continue;
        }
        if (r.type == TYPE_CNAME) {
            *alias = read_name(packet, &r.data_at, wanted);
        } else if (r.type == type) {
            take_address(out, &r);
        }
    }
    return true;
}

/* Does the packet repeat the number and the question? */
static bool
answers(struct bytes packet, struct bytes query)
{
    return packet.len >= query.len && be16(packet.ptr) == be16(query.ptr) &&
           (be16(packet.ptr + 2) & (FLAG_ANSWER | MASK_KIND)) == FLAG_ANSWER &&
           be16(packet.ptr + 4) == 1 &&
           bytes_equal_nocase(bytes_skip(bytes_first(packet, query.len), HEADER_SIZE),
                              bytes_skip(query, HEADER_SIZE));
}

bool
dns_parse(struct dns_answer *out, struct bytes query, struct bytes packet)
{
    *out = (struct dns_answer){.outcome = DNS_KNOWN};
    if (!answers(packet, query)) {
        return false;
    }
    unsigned flags = be16(packet.ptr + 2);
    if ((flags & MASK_CODE) != CODE_OK) {
        out->outcome = (flags & MASK_CODE) == CODE_NO_NAME ? DNS_UNKNOWN : DNS_REFUSED;
        return true;
    }
    struct name wanted;
    size_t start = HEADER_SIZE;
    bool whole = read_name(packet, &start, &wanted);
    bool alias = whole;
    for (int i = 0; i < ALIASES_MAX && alias && whole && out->count == 0; i++) {
        whole =
            take_records(out, packet, query.len, be16(query.ptr + query.len - 4), &wanted, &alias);
    }
    return whole || (flags & FLAG_CUT_SHORT);
}
