/* A small HTTP/1.1 server: GET and HEAD, keep-alive, pipelining, ranges, files by sendfile; POST
 * without a body, and streams, for those who want them.
 *
 * Used by the builder's `serve` and by the app's page. Same turn as the rest: wants, turn. The one
 * upward call is `handler`, a function pointer (see STYLE rule 21), which fills in the answer at
 * once. */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "net/conn.h"
#include "wire/http.h"

struct http_server;

enum {
    HTTP_ANSWER_MAX = 1048576, /* the longest body that is copied; longer: static, or a file */
};

struct http_request {
    const struct http_head *head;
    struct bytes path;  /* %-decoded, begins with '/', no NUL, no "." or ".." components */
    struct bytes query; /* as sent */
    struct addr from;
    struct addr local; /* where the client reached us */
    int64_t now_ms;
};

/* What to answer: both of `before`, then `body` or a range of `file`, as one representation. Ranges
 * and conditional requests (ETag, Last-Modified) are seen to by the server. All zero is a 404. */
struct http_answer {
    int status; /* 0 = 404; from 400 on without a body: a short text is sent */
    const char *content_type;
    const char *disposition;   /* Content-Disposition, NULL = none */
    const char *location;      /* for 30x */
    const char *allow;         /* for 405; NULL = "GET, HEAD" */
    const char *extra_headers; /* complete lines "Name: value\r\n", NULL = none */
    int64_t modified_s;        /* Last-Modified; 0 = none */
    struct bytes etag;         /* without quotes; empty = none */
    struct bytes before[2];    /* stay as long as http_server_holds them */
    struct bytes body;         /* stays valid until the handler is called again; HTTP_ANSWER_MAX */
    bool body_is_static;       /* `body` stays as `before` does: not copied, any length */
    sys_file file;             /* SYS_NONE = use body */
    int64_t file_offset, file_len;
    bool close_file; /* the server closes `file`, whatever becomes of the answer */
    bool no_ranges;
    bool is_stream;    /* 200 to a GET: `body` is the beginning, http_server_push brings more */
    uint64_t *counter; /* body bytes of this answer are counted here as they go; NULL = not */
};

typedef void http_handler(void *context, const struct http_request *q, struct http_answer *a);

struct http_server_config {
    struct addr listen;
    http_handler *handler;
    void *context;
    uint32_t clients_max; /* at most HTTP_CLIENTS_MAX */
    bool takes_post;      /* the handler looks at the method; a body is refused */
    uint64_t files_per_s; /* bytes of files sent a second, fairly shared; 0 = no limit */
};

/* NULL and `*error` on failure. */
struct http_server *http_server_open(const struct http_server_config *config, int *error);
struct addr http_server_addr(const struct http_server *h); /* with the real port */
void http_server_wants(struct http_server *h, struct sys_wants *w, int64_t now_ms);
void http_server_turn(struct http_server *h, const struct sys_wants *w, struct scratch *s,
                      int64_t now_ms);
uint64_t http_server_sent(const struct http_server *h); /* body bytes ever sent */

/* Does an answer that is under way still need something in this memory: a part that is not copied,
 * or its counter? */
bool http_server_holds(const struct http_server *h, struct bytes memory);

/* Sends `data` to every stream that has room for all of it; one that is slow misses it. */
void http_server_push(struct http_server *h, struct bytes data);

/* Streams that are open: the other side has neither closed nor broken them. */
uint32_t http_server_streams(const struct http_server *h);
void http_server_close(struct http_server *h);

#endif
