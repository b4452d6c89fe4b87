/* Peers that send bad data or bad messages: they are found out and banned, and everybody who is
 * honest gets the right content all the same. */
#include "sim/cast.h"
#include "sim/poison_actor.h"
#include "sim/scenario.h"

enum {
    POISONERS_MAX = 3,
    BAD_BLOCKS_MAX = 40, /* what may be under way until one victim notices */
};

void
scenario_poison(struct sim *sim)
{
    static struct poison_actor poisoners[POISONERS_MAX];
    struct cast cast = {.sim = sim};
    cast_content(&cast, 60 << 10, 300 << 10, 0);
    cast_tracker(&cast, TRACKER_GOOD);
    uint32_t count = (uint32_t)sim_between(sim, 1, POISONERS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        poisoners[i] = (struct poison_actor){.host = cast_host(&cast, "poisoner", &line_good),
                                             .content = &cast.content,
                                             .kind = poison_any_kind(sim)};
        poison_start(&poisoners[i]);
        struct addr a = sim_host_addr(poisoners[i].host, false, POISON_PORT);
        tracker_add(&cast.tracker, &a);
    }
    uint32_t clients = (uint32_t)sim_between(sim, 2, 5);
    for (uint32_t i = 0; i < clients; i++) {
        struct client *c = cast_client(&cast, &line_good);
        if (i == 0) {
            content_put(&cast.content, c->host, CLIENT_FOLDER);
        }
        cast_start_after(&cast, c, sim_between(sim, i == 0 ? 1000 : 0, 5000));
    }
    cast_run(&cast, 900);
    cast_end(&cast);
    for (uint32_t i = 0; i < count; i++) {
        const struct poison_actor *p = &poisoners[i];
        sim_say(sim, "poisoner %u sent %u bad blocks", i, p->bad_blocks);
        if (p->kind <= POISON_SOME && p->bad_blocks > clients * BAD_BLOCKS_MAX) {
            sim_fail(sim, "a poisoner could send %u bad blocks before it was banned",
                     p->bad_blocks);
        }
        poison_end(&poisoners[i]);
    }
    cast_free(&cast);
}
