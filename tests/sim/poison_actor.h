/* A peer that claims to have everything and does harm, in one of several ways. */
#ifndef SIM_POISON_ACTOR_H
#define SIM_POISON_ACTOR_H

#include "sim/content.h"
#include "wire/peer_wire.h"

enum { POISON_PORT = 6881, POISON_CONNS_MAX = 16, POISON_OUT_MAX = 1 << 18 };

enum poison_kind {
    POISON_ALL,       /* every block is bad */
    POISON_SOME,      /* one block in a few is bad */
    POISON_UNASKED,   /* blocks that nobody asked for, besides good ones */
    POISON_LENGTHS,   /* messages of absurd lengths, after a while */
    POISON_NOISE,     /* random bytes instead of messages */
    POISON_INDICES,   /* piece numbers and offsets beyond the end */
    POISON_MUTE,      /* unchokes and never sends anything */
    POISON_WAVERING,  /* chokes and unchokes without end, forgets requests */
    POISON_HANDSHAKE, /* says hello for another torrent */
    POISON_KINDS,
};

struct poison_conn {
    sys_sock sock;
    uint32_t want;
    bool greeted;
    uint8_t in[4096];
    size_t in_len;
    uint8_t *out; /* POISON_OUT_MAX */
    size_t out_len, out_at;
    uint32_t served;
    int64_t next_ms;
};

struct poison_actor {
    struct sim_host *host;
    const struct content *content;
    enum poison_kind kind;
    sys_sock listener;
    uint32_t want;
    struct poison_conn conns[POISON_CONNS_MAX];
    uint32_t bad_blocks; /* sent */
};

enum poison_kind poison_any_kind(struct sim *sim);
void poison_start(struct poison_actor *p);
void poison_end(struct poison_actor *p);

#endif
