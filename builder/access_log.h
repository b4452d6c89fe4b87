/* A line of the common log format, as web servers write it and log readers know it:
 *
 *     192.0.2.7 - - [27/Nov/2026:09:05:00 +0000] "GET /a/film.run HTTP/1.1" 200 4096
 *
 * Pure. Quotes and backslashes in what the client sent get a backslash in front, and what is not
 * printable ASCII is shown as \xHH, so that a line is a line and a quote ends its field. */
#ifndef BUILDER_ACCESS_LOG_H
#define BUILDER_ACCESS_LOG_H

#include "base/addr.h"

struct access {
    struct addr from;
    struct bytes method, target;
    int minor_version; /* of HTTP/1 */
    int status;
    uint64_t len; /* of the body; 0 is written as "-" */
    int64_t unix_s;
};

enum { ACCESS_TARGET_MAX = 2048, ACCESS_LINE_MAX = 4 * ACCESS_TARGET_MAX + 400 };

/* Appends the line; of a target the first ACCESS_TARGET_MAX bytes, of a method 32. */
void access_log_put(struct buf *out, const struct access *a);

#endif
