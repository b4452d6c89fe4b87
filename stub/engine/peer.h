/* One peer: its connection, what both sides have said, and the requests under way.
 *
 * This module keeps the protocol's state and puts messages; what the messages mean for the
 * swarm is decided in messages, download and upload. */
#ifndef ENGINE_PEER_H
#define ENGINE_PEER_H

#include "base/arena.h"
#include "base/bits.h"
#include "base/rate.h"
#include "meta/torrent.h"
#include "net/conn.h"
#include "wire/peer_ext.h"
#include "wire/peer_wire.h"

enum peer_phase {
    PEER_FREE,      /* the slot is unused */
    PEER_CONNECTING, /* awaits the TCP connection */
    PEER_HANDSHAKE, /* awaits the other side's 68 bytes */
    PEER_LIVE,
};

enum { TARGET_MIN = 2 };

/* A block that we asked for. `released`: given up on, others may be asked; taken if it comes
 * after all. */
struct block_request {
    uint32_t piece, block, serial;
    bool released;
    int64_t asked_ms;
};

/* A range that was asked of us. */
struct range_request {
    uint32_t piece, begin, length; /* length 0: cancelled */
};

struct peer {
    enum peer_phase phase;
    uint16_t entry;         /* in the book */
    int64_t born_ms;
    bool fast, extended;    /* both sides have it */

    bool am_choking, am_interested, is_choking, is_interested;
    bool was_interested;    /* ever: so it is no superseed */
    bool snubbed;           /* asked, unchoked, and nothing came for SNUB_MS */
    bool optimistic;
    bool is_seed;           /* has everything */
    bool in_rarity;         /* its pieces are counted in the picker */
    uint8_t *bits;
    uint32_t have_count;
    uint32_t useful;        /* pieces that it has and we still want */

    struct block_request *out; /* ring, oldest first */
    uint32_t out_at, out_count;
    uint32_t out_target;    /* requests to keep under way, at least TARGET_MIN */
    int64_t base_ms;        /* shortest delay of an answer of late; 0: none came yet */
    int64_t idle_until_ms;  /* found nothing to ask for: no use looking before this */
    struct range_request *in; /* ring */
    uint32_t in_at, in_count;
    uint32_t allowed_in_count;
    uint32_t allowed_out_count;

    sys_file held;          /* file of the range being sent, kept open by the store */
    int64_t last_block_ms;  /* last block from it, or the first request after a pause */
    int64_t wanted_ms;      /* last time that either side was interested */
    int64_t unchoked_ms;    /* when we last unchoked it */
    int64_t busy_ms;        /* when it last had something to be sent, or was unchoked */
    uint32_t have_log_at;   /* entries of the swarm's have log that it was told... */
    int64_t haves_ms;       /* ...and when */
    uint32_t told_count;    /* superseeding: pieces that it was told of and owes to the others */
    uint32_t due_count;     /* of these, those that it has not got yet */
    uint32_t unasked;       /* blocks that nobody asked for */
    struct conn conn;
    uint8_t id[PEER_ID_SIZE];
    struct peer_ext ext;
    uint8_t client[24];     /* what it calls itself, cut */
    uint8_t client_len;
    struct rate down, up;
    uint32_t allowed_in[ALLOWED_FAST_COUNT]; /* we may ask for these while choked (BEP 6) */
    uint32_t allowed_out[ALLOWED_FAST_COUNT]; /* and it for these */
};

/* Gives a zeroed slot its memory. False: none. */
bool peer_open(struct peer *p, const struct torrent *t, struct arena *arena);

/* Makes a slot ready for another connection, keeping its memory. */
void peer_reset(struct peer *p);

/* Bytes that the fixed messages of one turn may need; below it nothing optional is put. */
enum { PEER_PUT_RESERVE = 256 };

/* Puts one message; closes the connection when it does not fit. */
void peer_send_handshake(struct peer *p, const uint8_t info_hash[SHA1_SIZE],
                         const uint8_t our_id[PEER_ID_SIZE]);
void peer_send_simple(struct peer *p, enum peer_message_id id);
void peer_send_index(struct peer *p, enum peer_message_id id, uint32_t piece);
void peer_send_request(struct peer *p, enum peer_message_id id, uint32_t piece, uint32_t begin,
                       uint32_t length);
void peer_send_keepalive(struct peer *p);

/* Says whether we are interested, if that has changed. */
void peer_tell_interest(struct peer *p, bool interested);

/* The queue of blocks asked for. */
struct block_request *peer_out_get(struct peer *p, uint32_t i);
void peer_out_add(struct peer *p, struct block_request r);
void peer_out_remove(struct peer *p, uint32_t i);
/* Index of the request for a block, or out_count. */
uint32_t peer_out_find(struct peer *p, uint32_t piece, uint32_t block);

/* The queue of ranges asked of us. Adding to a full queue gives false. */
bool peer_in_add(struct peer *p, struct range_request r);
bool peer_in_first(struct peer *p, struct range_request *r);
void peer_in_drop_first(struct peer *p);

/* May we ask it for this piece now? */
bool peer_may_ask(const struct peer *p, uint32_t piece);

/* Has it this piece? */
static inline bool
peer_has(const struct peer *p, uint32_t piece)
{
    return p->is_seed || bits_get(p->bits, piece);
}

#endif
