/* The loop of an app, as the world's actor. */
#include "sim/client.h"

#include "base/check.h"
#include "engine/peer.h"
#include "engine/swarm.h"

enum { STOP_MS_MAX = 2000 };

static void
client_free(struct client *c)
{
    sim_enter(c->host);
    engine_free(c->engine);
    c->engine = NULL;
    c->swarm = NULL;
    sys_dir_close(&c->dir);
}

static void
on_wants(void *context, struct sys_wants *w, int64_t now_ms)
{
    struct client *c = context;
    engine_wants(c->engine, w, now_ms);
}

static void
take_events(struct client *c)
{
    struct engine_event e;
    while (engine_take_event(c->engine, &e)) {
        c->warnings++;
        sim_say(sim_host_world(c->host), "%s: %s: %s", sim_host_name(c->host), e.code, e.message);
    }
}

static void
look_at_status(struct client *c, int64_t now_ms)
{
    struct swarm_status before = c->status;
    struct swarm_status *s = &c->status;
    struct sim *sim = sim_host_world(c->host);
    swarm_status(c->swarm, s, now_ms);
    if (s->done != before.done || s->phase != before.phase) {
        sim_say(sim, "%s: phase %d, %lld of %lld, %u peers", sim_host_name(c->host), s->phase,
                (long long)s->done, (long long)s->size, s->peers);
    }
    if (s->done > s->size || s->done < 0 || s->eta_s < -1) {
        sim_fail(sim, "%s tells nonsense: %lld of %lld", sim_host_name(c->host), (long long)s->done,
                 (long long)s->size);
    }
    c->waited_for_disk = c->waited_for_disk || s->phase == SWARM_DISK_WAIT;
    if (before.phase == SWARM_CHECKING && s->phase != SWARM_CHECKING && s->phase < SWARM_STOPPING &&
        s->done < c->must_resume) {
        sim_fail(sim, "%s had verified %lld bytes and finds %lld", sim_host_name(c->host),
                 (long long)c->must_resume, (long long)s->done);
    }
    if (s->complete && !before.complete) {
        c->complete = true;
        c->complete_ms = sim_now_ms(sim);
        content_check(c->content, c->host, CLIENT_FOLDER, c->wanted, c->other_files);
    }
}

static void
on_turn(void *context, const struct sys_wants *w, int64_t now_ms)
{
    struct client *c = context;
    if (sys_stop_requests() > 0) {
        engine_stop(c->engine, now_ms);
    }
    engine_turn(c->engine, w, now_ms);
    take_events(c);
    look_at_status(c, now_ms);
    bool leaves = c->leaves && c->status.complete && !sys_stop_requests();
    if (leaves) {
        engine_stop(c->engine, now_ms);
    }
    if (engine_stopped(c->engine)) {
        c->must_resume = c->status.done;
        client_free(c);
        c->stopped = true;
        sim_end(c->host);
    }
}

void
client_start(struct client *c)
{
    check(!c->engine);
    sim_revive(c->host);
    sim_enter(c->host);
    check(sys_dir_open(CLIENT_FOLDER, true, &c->dir) == SYS_OK);
    struct engine_config config = {
        .listen = !c->deaf,
        .port = c->deaf ? 0 : 6881,
        .max_up = c->max_up,
        .max_down = c->max_down,
        .use_trackers = true,
        .use_webseeds = true,
    };
    int error = SYS_OK;
    c->engine = engine_new(&config, &error);
    check(c->engine);
    struct swarm_config swarm = {
        .torrent = &c->content->torrent,
        .dir = c->dir,
        .sources = c->sources,
        .wanted = c->wanted,
        .seed_ratio_milli = SEED_FOREVER,
        .seed_ms = SEED_FOREVER,
    };
    c->status = (struct swarm_status){0};
    c->stopped = false;
    c->swarm = engine_add(c->engine, &swarm, sys_now_ms());
    check(c->swarm);
    struct sim_actor actor = {on_wants, on_turn, c};
    sim_start(c->host, &actor);
}

void
client_stop(struct client *c)
{
    if (c->engine) {
        sim_ask_to_stop(c->host);
    }
}

void
client_kill(struct client *c, enum sim_kill how)
{
    if (c->engine) {
        c->must_resume = how == SIM_POWER_CUT ? 0 : c->status.done;
        sim_kill(c->host, how);
        client_free(c);
    }
}

void
client_tell(const struct client *c)
{
    struct sim *sim = sim_host_world(c->host);
    const struct swarm *s = c->swarm;
    for (uint32_t i = 0; s && i < s->pieces.active_top; i++) {
        const struct active_piece *a = &s->pieces.active[i];
        if (a->used) {
            sim_say(sim, "  piece %u: state %d, owner %u%s, %u of %u blocks there, %u free",
                    a->piece, s->pieces.state[a->piece], a->owner, a->solo ? " alone" : "",
                    a->have_count, a->block_count, a->free_count);
        }
    }
    for (uint32_t i = 0; s && i < s->peer_top; i++) {
        const struct peer *p = &s->peers[i];
        if (p->phase != PEER_FREE) {
            sim_say(sim, "  peer %u: phase %d, has %u, %s%s%s%s%u asked of %u", p->entry, p->phase,
                    p->have_count, p->am_interested ? "interesting, " : "",
                    p->is_choking ? "chokes, " : "", p->am_choking ? "choked, " : "",
                    p->snubbed ? "snubbed, " : "", p->out_count, p->out_target);
        }
    }
}

bool
clients_complete(const struct client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!clients[i].complete) {
            return false;
        }
    }
    return true;
}

struct crowd {
    const struct client *clients;
    size_t count;
};

static bool
all_gone(void *context)
{
    const struct crowd *crowd = context;
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->clients[i].engine) {
            return false;
        }
    }
    return true;
}

void
clients_end(struct sim *sim, struct client *clients, size_t count)
{
    struct crowd crowd = {clients, count};
    if (!sim_failure(sim)) {
        for (size_t i = 0; i < count; i++) {
            client_stop(&clients[i]);
        }
        if (!sim_run(sim, sim_now_ms(sim) + STOP_MS_MAX, all_gone, &crowd)) {
            sim_fail(sim, "not everybody stopped within %d ms", STOP_MS_MAX);
        }
    }
    for (size_t i = 0; i < count; i++) {
        client_kill(&clients[i], SIM_KILL_9);
    }
}
