/* --tracker, --webseed and --peer as pack, create, seed and serve take them. */
#ifndef BUILDER_SOURCES_ARGS_H
#define BUILDER_SOURCES_ARGS_H

#include "base/limits.h"
#include "ui/args.h"

/* Addresses read from the command line; texts point into argv. */
struct source_list {
    struct bytes trackers[TRACKERS_MAX];
    uint32_t tracker_tier[TRACKERS_MAX]; /* ascending from 0 */
    uint32_t tracker_count;
    struct bytes webseeds[WEBSEEDS_MAX];
    uint32_t webseed_count;
    struct bytes peers[NODES_MAX];
    uint32_t peer_count;
};

/* Each --tracker is a tier; a comma in front of the next URL stays in the tier. 0, or the exit
 * code for a wrong one, told on standard error. Lists may be NULL. */
int source_list_read(struct source_list *out, const struct arg_list *trackers,
                     const struct arg_list *webseeds, const struct arg_list *peers);

#endif
