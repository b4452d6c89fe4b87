/* A file or folder of the publisher's on its way into a torrent. */
#ifndef BUILDER_ORIGINAL_H
#define BUILDER_ORIGINAL_H

#include "builder/make_torrent.h"

struct original {
    sys_dir dir; /* that holds it */
    char *name;  /* in there */
    struct make_torrent make;
};

/* Looks at the file or folder at `path`, as the user gave it, and all below. `piece_length` 0:
 * chosen. 0, or the exit code of what was told on standard error; original_close in any case. */
int original_open(struct original *c, const char *path, int64_t piece_length);

/* Hashes it, with progress on a terminal. Same answer. */
int original_hash(struct original *c);

void original_close(struct original *c);

#endif
