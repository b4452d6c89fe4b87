/* gzip and deflate bodies (RFC 1952, 1950, 1951) as a stream; the only user of zlib in net/.
 *
 * It keeps its own input, because what comes in one receive may inflate to more than there is
 * room for: feed when it is empty, then run until it makes nothing more. */
#ifndef NET_INFLATE_H
#define NET_INFLATE_H

#include "base/bytes.h"

struct inflate;

enum { INFLATE_INPUT_MAX = 24576 };

/* For Content-Encoding gzip or deflate. NULL: no memory. */
struct inflate *inflate_new(void);
void inflate_free(struct inflate *z);

/* Copies input. False when it does not fit behind what still waits. Input behind the end of the
 * stream is dropped. */
bool inflate_feed(struct inflate *z, struct bytes in);

/* Does input wait that has not been inflated? */
bool inflate_has_input(const struct inflate *z);

/* Inflates into `out`; `*made` bytes were written. OK: the stream has ended; MORE: give more input
 * or room; BAD: damaged. */
enum parse inflate_run(struct inflate *z, uint8_t *out, size_t out_max, size_t *made);

#endif
