/* The inside of a swarm, for the modules of the engine only.
 *
 * swarm.c owns its life and its turn; messages.c hears peers; download.c asks for blocks;
 * intake.c takes them; upload.c serves them; webseeding.c gives web seeds their work. What an
 * outsider may know stands in engine.h. */
#ifndef ENGINE_SWARM_H
#define ENGINE_SWARM_H

#include "base/rate.h"
#include "engine/blame.h"
#include "engine/book.h"
#include "engine/checker.h"
#include "engine/engine.h"
#include "engine/picker.h"
#include "engine/store_state.h"
#include "net/lookup.h"

struct events;
struct intake;
struct limiter;
struct peer;
struct roots;
struct scratch;
struct superseed;
struct trackers;
struct webseed_slot;

/* What all swarms of an engine share. */
struct swarm_host {
    struct scratch *scratch;
    struct limiter *up, *down;
    struct roots *roots;
    struct events *events;
    struct random random;
    uint16_t port;             /* where we listen, 0 = not */
    bool use_trackers, use_webseeds;
    uint8_t peer_id[20];
    const char *user_agent;
};

/* Counters of this run, bytes of payload. */
struct swarm_tally {
    int64_t from_peers, from_webseeds, uploaded, wasted, resumed;
};

struct swarm {
    struct swarm *next;        /* list of the engine */
    const struct torrent *t;
    struct swarm_host *host;

    enum swarm_phase phase;
    enum swarm_outcome outcome;
    bool complete;             /* every wanted file finished */
    bool came_complete;        /* it was, before anything was downloaded */
    bool checked;              /* the first check is over */
    bool paused;

    struct peer *peers;        /* PEERS_MAX slots, lowest first */
    uint32_t peer_top;         /* slots at and above are free */
    uint32_t given_at;
    uint32_t *have_log;        /* pieces in the order in which we got them */
    uint32_t have_log_count;

    struct trackers *trackers; /* NULL: none */
    struct intake *intake;     /* empty between turns */
    struct superseed *superseed; /* NULL: we are no superseed (any more) */
    struct webseed_slot *webseeds;
    uint32_t webseed_count;

    int64_t started_ms, completed_ms, stopping_ms;
    int64_t useful_ms;         /* last block that was of use */
    int64_t tick_ms;           /* last run of the once-a-second work */
    int64_t rechoke_ms, optimistic_ms, places_ms;
    int64_t disk_retry_ms;
    int64_t saved_ms;
    int64_t lonely_ms;         /* since when there is nobody; 0 = there is somebody */
    bool told_lonely;

    /* Large things last: what is in the first 128 bytes takes less code to reach. */
    struct swarm_config config;
    struct arena arena;
    struct swarm_tally tally;
    struct lookup given;       /* look-up of config.sources.peers[given_at] */
    struct rate down, up;
    struct pieces pieces;
    struct picker picker;
    struct store store;
    struct checker checker;
    struct blame blame;
    struct store_state before; /* what earlier runs left */
    struct book book;
};

/* NULL: no memory. */
struct swarm *swarm_new(const struct swarm_config *config, struct swarm_host *host, int64_t now_ms);
void swarm_wants(struct swarm *s, struct sys_wants *w, int64_t now_ms);
void swarm_turn(struct swarm *s, const struct sys_wants *w, int64_t now_ms);
void swarm_stop(struct swarm *s, enum swarm_outcome outcome, int64_t now_ms);
void swarm_free(struct swarm *s);

/* Takes over a connection that came in and has said `hello` (the first 48 bytes at least). */
void swarm_accept(struct swarm *s, sys_sock sock, const struct addr *from, struct bytes hello,
                  int64_t now_ms);

/* --- for the engine's other modules ----------------------------------------------------- */

/* Are new blocks wanted now (phase, disk)? */
bool swarm_is_fetching(const struct swarm *s);

/* A piece is HAVE now: files, peers and faces learn of it. */
void swarm_piece_done(struct swarm *s, uint32_t piece, int64_t now_ms);

/* A piece is MISSING again and may be picked. */
void swarm_piece_missing(struct swarm *s, uint32_t piece);

/* Writes the state file of an unfinished download. */
void swarm_save(struct swarm *s, int64_t now_ms);

/* Bans the sender, closes its connection and says so. */
void swarm_ban(struct swarm *s, uint16_t entry, int64_t now_ms);

/* The disk answered with `error`: waits for room, or fails. */
void swarm_disk_trouble(struct swarm *s, int error, int64_t now_ms);

/* The live peer with this book entry, or NULL. */
struct peer *swarm_peer_of(struct swarm *s, uint16_t entry);

#endif
