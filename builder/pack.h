/* Making apps: stub image + payload = the one file that people download. */
#ifndef BUILDER_PACK_H
#define BUILDER_PACK_H

#include "meta/payload.h"
#include "sys/sys.h"

/* The stub image of a target in malloc'd memory, inflated from what the builder carries; empty
 * when it carries none. */
struct bytes pack_stub(const char *target);

/* The same with the publisher's icon and title in it, where the target's programs have such a
 * thing (builder/pe_resources.h); `icon` is a good .ico file or empty. */
struct bytes pack_program(const char *target, struct bytes icon, struct bytes title);

/* The target whose stub the first `len` bytes of a file are, byte for byte but for icon, title and
 * what a signature changes in the head; NULL: none. `title`: that of the payload behind it. */
const char *pack_known_stub(sys_file f, uint64_t len, struct bytes title);

/* What stands behind the image: deflated payload and trailer, in malloc'd memory. The same
 * payload gives the same bytes. Empty when the payload is larger than an app may carry. */
struct bytes pack_tail(const struct payload *p, size_t stub_len);

/* Appends the file name of an app, "<name>-<target>.run" or ".exe", made safe. */
void pack_name(struct buf *out, const char *name, const char *target);

#endif
