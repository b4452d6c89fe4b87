/* Everybody comes at once. */
#include "sim/crowd.h"
#include "sim/scenario.h"

void
scenario_crowd(struct sim *sim)
{
    struct crowd_config config = crowd_of((uint32_t)sim_between(sim, 2, 12));
    config.size = (size_t)sim_between(sim, 1 << 20, 3 << 20);
    config.piece_length = 16384u << sim_between(sim, 0, 2);
    config.up = config.down = (uint64_t)sim_between(sim, 500000, 1000000);
    config.down *= 5;
    struct crowd_result r;
    crowd_run(sim, &config, &r);
    if (!sim_failure(sim) && r.last_s > 1.6 * r.bound_s + 3) {
        sim_fail(sim, "%u leechers took %.1f s where the lines allow %.1f", config.leechers,
                 r.last_s, r.bound_s);
    }
}
