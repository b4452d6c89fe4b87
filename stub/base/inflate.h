/* Deflated data (RFC 1951), whole in memory: payloads, compressed answers, texts of our own. The
 * only door to zlib in a stub. */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include "base/buf.h"

/* Appends what the stream at the start of `*in` holds and cuts the stream off `*in`. OK: the
 * stream is whole; MORE: its end is missing; BAD: it is damaged, or `out` is full before its end
 * (then out->full is set). What was appended before an error stays. */
enum parse inflate_whole(struct bytes *in, struct buf *out);

#endif
