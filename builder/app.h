/* Apps made on the fly: the image that all apps of a target begin with, worked out once, and what
 * stands behind it for one torrent, as a program and in an archive. */
#ifndef BUILDER_APP_H
#define BUILDER_APP_H

#include "base/hash.h"
#include "builder/tarball.h"
#include "meta/payload.h"

struct app_image {
    const char *target;
    struct bytes program;        /* stub with the publisher's icon and title */
    struct sha256 sha;           /* after the program */
    struct tarball_image packed; /* empty for Windows, whose apps need no archive */
};

/* Icon and title as for pack_program. `target` must be one that the builder carries. */
struct app_image app_image_make(const char *target, struct bytes icon, struct bytes title);
void app_image_free(struct app_image *i);

/* A file that is sent in parts. */
struct made_file {
    uint64_t size;
    uint8_t sha256[SHA256_SIZE];
    char etag[20]; /* of the checksum; empty: there is no such file */
};

struct app {
    struct bytes tail; /* behind the image's program; empty: not made yet */
    struct made_file program;
    struct tarball around; /* the image's packed program, then: the archive */
    struct made_file archive;
};

/* Makes the app of a torrent from `settings` (torrent and target are filled in). False: it would be
 * larger than an app may be. */
bool app_make(struct app *a, const struct app_image *i, const struct payload *settings,
              struct bytes metainfo, const char *torrent_name);
void app_free(struct app *a);

#endif
