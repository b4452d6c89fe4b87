/* Who plays in a scenario: a torrent, a tracker, and clients; with what they all do. */
#ifndef SIM_CAST_H
#define SIM_CAST_H

#include "sim/client.h"
#include "sim/tracker_actor.h"

enum { CAST_MAX = 40 };

/* A kind of line: ranges that a host's own is drawn from. */
struct line {
    uint32_t latency_ms_min, latency_ms_max;
    uint32_t jitter_ms;
    uint64_t up_min, up_max; /* bytes a second */
    uint64_t down_min, down_max;
};

extern const struct line line_good, line_dsl, line_modem;

struct cast {
    struct sim *sim;
    struct content content;
    struct tracker_actor tracker;
    struct client clients[CAST_MAX];
    uint32_t client_count;
    struct starter {
        struct cast *cast;
        struct client *client;
    } starters[CAST_MAX];
    char texts[CAST_MAX][32];   /* addresses of peers that others are told of */
    struct bytes known[CAST_MAX];
    uint32_t text_count;
    uint32_t hosts;
    bool over;
};

struct sim_host *cast_host(struct cast *cast, const char *name, const struct line *line);

/* A torrent of between these sizes; its tracker by HTTP or UDP, by name or address. */
void cast_content(struct cast *cast, size_t size_min, size_t size_max, uint32_t files);

void cast_tracker(struct cast *cast, enum tracker_mood mood);

/* One more client, on a host of its own; not started. */
struct client *cast_client(struct cast *cast, const struct line *line);

void cast_start_after(struct cast *cast, struct client *c, int64_t delay_ms);

/* `c` is told the address of `other`. */
void cast_knows(struct cast *cast, struct client *c, const struct client *other);

/* Until everybody is complete; fails after so many seconds. */
void cast_run(struct cast *cast, int64_t seconds);

/* Everybody stops, and the tracker. */
void cast_end(struct cast *cast);

void cast_free(struct cast *cast);

#endif
