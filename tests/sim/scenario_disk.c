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
    cast_end(&cast);
    cast_free(&cast);
}

struct resume {
    struct cast cast;
    int64_t verified; /* bytes when it was last killed */
    uint32_t lives;
};

static void resume_live(struct resume *r);

static void
resume_die(void *context)
{
    struct resume *r = context;
    struct sim *sim = r->cast.sim;
    struct client *c = &r->cast.clients[1];
    if (r->cast.over || !c->engine) {
        return;
    }
    client_kill(c, sim_chance(sim, 50) ? SIM_POWER_CUT : SIM_KILL_9);
    resume_live(r);
}

static void
resume_again(void *context)
{
    struct resume *r = context;
    if (!r->cast.over) {
        client_start(&r->cast.clients[1]);
    }
}

static void
resume_live(struct resume *r)
{
    struct sim *sim = r->cast.sim;
    int64_t back_ms = sim_between(sim, 0, 2000);
    sim_after(sim, back_ms, resume_again, r);
    if (r->lives > 0) {
        r->lives--;
        sim_after(sim, back_ms + sim_between(sim, 1, 3000), resume_die, r);
    }
}

void
scenario_resume(struct sim *sim)
{
    struct resume r = {.cast = {.sim = sim}, .lives = (uint32_t)sim_between(sim, 1, 6)};
    struct cast *cast = &r.cast;
    cast_content(cast, 100 << 10, 400 << 10, sim_chance(sim, 50) ? 5 : 0);
    cast_tracker(cast, TRACKER_GOOD);
    struct client *seed = cast_client(cast, &line_good);
    content_put(&cast->content, seed->host, CLIENT_FOLDER);
    client_start(seed);
    cast_client(cast, &line_good);
    cast_knows(cast, &cast->clients[1], seed);
    resume_live(&r);
    cast_run(cast, 600);
    cast_end(cast);
    cast_free(cast);
}
