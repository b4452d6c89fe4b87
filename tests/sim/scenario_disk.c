/* Trouble with the disk: it fills up and empties again; the program is killed at any moment and
 * must go on where it was. */
#include "base/check.h"
#include "sim/cast.h"
#include "sim/scenario.h"

static void
make_room(void *context)
{
    struct cast *cast = context;
    sim_disk_size(cast->clients[1].host, 0);
    sim_say(cast->sim, "there is room again");
}

static void
fill_up(void *context)
{
    struct cast *cast = context;
    struct sim_host *h = cast->clients[1].host;
    int64_t used = sim_disk_used(h);
    sim_disk_size(h, used > 4096 ? used : 4096);
    sim_say(cast->sim, "the disk fills up");
}

void
scenario_disk_full(struct sim *sim)
{
    struct cast cast = {.sim = sim};
    cast_content(&cast, 100 << 10, 400 << 10, sim_chance(sim, 30) ? 4 : 0);
    cast_tracker(&cast, TRACKER_GOOD);
    struct client *seed = cast_client(&cast, &line_good);
    content_put(&cast.content, seed->host, CLIENT_FOLDER);
    client_start(seed);
    struct client *c = cast_client(&cast, &line_good);
    cast_start_after(&cast, c, 0);
    int64_t full_ms = sim_between(sim, 100, 1500);
    sim_after(sim, full_ms, fill_up, &cast);
    sim_after(sim, full_ms + sim_between(sim, 100, 60000), make_room, &cast);
    cast_run(&cast, 300);
    sim_say(sim, c->waited_for_disk ? "it waited for room" : "it never noticed");
    cast_end(&cast);
    cast_free(&cast);
}

struct resume {
    struct cast cast;
    uint32_t lives;
};

static void resume_live(struct resume *r);

/* The disk forgets what is in some bytes of the unfinished file. */
static void
rot(struct resume *r)
{
    struct client *c = &r->cast.clients[1];
    const char *path = CLIENT_FOLDER "/content.part";
    int64_t size = (int64_t)r->cast.content.size;
    if (sim_file_exists(c->host, path) && sim_file_size(c->host, path) == size) {
        int64_t at = sim_between(r->cast.sim, 0, size - 1);
        sim_file_spoil(c->host, path, at, 1);
        c->must_resume = 0;
        sim_say(r->cast.sim, "the disk spoils byte %lld", (long long)at);
    }
}

static void
resume_die(void *context)
{
    struct resume *r = context;
    struct sim *sim = r->cast.sim;
    struct client *c = &r->cast.clients[1];
    if (r->cast.over || !c->engine) {
        return;
    }
    if (sim_chance(sim, 30)) {
        client_stop(c);
    } else {
        client_kill(c, sim_chance(sim, 50) ? SIM_POWER_CUT : SIM_KILL_9);
        if (sim_chance(sim, 10)) {
            rot(r);
        }
    }
    resume_live(r);
}

static void
resume_again(void *context)
{
    struct resume *r = context;
    if (!r->cast.over && !r->cast.clients[1].engine) {
        client_start(&r->cast.clients[1]);
    }
}

static void
resume_live(struct resume *r)
{
    struct sim *sim = r->cast.sim;
    int64_t back_ms = sim_between(sim, 2100, 4000); /* one that was asked to stop takes 2 s */
    sim_after(sim, back_ms, resume_again, r);
    if (r->lives > 0) {
        r->lives--;
        sim_after(sim, back_ms + sim_between(sim, 1, 4000), resume_die, r);
    }
}

/* What was called complete stays complete, whatever the disk had not written yet. */
static void
survive_power_cut(struct resume *r)
{
    struct client *c = &r->cast.clients[1];
    if (sim_failure(r->cast.sim) || !c->engine) {
        return;
    }
    client_kill(c, SIM_POWER_CUT);
    content_check(&r->cast.content, c->host, CLIENT_FOLDER, NULL, 0);
    c->complete = false;
    client_start(c);
    cast_run(&r->cast, 30);
}

void
scenario_resume(struct sim *sim)
{
    struct resume r = {.cast = {.sim = sim}, .lives = (uint32_t)sim_between(sim, 1, 6)};
    struct cast *cast = &r.cast;
    cast_content(cast, 100 << 10, 400 << 10, sim_chance(sim, 50) ? 5 : 0);
    cast_tracker(cast, TRACKER_GOOD);
    struct client *seed = cast_client(cast, &line_dsl);
    content_put(&cast->content, seed->host, CLIENT_FOLDER);
    client_start(seed);
    cast_client(cast, &line_dsl);
    cast_knows(cast, &cast->clients[1], seed);
    resume_live(&r);
    cast_run(cast, 600);
    if (sim_chance(sim, 30)) {
        survive_power_cut(&r);
    }
    cast_end(cast);
    cast_free(cast);
}
