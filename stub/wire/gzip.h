/* Bodies of HTTP answers in the encodings "gzip" (RFC 1952) and "deflate" (RFC 1950, 1951). */
#ifndef WIRE_GZIP_H
#define WIRE_GZIP_H

#include "base/buf.h"

/* Appends what the whole body `in` holds. False: it is cut off or damaged, or `out` is full. The
 * checksums are not looked at: they make bytes from a stranger no more believable. What follows
 * the stream is ignored. */
bool gzip_unpack(struct bytes in, struct buf *out);

#endif
