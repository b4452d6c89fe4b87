/* One program in a .tar.gz, which keeps what a browser's download loses: the right to be run. */
#ifndef BUILDER_TARBALL_H
#define BUILDER_TARBALL_H

#include "base/buf.h"

/* The .tar.gz (POSIX pax, RFC 1952) of one file with the given name, which may be run, whose
 * contents are the parts one behind the other; in malloc'd memory. The same input gives the same
 * bytes. */
struct bytes tarball_make(const char *name, const struct bytes *parts, size_t count);

#endif
