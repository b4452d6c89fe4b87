/* What a request asks for: its target (RFC 9112 3.2) as a path and a query, what becomes of the
 * connection, and whether a body follows. Pure. */
#ifndef NET_HTTP_TARGET_H
#define NET_HTTP_TARGET_H

#include "wire/http.h"

/* Reads "/path?query" or "http://host/path?query". Appends the path to `path`, %-decoded, without
 * "." and ".." as components and without NUL; `*query` is left as sent. Answers the status: 200,
 * 400, or 414 when the path does not fit. */
int http_target_read(struct bytes target, struct buf *path, struct bytes *query);

bool http_wants_keep_alive(const struct http_head *q);
bool http_has_body(const struct http_head *q);

#endif
