/* Plain downloads: a tracker, seeds and leechers on good lines; and the same when the tracker
 * says nothing, when every line is slow, and when half of all connections are refused. */
#include "sim/cast.h"
#include "sim/scenario.h"

/* One or two seeds, a few leechers, a good tracker: everybody gets everything, soon. */
void
scenario_plain(struct sim *sim)
{
    struct cast cast = {.sim = sim};
    cast_content(&cast, 1, 400 << 10, sim_chance(sim, 50) ? (uint32_t)sim_between(sim, 1, 6) : 0);
    uint32_t seeds = (uint32_t)sim_between(sim, 1, 2);
    uint32_t leechers = (uint32_t)sim_between(sim, 1, 4);
    cast_tracker(&cast, TRACKER_GOOD);
    for (uint32_t i = 0; i < seeds + leechers; i++) {
        struct client *c = cast_client(&cast, &line_good);
        if (i < seeds) {
            content_put(&cast.content, c->host, CLIENT_FOLDER);
        }
        cast_start_after(&cast, c, sim_between(sim, 0, 5000));
    }
    cast_run(&cast, 120);
    sim_run(sim, sim_now_ms(sim) + 20000, NULL, NULL); /* time to tell the tracker */
    cast_end(&cast);
    struct tracker_actor *t = &cast.tracker;
    if (!sim_failure(sim)) {
        if (t->started != cast.client_count || t->stopped != cast.client_count) {
            sim_fail(sim, "%u clients told the tracker %u starts and %u stops", cast.client_count,
                     t->started, t->stopped);
        }
        if (t->completed != leechers) {
            sim_fail(sim, "%u leechers told the tracker %u completions", leechers, t->completed);
        }
    }
    cast_free(&cast);
}

/* The tracker hears and answers nothing, or nonsense. One peer is known from the torrent's
 * packer. */
void
scenario_silent_tracker(struct sim *sim)
{
    struct cast cast = {.sim = sim};
    cast_content(&cast, 1, 300 << 10, 0);
    cast_tracker(&cast, (enum tracker_mood)sim_between(sim, TRACKER_SILENT, TRACKER_FAILING));
    struct client *seed = cast_client(&cast, &line_good);
    content_put(&cast.content, seed->host, CLIENT_FOLDER);
    client_start(seed);
    uint32_t leechers = (uint32_t)sim_between(sim, 1, 3);
    for (uint32_t i = 0; i < leechers; i++) {
        struct client *c = cast_client(&cast, &line_good);
        cast_knows(&cast, c, seed);
        cast_start_after(&cast, c, sim_between(sim, 0, 3000));
    }
    cast_run(&cast, 120);
    cast_end(&cast);
    cast_free(&cast);
}

/* Modems on both ends. */
void
scenario_slow_peers(struct sim *sim)
{
    struct cast cast = {.sim = sim};
    cast_content(&cast, 60 << 10, 160 << 10, 0);
    cast_tracker(&cast, TRACKER_GOOD);
    uint32_t clients = (uint32_t)sim_between(sim, 3, 5);
    for (uint32_t i = 0; i < clients; i++) {
        struct client *c = cast_client(&cast, &line_modem);
        if (i < 2) {
            content_put(&cast.content, c->host, CLIENT_FOLDER);
        }
        cast_start_after(&cast, c, sim_between(sim, 0, 10000));
    }
    cast_run(&cast, 1200);
    cast_end(&cast);
    cast_free(&cast);
}

/* Half of all connections fail, at the seeds and at the tracker; some break later. */
void
scenario_refused(struct sim *sim)
{
    struct cast cast = {.sim = sim};
    cast_content(&cast, 1, 300 << 10, 0);
    cast_tracker(&cast, TRACKER_GOOD);
    bool hang = sim_chance(sim, 30);
    sim_refuse(cast.tracker.host, 50);
    uint32_t clients = (uint32_t)sim_between(sim, 3, 6);
    for (uint32_t i = 0; i < clients; i++) {
        struct client *c = cast_client(&cast, &line_good);
        if (hang) {
            sim_ignore(c->host, 50);
        } else {
            sim_refuse(c->host, 50);
        }
        sim_break(c->host, sim_chance(sim, 30) ? 50 : 0);
        if (i < 2) {
            content_put(&cast.content, c->host, CLIENT_FOLDER);
        }
        cast_start_after(&cast, c, sim_between(sim, 0, 3000));
    }
    cast_run(&cast, 12 * 3600); /* a tracker is asked twice an hour when it failed often */
    cast_end(&cast);
    cast_free(&cast);
}
