/* gzip and deflate bodies (RFC 1952, 1951) as a stream; the only user of zlib in net/. */
#ifndef NET_INFLATE_H
#define NET_INFLATE_H

#include "base/bytes.h"

struct inflate;

/* For Content-Encoding gzip or deflate. NULL: no memory. */
struct inflate *inflate_new(void);
void inflate_free(struct inflate *z);

/* Inflates from `*in` (advanced) into `out`; `*made` bytes were written. OK: the stream has ended;
 * MORE: give more input or room; BAD: damaged. */
enum parse inflate_run(struct inflate *z, struct bytes *in, uint8_t *out, size_t out_max, size_t *made);

#endif
