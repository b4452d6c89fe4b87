#include "sim/crowd.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "engine/peer.h"
#include "engine/swarm.h"

enum {
    PATIENCE = 20,       /* times the bound */
    SEED_AHEAD_MS = 500, /* the tracker knows the seed when they come */
    SETTLED_MS = 800,    /* after the last came all who found each other are connected */
    LATENCY_SPREAD_MS = 3,
    JITTER_MS_MAX = 3,
};

struct crowd {
    struct sim *sim;
    const struct crowd_config *config;
    struct content content;
    struct tracker_actor tracker;
    struct client *clients; /* the seed first */
    uint32_t count;
    uint32_t complete;      /* clients before this one are */
    uint32_t sought;
};

struct crowd_config
crowd_of(uint32_t leechers)
{
    return (struct crowd_config){.leechers = leechers,
                                 .size = 24 << 20,
                                 .piece_length = 16384,
                                 .up = 1000000,
                                 .down = 5000000,
                                 .away_ms = 2,
                                 .start_ms = 200,
                                 .answer_max = leechers < 2000 ? 0 : 20,
                                 .quantum_us = leechers < 2000 ? 8000 : 10000};
}

static struct sim_host *
add_host(struct crowd *crowd, uint32_t number, uint64_t up, uint64_t down)
{
    struct sim *sim = crowd->sim;
    uint32_t away_ms = crowd->config->away_ms;
    struct sim_host_config config = {
        .ip = {11, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number},
        .latency_us = (uint32_t)sim_between(sim, away_ms, away_ms + LATENCY_SPREAD_MS) * 1000,
        .jitter_us = (uint32_t)sim_between(sim, 0, JITTER_MS_MAX) * 1000,
        .up = up,
        .down = down,
        .quantum_us = up ? crowd->config->quantum_us : 0,
    };
    snprintf(config.name, sizeof config.name, "host-%u", number);
    return sim_host_add(sim, &config);
}

static void
start_client(void *context)
{
    client_start(context);
}

static void
invite(struct crowd *crowd)
{
    struct sim *sim = crowd->sim;
    const struct crowd_config *config = crowd->config;
    crowd->count = config->leechers + 1;
    crowd->clients = calloc(crowd->count, sizeof *crowd->clients);
    check(crowd->clients);
    for (uint32_t i = 0; i < crowd->count; i++) {
        struct client *c = &crowd->clients[i];
        c->host = add_host(crowd, i + 2, config->up, config->down);
        c->content = &crowd->content;
        if (i == 0) {
            content_put(&crowd->content, c->host, CLIENT_FOLDER);
            client_start(c);
        } else {
            sim_after(sim, SEED_AHEAD_MS + sim_between(sim, 0, config->start_ms), start_client, c);
        }
    }
}

static uint32_t
sought_by(const struct client *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; c->swarm && i < c->swarm->peer_top; i++) {
        const struct peer *p = &c->swarm->peers[i];
        n += p->phase == PEER_LIVE && !p->conn.incoming && !p->is_seed;
    }
    return n;
}

static void
count_sought(void *context)
{
    struct crowd *crowd = context;
    for (uint32_t i = 1; i < crowd->count; i++) {
        uint32_t n = sought_by(&crowd->clients[i]);
        crowd->sought = n > crowd->sought ? n : crowd->sought;
    }
}

static bool
all_complete(void *context)
{
    struct crowd *crowd = context;
    while (crowd->complete < crowd->count && crowd->clients[crowd->complete].complete) {
        crowd->complete++;
    }
    return crowd->complete == crowd->count;
}

static double
bound_of(const struct crowd_config *c)
{
    double size = (double)c->size, n = c->leechers, up = (double)c->up;
    double all = n * size / (up + n * up);
    double slowest = size / (double)(c->up < c->down ? c->up : c->down);
    return all > slowest ? all : slowest;
}

static void
sum_up(const struct crowd *crowd, struct crowd_result *r)
{
    double received = 0, wasted = 0, sum = 0;
    r->first_s = 1e9;
    for (uint32_t i = 1; i < crowd->count; i++) {
        const struct client *c = &crowd->clients[i];
        double s = (double)(c->complete_ms - SEED_AHEAD_MS) / 1000;
        sum += s;
        r->first_s = s < r->first_s ? s : r->first_s;
        r->last_s = s > r->last_s ? s : r->last_s;
        received += (double)c->swarm->tally.from_peers;
        wasted += (double)c->swarm->tally.wasted;
    }
    r->sought = crowd->sought;
    r->mean_s = sum / crowd->config->leechers;
    r->wasted = wasted / received;
    r->seed_sent = (double)crowd->clients[0].swarm->tally.uploaded / (double)crowd->config->size;
}

void
crowd_run(struct sim *sim, const struct crowd_config *config, struct crowd_result *result)
{
    struct crowd crowd = {.sim = sim, .config = config};
    *result = (struct crowd_result){.bound_s = bound_of(config)};
    struct content_config content = {.size_min = config->size,
                                     .size_max = config->size,
                                     .piece_length = config->piece_length,
                                     .announce = "udp://11.0.0.1:6969"};
    content_make(&crowd.content, sim, &content);
    sim_known_content(sim, bytes_of(crowd.content.data, crowd.content.size));
    crowd.tracker.host = add_host(&crowd, 1, 0, 0);
    crowd.tracker.interval_s = 1800;
    crowd.tracker.answer_max = config->answer_max;
    tracker_start(&crowd.tracker);
    invite(&crowd);
    sim_after(sim, SEED_AHEAD_MS + config->start_ms + SETTLED_MS, count_sought, &crowd);
    if (sim_run(sim, (int64_t)(PATIENCE * result->bound_s * 1000), all_complete, &crowd)) {
        sum_up(&crowd, result);
    } else {
        sim_fail(sim, "host-%u is not complete", crowd.complete + 2);
    }
    clients_end(sim, crowd.clients, crowd.count);
    tracker_end(&crowd.tracker);
    content_free(&crowd.content);
    free(crowd.clients);
}
