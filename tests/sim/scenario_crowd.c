/* Everybody comes at once. */
#include "sim/crowd.h"
#include "sim/scenario.h"

enum { LARGE_ONE_IN = 16, LARGE = 60, SOUGHT_MIN = 10 };

void
scenario_crowd(struct sim *sim)
{
    struct crowd_config config = crowd_of((uint32_t)sim_between(sim, 2, 12));
    config.size = (size_t)sim_between(sim, 1 << 20, 3 << 20);
    static const uint32_t sought_max[] = {20, 40, 50}; /* by the size of pieces */
    int64_t size = sim_between(sim, 0, 2);
    config.piece_length = 16384u << size;
    config.up = config.down = (uint64_t)sim_between(sim, 500000, 1000000);
    config.down *= 5;
    bool large = sim_between(sim, 1, LARGE_ONE_IN) == 1;
    if (large) {
        config.leechers = LARGE;
        config.size = 1 << 20;
    }
    struct crowd_result r;
    crowd_run(sim, &config, &r);
    /* The seed may be among them, which is none while it claims to have nothing. */
    if (!sim_failure(sim) && large && (r.sought < SOUGHT_MIN || r.sought > sought_max[size] + 1)) {
        sim_fail(sim, "one of %u leechers sought %u others, and %u is the limit", config.leechers,
                 r.sought, sought_max[size]);
    }
    /* So few pieces for so many: each waits for a whole one before it can help. */
    if (!sim_failure(sim) && r.last_s > 1.6 * r.bound_s + (large ? 8 : 3)) {
        sim_fail(sim, "%u leechers took %.1f s where the lines allow %.1f", config.leechers,
                 r.last_s, r.bound_s);
    }
}
