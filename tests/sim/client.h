/* An engine with one swarm, living on a host. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "engine/engine.h"
#include "sim/content.h"

struct client {
    struct sim_host *host;
    const struct content *content;
    struct swarm_sources sources; /* in addition to the torrent's own */
    uint64_t max_up, max_down;
    bool deaf;                    /* does not listen */
    bool leaves;                  /* ends when complete */
    const bool *wanted;           /* files; NULL = all */
    size_t other_files;           /* in its folder when it is complete, that are not its own */

    struct engine *engine;        /* NULL: not running */
    struct swarm *swarm;
    sys_dir dir;
    bool complete;                /* seen complete and checked, in any of its lives */
    bool stopped;                 /* it ended by itself */
    int64_t complete_ms;
    struct swarm_status status;   /* of the last turn */
    uint32_t warnings;
    bool waited_for_disk;         /* was in SWARM_DISK_WAIT */
    int64_t must_resume;          /* bytes that its next life must find verified on the disk */
};

/* Its folder on the disk. */
#define CLIENT_FOLDER "/dl"

/* Once the check of the disk is over, `must_resume` bytes have to be there. */
void client_start(struct client *c);

/* Asks it to stop, as Ctrl-C does. */
void client_stop(struct client *c);

/* What it has verified is remembered in `must_resume`, unless the power failed. */
void client_kill(struct client *c, enum sim_kill how);

/* For --trace: what its swarm is at. */
void client_tell(const struct client *c);

/* Has everybody it? `clients` of `count`. */
bool clients_complete(const struct client *clients, size_t count);

/* Ends all that run, by engine_stop, and looks that they do within the time of the contract. */
void clients_end(struct sim *sim, struct client *clients, size_t count);

#endif
