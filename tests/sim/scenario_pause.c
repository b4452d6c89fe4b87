/* What a person does while it runs: pauses it and lets it go on; lets others reach it later than
 * at the start. */
#include "sim/cast.h"
#include "sim/scenario.h"

struct pausing {
    struct cast cast;
    struct client *who;
    int64_t moved; /* bytes in and out when it had settled */
    uint32_t stopped_before, announces_before;
    bool is_paused;
};

static int64_t
moved_by(const struct client *c)
{
    return c->status.downloaded + c->status.uploaded;
}

static void
set_pause(struct pausing *p, bool paused)
{
    sim_enter(p->who->host);
    swarm_pause(p->who->swarm, paused, sys_now_ms());
    p->is_paused = paused;
}

/* The picture of the pieces has to tell of as much as the status does. */
static void
look_at_map(const struct pausing *p)
{
    uint8_t map[50];
    const struct swarm_status *s = &p->who->status;
    sim_enter(p->who->host);
    uint32_t parts = swarm_map(p->who->swarm, map, sizeof map), full = 0, empty = 0;
    for (uint32_t i = 0; i < parts; i++) {
        full += map[i] == SWARM_MAP_FULL;
        empty += map[i] == 0;
    }
    bool all = s->pieces_have == s->pieces_wanted, none = s->pieces_have == 0;
    if (parts == 0 || parts > 50 || (full == parts) != all || (empty == parts) != none) {
        sim_fail(p->cast.sim, "%u of %u pieces, but of the map %u of %u parts are full, %u empty",
                 s->pieces_have, s->pieces_wanted, full, parts, empty);
    }
    struct swarm_peer peers[4];
    uint32_t count = swarm_peers(p->who->swarm, peers, 4, sys_now_ms());
    if (count != (s->peers < 4 ? s->peers : 4)) {
        sim_fail(p->cast.sim, "%u peers, but %u are listed", s->peers, count);
    }
}

static void
look_again(void *context)
{
    struct pausing *p = context;
    const struct swarm_status *s = &p->who->status;
    struct sim *sim = p->cast.sim;
    if (!s->paused || s->peers > 0 || s->peers_connecting > 0 || moved_by(p->who) != p->moved) {
        sim_fail(sim, "paused, and yet %u peers and %lld bytes more", s->peers,
                 (long long)(moved_by(p->who) - p->moved));
    }
    if (p->cast.tracker.stopped == p->stopped_before) {
        sim_fail(sim, "the tracker was not told of the pause");
    }
    look_at_map(p);
    set_pause(p, false);
}

static void
look(void *context)
{
    struct pausing *p = context;
    p->moved = moved_by(p->who);
    sim_after(p->cast.sim, sim_between(p->cast.sim, 5000, 200000), look_again, p);
}

static void
pause_now(void *context)
{
    struct pausing *p = context;
    struct sim *sim = p->cast.sim;
    look_at_map(p);
    p->stopped_before = p->cast.tracker.stopped;
    set_pause(p, true);
    sim_after(sim, 4000, look, p);
}

/* One of the leechers is paused in the middle, or a seed is, and everybody gets everything. */
void
scenario_pause(struct sim *sim)
{
    struct pausing p = {.cast = {.sim = sim}};
    struct cast *cast = &p.cast;
    cast_content(cast, 1 << 20, 4 << 20, 0);
    cast_tracker(cast, TRACKER_GOOD);
    uint32_t leechers = (uint32_t)sim_between(sim, 1, 3);
    struct client *seed = cast_client(cast, &line_dsl);
    content_put(&cast->content, seed->host, CLIENT_FOLDER);
    client_start(seed);
    for (uint32_t i = 0; i < leechers; i++) {
        cast_start_after(cast, cast_client(cast, &line_dsl), sim_between(sim, 0, 2000));
    }
    p.who = &cast->clients[sim_between(sim, 0, 3) == 0 ? 0 : 1];
    sim_after(sim, sim_between(sim, 4000, 15000), pause_now, &p);
    cast_run(cast, 4 * 3600);
    sim_run(sim, sim_now_ms(sim) + 210000, NULL, NULL); /* the pause may outlast the download */
    if (!sim_failure(sim) && p.is_paused) {
        sim_fail(sim, "it was never let go on");
    }
    cast_end(cast);
    cast_free(cast);
}

static void
must_be_told(void *context)
{
    struct pausing *p = context;
    if (p->cast.tracker.announces == p->announces_before) {
        sim_fail(p->cast.sim, "the tracker was not told at once");
    }
}

static void
listen_now(void *context)
{
    struct pausing *p = context;
    struct client *seed = p->who;
    if (p->cast.clients[1].status.done > 0) {
        sim_fail(p->cast.sim, "neither listens, and yet something has come");
    }
    p->announces_before = p->cast.tracker.announces;
    sim_enter(seed->host);
    if (engine_listen(seed->engine, true, 6881, sys_now_ms()) != SYS_OK ||
        engine_port(seed->engine) != 6881) {
        sim_fail(p->cast.sim, "it cannot listen");
    }
    sim_after(p->cast.sim, 5000, must_be_told, p);
}

/* Neither the seed nor the leecher can be reached, until the seed begins to listen: the tracker
 * hears of it at once, and the leecher from the tracker. */
void
scenario_listen(struct sim *sim)
{
    struct pausing p = {.cast = {.sim = sim}};
    struct cast *cast = &p.cast;
    cast_content(cast, 1, 300 << 10, 0);
    cast_tracker(cast, TRACKER_GOOD);
    for (uint32_t i = 0; i < 2; i++) {
        struct client *c = cast_client(cast, &line_good);
        c->deaf = true;
        if (i == 0) {
            content_put(&cast->content, c->host, CLIENT_FOLDER);
        }
        client_start(c);
    }
    p.who = &cast->clients[0];
    sim_after(sim, sim_between(sim, 20000, 50000), listen_now, &p);
    cast_run(cast, 3600);
    sim_run(sim, sim_now_ms(sim) + 10000, NULL, NULL); /* the leecher tells of its completion */
    p.announces_before = cast->tracker.announces;
    sim_enter(p.who->host);
    if (!sim_failure(sim) && engine_listen(p.who->engine, false, 0, sys_now_ms()) != SYS_OK) {
        sim_fail(sim, "it cannot stop listening");
    }
    sim_run(sim, sim_now_ms(sim) + 10000, NULL, NULL);
    if (!sim_failure(sim)) {
        must_be_told(&p);
        sim_enter(p.who->host);
        swarm_set_seed_goals(p.who->swarm, SEED_FOREVER, 0); /* it has shared enough */
        sim_run(sim, sim_now_ms(sim) + 5000, NULL, NULL);
        if (!p.who->stopped) {
            sim_fail(sim, "it goes on sharing, although its goal was changed");
        }
    }
    cast_end(cast);
    cast_free(cast);
}
