/* Scenarios: what happens to a few hosts, and what must come of it. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim/sim.h"

/* Each runs in a fresh world, tells what is wrong by sim_fail, and frees what it made. */
void scenario_plain(struct sim *sim);
void scenario_churn(struct sim *sim);
void scenario_poison(struct sim *sim);
void scenario_silent_tracker(struct sim *sim);
void scenario_slow_peers(struct sim *sim);
void scenario_refused(struct sim *sim);
void scenario_disk_full(struct sim *sim);
void scenario_resume(struct sim *sim);
void scenario_webseed(struct sim *sim);
void scenario_webseed_crowd(struct sim *sim);
void scenario_files(struct sim *sim);
void scenario_world(struct sim *sim);
void scenario_crowd(struct sim *sim);
void scenario_pause(struct sim *sim);
void scenario_listen(struct sim *sim);

#endif
