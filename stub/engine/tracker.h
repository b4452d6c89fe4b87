/* All trackers of one swarm: tiers (BEP 12), HTTP, HTTPS and UDP, events, back-off (BEP 31).
 *
 * Every tier is announced to at the same time, within a tier one tracker at a time: the one that
 * answered last comes first (BEP 12), the next after a failure. So one dead tracker never holds up
 * the others. A private torrent has one tier: BEP 27 allows one tracker at a time. */
#ifndef ENGINE_TRACKER_H
#define ENGINE_TRACKER_H

#include "base/arena.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "net/fetch.h"
#include "wire/announce.h"

struct trackers;

/* What stays the same for a run. */
struct tracker_config {
    uint8_t info_hash[SHA1_SIZE];
    uint8_t peer_id[20];
    uint32_t key;
    uint16_t port; /* 0 when we do not listen: announced as 1, which nobody connects to */
    const char *user_agent;
    struct roots *roots;
    const struct torrent *torrent;       /* its trackers... */
    const struct swarm_sources *sources; /* ...behind these, tiers renumbered */
    struct events *events;
    const struct swarm *swarm; /* for events only, not looked into */
    bool private_torrent;
};

/* What changes: asked for at each announce. */
struct tracker_figures {
    int64_t uploaded, downloaded, left;
};

/* NULL: no memory. The URLs are not copied: torrent and sources outlive this. The sockets are made
 * when they are needed. */
struct trackers *trackers_new(const struct tracker_config *config, struct arena *arena,
                              int64_t now_ms);

void trackers_wants(struct trackers *t, struct sys_wants *w, int64_t now_ms);
void trackers_turn(struct trackers *t, const struct sys_wants *w, struct scratch *s,
                   const struct tracker_figures *figures, int64_t now_ms);

/* Takes peers that came in answers since the last call, up to `max`. The same one may come more
 * than once, and so may we ourselves. */
uint32_t trackers_take_peers(struct trackers *t, struct addr *out, uint32_t max);

/* completed: said once, at the moment of completion, to trackers that were told "started". */
void trackers_completed(struct trackers *t, int64_t now_ms);

/* We are short of peers: announce as early as the trackers' min interval allows. */
void trackers_hurry(struct trackers *t, int64_t now_ms);

/* Says goodbye to those that know us; trackers_stopped is true when all have been told or given
 * up. */
void trackers_stop(struct trackers *t);
bool trackers_stopped(const struct trackers *t);

/* After trackers_stop: begins anew, with "started" to all. */
void trackers_start(struct trackers *t, int64_t now_ms);

/* We listen elsewhere now: those that know us are told at once. */
void trackers_set_port(struct trackers *t, uint16_t port, int64_t now_ms);

/* For the status. */
uint32_t trackers_count(const struct trackers *t);
uint32_t trackers_working(const struct trackers *t); /* the last announce went well */
void trackers_swarm_size(const struct trackers *t, int64_t *seeds, int64_t *leechers);
bool trackers_external(const struct trackers *t, struct addr *out); /* BEP 24 */

/* Closes the sockets and gives up what is under way. */
void trackers_close(struct trackers *t);

#endif
