/* A flash crowd: one seed, and so many leechers that start together, all on lines of the same
 * speed. How long until the last one has everything, over what the lines allow? */
#ifndef SIM_CROWD_H
#define SIM_CROWD_H

#include "sim/client.h"
#include "sim/tracker_actor.h"

struct crowd_config {
    uint32_t leechers;
    size_t size;           /* of the content */
    uint32_t piece_length;
    uint64_t up, down;     /* bytes a second, of everybody */
    uint32_t away_ms;      /* from a host to where all lines meet, or up to 3 more */
    uint32_t start_ms;     /* they start one by one within so long */
    uint32_t answer_max;   /* addresses that the tracker gives at a time; 0 = all asked for */
    uint32_t quantum_us;   /* see struct sim_host_config */
};

struct crowd_result {
    double bound_s;        /* fluid bound: nothing but the lines counts */
    double first_s, mean_s, last_s;
    double seed_sent;      /* copies */
    double wasted;         /* of what was received */
    uint32_t sought;       /* connections to incomplete peers that one leecher began, at most */
};

/* The lines, content and start of the benchmark's scenario D, with pieces as `samara create` would
 * choose them. In crowds of thousands everybody knows fewer others: memory is finite. */
struct crowd_config crowd_of(uint32_t leechers);

/* Runs it to the end; fails the run when somebody is not there after 20 times the bound. */
void crowd_run(struct sim *sim, const struct crowd_config *config, struct crowd_result *result);

#endif
