/* A torrent made up in memory, with its content. */
#ifndef SIM_CONTENT_H
#define SIM_CONTENT_H

#include "meta/torrent.h"
#include "sim/sim.h"

struct content {
    struct arena arena;
    struct torrent torrent;
    uint8_t *data; /* the torrent's byte stream */
    size_t size;
};

struct content_config {
    size_t size_min, size_max;
    uint32_t piece_length;
    uint32_t files;         /* 0: a single file */
    const char *announce;   /* NULL: none */
    const char *webseed;    /* NULL: none */
};

void content_make(struct content *c, struct sim *sim, const struct content_config *config);
void content_free(struct content *c);

/* Puts all files below `folder` ("/dl") of a host, under their final names. */
void content_put(const struct content *c, struct sim_host *h, const char *folder);

/* Fails the run unless every file (of `wanted`, NULL = all) is there and right, and `others` more
 * files and nothing else (no .part, no state). */
void content_check(const struct content *c, struct sim_host *h, const char *folder,
                   const bool *wanted, size_t others);

#endif
