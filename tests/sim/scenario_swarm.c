/* A swarm of twenty in which peers come, go and die. */
#include "base/check.h"
#include "sim/cast.h"
#include "sim/scenario.h"

enum { SWARM_SIZE = 20 };

/* One seed stays; leechers come over half a minute, some leave when they have everything, some
 * are killed and come back. */
struct churn {
    struct cast cast;
    struct accident {
        struct churn *churn;
        struct client *victim;
    } accidents[SWARM_SIZE];
};

static void
come_back(void *context)
{
    struct accident *a = context;
    if (!a->churn->cast.over && !a->victim->engine) {
        client_start(a->victim);
    }
}

static void
die(void *context)
{
    struct accident *a = context;
    struct sim *sim = a->churn->cast.sim;
    if (a->churn->cast.over || !a->victim->engine) {
        return;
    }
    client_kill(a->victim, sim_chance(sim, 30) ? SIM_POWER_CUT : SIM_KILL_9);
    sim_after(sim, sim_between(sim, 100, 20000), come_back, a);
}

/* Lines are not what they should be, and people set limits. */
static void
make_rough(struct sim *sim, struct client *c)
{
    sim_break(c->host, sim_chance(sim, 10) ? 40 : 0);
    sim_ignore(c->host, sim_chance(sim, 10) ? 50 : 0);
    sim_udp_faults(c->host, sim_chance(sim, 20) ? 30 : 0, sim_chance(sim, 20) ? 20 : 0);
    if (sim_chance(sim, 10)) {
        c->max_down = (uint64_t)sim_between(sim, 20 << 10, 200 << 10);
    }
    if (sim_chance(sim, 10)) {
        c->max_up = (uint64_t)sim_between(sim, 20 << 10, 200 << 10);
    }
}

void
scenario_churn(struct sim *sim)
{
    static struct churn churn;
    churn = (struct churn){.cast = {.sim = sim}};
    struct cast *cast = &churn.cast;
    cast_content(cast, 64 << 10, 160 << 10, sim_chance(sim, 30) ? 3 : 0);
    cast_tracker(cast, TRACKER_GOOD);
    cast->tracker.interval_s = 60;
    for (uint32_t i = 0; i < SWARM_SIZE; i++) {
        struct client *c = cast_client(cast, &line_good);
        if (i == 0) {
            content_put(&cast->content, c->host, CLIENT_FOLDER);
        }
        c->leaves = i > 0 && sim_chance(sim, 30);
        c->deaf = i > 0 && sim_chance(sim, 30);
        make_rough(sim, c);
        cast_start_after(cast, c, i == 0 ? 0 : sim_between(sim, 0, 15000));
        churn.accidents[i] = (struct accident){&churn, c};
        if (i > 0 && sim_chance(sim, 30)) {
            sim_after(sim, sim_between(sim, 1000, 25000), die, &churn.accidents[i]);
        }
    }
    cast_run(cast, 3600);
    cast_end(cast);
    cast_free(cast);
}
