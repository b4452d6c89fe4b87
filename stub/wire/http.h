/* HTTP/1.1 messages (RFC 9112): heads of requests and responses, and body framing.
 *
 * Parsers look at bytes and answer OK, MORE or BAD; results point into the input. */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/buf.h"
#include "base/limits.h"

struct http_header {
    struct bytes name;
    struct bytes value; /* trimmed */
};

struct http_head {
    size_t size;            /* bytes of the whole head, blank line included */
    int minor_version;      /* 0 or 1 */
    /* request */
    struct bytes method;
    struct bytes target;    /* as sent: "/path?query" */
    /* response */
    int status;             /* 100-599 */
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
};

/* Parse a head at the start of `in`. BAD: malformed, over HTTP_HEAD_MAX bytes or too many
 * headers, line folding, a space before the colon, control characters, both
 * Content-Length and Transfer-Encoding, differing Content-Lengths. Bare LF line ends are
 * accepted in responses only. */
enum parse http_parse_request(struct http_head *h, struct bytes in);
enum parse http_parse_response(struct http_head *h, struct bytes in);

/* "/path?query" or "http://host/path?query" of a request: appends the %-decoded path, which begins
 * with '/' and has no NUL and no "." or ".." components. Status 200 when it is good, else 400, or
 * 414 when `path` is full. */
int http_read_target(struct bytes target, struct buf *path, struct bytes *query);

/* The first value of a header (name compared without case); empty if absent. */
struct bytes http_header(const struct http_head *h, const char *name);

/* Does a comma-separated header value contain `token` (without case)? */
bool http_has_token(struct bytes value, const char *token);

/* How a body ends. */
/* Of a request: may the connection stay open behind the answer (RFC 9112 9.3), and does a body
 * follow? */
bool http_wants_keep_alive(const struct http_head *q);
bool http_has_body(const struct http_head *q);

enum http_framing { HTTP_NO_BODY, HTTP_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE };

/* State of reading one body. */
struct http_body {
    enum http_framing framing;
    uint64_t left;      /* LENGTH: bytes to come; CHUNKED: bytes left of this chunk */
    uint8_t chunk_state; /* private, see http.c; so is `skipped`: bytes of one size line or of
                          * the trailers, up to HTTP_HEAD_MAX */
    uint32_t skipped;
    bool done;
};

/* Framing of the body behind a response head (`head_request`: the answer has none). */
bool http_body_start(struct http_body *b, const struct http_head *h, bool head_request);

/* Takes bytes from `*in`: on OK `*data` is the next run of body bytes (inside the input,
 * at least one byte) and `*in` what follows; MORE: nothing to hand out yet (`*in` may have
 * been advanced over framing); with b->done set and MORE the body has ended. */
enum parse http_body_next(struct http_body *b, struct bytes *in, struct bytes *data);

/* "bytes a-b/n" in a Content-Range, where n may be '*' (then *total is -1); `last` is
 * inclusive. */
bool http_parse_content_range(struct bytes value, uint64_t *first, uint64_t *last, int64_t *total);

/* A request's Range header against a body of `size` bytes: OK with [*first, *end), MORE
 * when there is no usable single range (serve all: RFC 9110 14.2), BAD when it
 * cannot be satisfied (answer 416). */
enum parse http_parse_range(struct bytes value, uint64_t size, uint64_t *first, uint64_t *end);

/* Appends an IMF-fixdate (RFC 9110 5.6.7) for Unix seconds; for Date and Last-Modified. */
void http_put_date(struct buf *b, int64_t unix_s);

#endif
