/* The peer wire protocol (BEP 3, 6, 10): handshake and messages as bytes.
 *
 * Sans-io: peer_wire_parse looks at bytes and says what they are; the peer_put_
 * functions append messages to a buffer. No state is kept here. */
#ifndef WIRE_PEER_WIRE_H
#define WIRE_PEER_WIRE_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/addr.h"

enum { HANDSHAKE_SIZE = 68, PEER_ID_SIZE = 20, PIECE_HEAD_SIZE = 13 };

/* BEP 3, 6, 10 message numbers; KEEPALIVE is ours for a length of 0. */
enum peer_message_id {
    MSG_CHOKE = 0, MSG_UNCHOKE = 1, MSG_INTERESTED = 2, MSG_NOT_INTERESTED = 3, MSG_HAVE = 4,
    MSG_BITFIELD = 5, MSG_REQUEST = 6, MSG_PIECE = 7, MSG_CANCEL = 8, MSG_PORT = 9,
    MSG_SUGGEST = 13, MSG_HAVE_ALL = 14, MSG_HAVE_NONE = 15, MSG_REJECT = 16,
    MSG_ALLOWED_FAST = 17, MSG_EXTENDED = 20,
    MSG_KEEPALIVE = 256, MSG_UNKNOWN = 257,
};

struct handshake {
    bool extended; /* BEP 10 */
    bool fast;     /* BEP 6 */
    bool dht;      /* BEP 5 */
    bool v2;       /* BEP 52 upgrade bit */
    uint8_t info_hash[SHA1_SIZE];
    uint8_t peer_id[PEER_ID_SIZE];
};

void peer_put_handshake(struct buf *b, const struct handshake *h);

/* Reads the 68 bytes. BAD at the first byte that differs from the protocol's name, so
 * that strangers are told apart early. With at least 48 bytes info_hash is valid even
 * while the answer is MORE (some clients wait for ours before they send their id). */
enum parse peer_parse_handshake(struct handshake *h, struct bytes in);

struct peer_message {
    enum peer_message_id id;
    uint32_t piece;     /* HAVE SUGGEST ALLOWED_FAST REQUEST PIECE CANCEL REJECT */
    uint32_t begin;     /* REQUEST PIECE CANCEL REJECT */
    uint32_t length;    /* REQUEST CANCEL REJECT */
    struct bytes body;  /* BITFIELD: the bits; PIECE: the data; EXTENDED: behind the sub-id */
    uint8_t extended;   /* EXTENDED: sub-id, 0 = handshake */
    uint16_t port;      /* PORT */
    size_t size;        /* of the whole message, length prefix included */
};

/* What a message may be at most; checked when its first 5 bytes are known, before
 * anything is kept for it. */
struct peer_wire_limits {
    uint32_t bitfield_len; /* exact length of a good bitfield */
    uint32_t block_max;    /* longest body of a PIECE */
    uint32_t extended_max; /* longest EXTENDED */
};

/* Reads the first message of `in`. OK: `m` is filled and m->size bytes are its own. BAD: a
 * length that is wrong for its type or over the limits. Unknown types are OK as
 * MSG_UNKNOWN if not longer than extended_max. Indices are not checked here. */
enum parse peer_wire_parse(struct peer_message *m, struct bytes in,
                           const struct peer_wire_limits *limits);

void peer_put_keepalive(struct buf *b);
/* CHOKE UNCHOKE INTERESTED NOT_INTERESTED HAVE_ALL HAVE_NONE */
void peer_put_simple(struct buf *b, enum peer_message_id id);
/* HAVE SUGGEST ALLOWED_FAST */
void peer_put_index(struct buf *b, enum peer_message_id id, uint32_t piece);
/* REQUEST CANCEL REJECT */
void peer_put_request(struct buf *b, enum peer_message_id id, uint32_t piece, uint32_t begin,
                      uint32_t length);
/* Only the head; `length` bytes of data must follow. */
void peer_put_piece_head(struct buf *b, uint32_t piece, uint32_t begin, uint32_t length);
/* Only the head; the bits of `count` pieces must follow, as in base/bits.h. */
void peer_put_bitfield_head(struct buf *b, uint32_t count);
void peer_put_extended(struct buf *b, uint8_t sub_id, struct bytes body);

/* BEP 6: the allowed-fast set of an IPv4 peer, `count` distinct pieces (a small number:
 * the search is linear). Returns how many were written: fewer when the torrent has fewer
 * pieces, 0 for IPv6. */
uint32_t peer_allowed_fast(uint32_t *out, uint32_t count, const uint8_t info_hash[SHA1_SIZE],
                           const struct addr *ip, uint32_t piece_count);

#endif
