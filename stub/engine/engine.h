/* The BitTorrent engine: any number of swarms behind one listening port, turned by one loop.
 *
 *     engine_wants(e, &w, now); sys_poll(&w); now = sys_now_ms(); engine_turn(e, &w, now);
 *
 * No function here blocks for longer than a bounded slice of hashing or one disk write. The
 * engine never calls its owner: faces and commands look at swarm_status and take events when
 * they like. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "meta/torrent.h"
#include "sys/sys.h"

struct engine;
struct swarm;

struct engine_config {
    uint16_t port;          /* 0 = any free port */
    bool listen;
    uint64_t max_up, max_down; /* B/s over all swarms, 0 = no limit */
    bool use_trackers, use_webseeds;
    struct bytes ca_pem;    /* further trust anchors, outlives the engine */
};

/* Addresses that the user or publisher gives on top of the torrent's own. The texts outlive the
 * swarm. */
struct swarm_sources {
    const struct bytes *trackers; /* each with its tier; they stand before the torrent's own */
    const uint32_t *tracker_tiers;
    uint32_t tracker_count;
    const struct bytes *webseeds;
    uint32_t webseed_count;
    const struct bytes *peers;    /* HOST:PORT */
    uint32_t peer_count;
};

enum { SEED_FOREVER = -1 };

struct swarm_config {
    const struct torrent *torrent; /* outlives the swarm */
    sys_dir dir;                   /* the download folder; stays the caller's */
    struct swarm_sources sources;
    const bool *wanted;            /* one a file, NULL = all (--only); outlives the swarm */
    bool read_only;                /* seed what is there, write nothing, not even a state file */
    bool check_only;               /* check what is there, talk to nobody, then stop */
    int64_t seed_ratio_milli;      /* seed up to this share ratio, in thousandths; SEED_FOREVER */
    int64_t seed_ms;               /* and so long after completion; SEED_FOREVER; 0 = not at all */
    int64_t quiet_ms;              /* fail when nothing useful came for so long; 0 = never */
};

enum swarm_phase {
    SWARM_CHECKING,    /* hashes what is on disk; peers are sought meanwhile */
    SWARM_DOWNLOADING,
    SWARM_DISK_WAIT,   /* the disk is full: tries again until there is room */
    SWARM_FINISHING,   /* all pieces are there; files are pushed to disk and get their names */
    SWARM_SEEDING,
    SWARM_STOPPING,    /* says goodbye to the trackers */
    SWARM_STOPPED,     /* finished, or stopped by engine_stop; `outcome` says how */
};

/* How it ended; the faces map it to the exit code. */
enum swarm_outcome {
    OUTCOME_NONE,       /* still going */
    OUTCOME_COMPLETE,   /* everything wanted is there and verified */
    OUTCOME_INCOMPLETE, /* stopped, or check_only found gaps */
    OUTCOME_DISK,       /* the disk refused: read-only, path, too big, full from the start */
    OUTCOME_TIMED_OUT,  /* quiet_ms */
};

struct swarm_status {
    enum swarm_phase phase;
    enum swarm_outcome outcome;
    bool complete;              /* every wanted file is under its name, verified */
    bool paused;                /* by swarm_pause; the phase is that which goes on later */
    int64_t size;               /* bytes wanted */
    int64_t done;               /* of them, verified */
    int64_t checked, to_check;  /* bytes, while CHECKING */
    uint64_t down_rate, up_rate; /* payload bytes a second */
    int64_t downloaded, uploaded; /* payload bytes in this run */
    int64_t uploaded_before;    /* in earlier runs of the same download */
    int64_t from_peers, from_webseeds, wasted, resumed; /* bytes; wasted = duplicate or bad */
    uint32_t peers, seeds;      /* connected */
    uint32_t peers_connecting, peers_known;
    uint32_t webseeds;          /* in use now */
    uint32_t trackers_working, trackers;
    int64_t eta_s;              /* -1 unknown */
    int64_t started_ms, completed_ms; /* 0 = not yet */
    uint32_t pieces_have, pieces_wanted;
    int64_t swarm_seeds, swarm_leechers; /* best scrape figures from trackers, -1 unknown */
};

