/* From a request and the handler's answer to a head and the parts of a body: conditions
 * (RFC 9110 13), ranges (14), headers. Pure; for net/http_server, and for logs of what it
 * answers. */
#ifndef NET_HTTP_REPLY_H
#define NET_HTTP_REPLY_H

#include "net/http_server.h"

struct http_reply {
    int status;
    struct bytes memory[3]; /* sent first; they point into the answer's `before` and `body` */
    sys_file file;          /* then this; SYS_NONE = none */
    int64_t file_at, file_left;
    uint64_t first, end, size; /* of the representation goes [first, end) */
    bool is_text;              /* instead of it: the status in words */
};

/* What becomes of an answer, without a word of the head: for those who count and log. `q` may be
 * NULL (a request that was not understood). */
void http_reply_plan(struct http_reply *r, const struct http_head *q, const struct http_answer *a);

/* The same, and appends the head to `head`. */
void http_reply_make(struct http_reply *r, struct buf *head, const struct http_head *q,
                     const struct http_answer *a, bool keep_alive, int64_t unix_s);

#endif
