/* One program in a .tar.gz, which keeps what a browser's download loses: the right to be run. */
#ifndef BUILDER_TARBALL_H
#define BUILDER_TARBALL_H

#include "base/buf.h"

/* The beginning of a program, deflated once for all archives whose program begins so; in malloc'd
 * memory. */
struct tarball_image {
    struct bytes deflated;
    size_t len; /* of the image itself */
    uint32_t crc;
};

struct tarball_image tarball_image(struct bytes image);
void tarball_image_free(struct tarball_image *image);

/* What an archive has in front of the deflated image, and behind it; in malloc'd memory. */
struct tarball {
    struct bytes head, tail;
};

/* The .tar.gz (POSIX pax, RFC 1952) of one file with the given name, which may be run, whose
 * contents are the image and what stands behind it. The same input gives the same bytes. */
struct tarball tarball_make(const char *name, const struct tarball_image *image, struct bytes rest);
void tarball_free(struct tarball *t);

#endif
