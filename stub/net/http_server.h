/* A small HTTP/1.1 server: GET and HEAD, keep-alive, ranges, files by sendfile.
 *
 * Used by the builder's `serve` and by the app's page. Same turn as the rest: wants, turn. The one
 * upward call is `handler`, a function pointer (see STYLE rule 21), which fills in the answer at
 * once. */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "net/conn.h"
#include "wire/http.h"

struct http_server;

struct http_request {
    const struct http_head *head;
    struct bytes path;  /* %-decoded, begins with '/', no NUL, no "." or ".." components */
    struct bytes query; /* as sent */
    struct addr from;
    int64_t now_ms;
};

/* What to answer. Either bytes (copied by the call to http_answer_bytes) or a file range. */
struct http_answer {
    int status; /* 0 = 404 */
    const char *content_type;
    const char *disposition;   /* Content-Disposition, NULL = none */
    const char *location;      /* for 30x */
    const char *extra_headers; /* complete lines "Name: value\r\n", NULL = none */
    int64_t modified_s;        /* Last-Modified; 0 = none */
    struct bytes etag;         /* without quotes; empty = none */
    struct bytes body; /* must stay valid until the next call of the handler or http_server_turn */
    bool body_is_static; /* `body` outlives the server: not copied, any length */
    sys_file file; /* SYS_NONE = use body; the server closes it after sending when close_file */
    int64_t file_offset, file_len;
    struct bytes before_file; /* bytes that stand before the file's in the same representation (app
                                 = stub + payload) */
    bool close_file;
    bool no_ranges;
};

typedef void http_handler(void *context, const struct http_request *q, struct http_answer *a);

struct http_server_config {
    struct addr listen;
    http_handler *handler;
    void *context;
    uint32_t clients_max; /* at most HTTP_CLIENTS_MAX */
};

/* NULL and `*error` on failure. */
struct http_server *http_server_open(const struct http_server_config *config, int *error);
struct addr http_server_addr(const struct http_server *h); /* with the real port */
void http_server_wants(struct http_server *h, struct sys_wants *w, int64_t now_ms);
void http_server_turn(
    struct http_server *h, const struct sys_wants *w, struct scratch *s, int64_t now_ms);
uint64_t http_server_sent(const struct http_server *h); /* body bytes ever sent */
void http_server_close(struct http_server *h);

#endif