enum engine_event_kind { ENGINE_WARNING, ENGINE_ERROR };

/* Something a person should know. `code` is a static word of CONTRACT.md ("disk-full",
 * "bad-piece", "no-peers", "tracker", "tls", "webseed", "path", ...); `message` is one plain
 * sentence. */
struct engine_event {
    enum engine_event_kind kind;
    const struct swarm *swarm;
    const char *code;
    char message[232];
};

/* NULL and `*error` (a sys_error) when the port cannot be had or memory is short. The config is
 * copied. */
struct engine *engine_new(const struct engine_config *config, int *error);

/* The port that it listens on, 0 if it does not. */
uint16_t engine_port(const struct engine *e);

/* The 20 bytes by which peers know it. */
const uint8_t *engine_peer_id(const struct engine *e);

/* Adds a swarm and starts it. NULL: no memory. Trouble with the disk shows in the status. */
struct swarm *engine_add(struct engine *e, const struct swarm_config *config, int64_t now_ms);

/* Stops and forgets one swarm (serve: the file went away). */
void engine_remove(struct engine *e, struct swarm *s, int64_t now_ms);

void engine_wants(struct engine *e, struct sys_wants *w, int64_t now_ms);
void engine_turn(struct engine *e, const struct sys_wants *w, int64_t now_ms);

/* Says goodbye to trackers and peers and saves; every swarm is STOPPED within GOODBYE_MS. */
void engine_stop(struct engine *e, int64_t now_ms);
bool engine_stopped(const struct engine *e);

/* Changes limits while running. */
void engine_set_limits(struct engine *e, uint64_t max_up, uint64_t max_down);

/* Listens on `port` (0 = any free one), or stops listening; trackers learn of it soon. SYS_OK, or
 * why the port cannot be had (then it does not listen). */
int engine_listen(struct engine *e, bool on, uint16_t port, int64_t now_ms);

void swarm_status(const struct swarm *s, struct swarm_status *out, int64_t now_ms);

/* Pauses a swarm: connections are closed, trackers are told that we go, nothing is asked for and
 * nothing served; what is on the disk is still checked and finished. Or lets it go on. */
void swarm_pause(struct swarm *s, bool paused, int64_t now_ms);

/* Other goals than those of the config; as there. */
void swarm_set_seed_goals(struct swarm *s, int64_t ratio_milli, int64_t ms);

/* How much of each part is there, for a picture: 0 (nothing) to SWARM_MAP_FULL, one byte for each
 * of at most `max` equal runs of pieces. Returns how many were written. */
enum { SWARM_MAP_FULL = 9 };
uint32_t swarm_map(const struct swarm *s, uint8_t *out, uint32_t max);

/* A connected peer, or a web seed. `client` is what a peer calls itself, as it came: up to 24 bytes
 * of anything. */
struct swarm_peer {
    struct addr addr;
    struct bytes url; /* of a web seed, and then nothing else but down_rate; empty for a peer */
    uint8_t client[24];
    size_t client_len;
    uint64_t down_rate, up_rate;
    uint32_t have_milli; /* its share of the pieces, in thousandths */
    bool incoming;       /* it came to us */
};

/* Copies up to `max` of the connected peers, and the web seeds while they are of use; returns how
 * many. */
uint32_t swarm_peers(const struct swarm *s, struct swarm_peer *out, uint32_t max, int64_t now_ms);

/* The oldest event not yet taken; false if there is none. The ring keeps the newest 32. */
bool engine_take_event(struct engine *e, struct engine_event *out);

/* One more address to try in a swarm (from serve's tracker, for example). */
void swarm_add_peer(struct swarm *s, const struct addr *a);

/* Saves nothing more and frees everything, sockets and files included. */
void engine_free(struct engine *e);

#endif
