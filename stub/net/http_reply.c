/* Heads of answers. A representation is both of `before` followed by `body` or the file range; a
 * range request cuts a piece [first, end) out of it. */
#include "net/http_reply.h"

/* The text behind the number is also what a person sees. */
static const char *
status_text(int status)
{
    switch (status) {
    case 200: return "200 OK";
    case 204: return "204 No Content";
    case 206: return "206 Partial Content";
    case 301: return "301 Moved Permanently";
    case 302: return "302 Found";
    case 303: return "303 See Other";
    case 304: return "304 Not Modified";
    case 307: return "307 Temporary Redirect";
    case 308: return "308 Permanent Redirect";
    case 400: return "400 Bad Request";
    case 403: return "403 Forbidden";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 408: return "408 Request Timeout";
    case 413: return "413 Content Too Large";
    case 414: return "414 URI Too Long";
    case 416: return "416 Range Not Satisfiable";
    case 429: return "429 Too Many Requests";
    case 431: return "431 Request Header Fields Too Large";
    case 500: return "500 Internal Server Error";
    case 503: return "503 Service Unavailable";
    default: return NULL;
    }
}

static void
put_status(struct buf *b, int status)
{
    const char *text = status_text(status);
    if (text) {
        buf_text(b, text);
    } else {
        buf_u64(b, (uint64_t)status);
        buf_byte(b, ' ');
    }
}

static void
put_header(struct buf *b, const char *name, const char *value)
{
    if (value) {
        buf_text(b, name);
        buf_text(b, ": ");
        buf_text(b, value);
        buf_text(b, "\r\n");
    }
}

/* ---- Conditions */

/* Is the tag in a list such as `"a", W/"b"`, or is the list `*`? */
static bool
lists_tag(struct bytes list, struct bytes tag)
{
    if (bytes_equal(list, BYTES("*"))) {
        return true;
    }
    while (list.len > 0) {
        struct bytes item = bytes_trim(bytes_cut(&list, ','));
        if (bytes_starts(item, BYTES("W/"))) {
            item = bytes_skip(item, 2);
        }
        bool is_quoted =
            item.len >= 2 && bytes_starts(item, BYTES("\"")) && bytes_ends(item, BYTES("\""));
        if (is_quoted && bytes_equal(bytes_first(bytes_skip(item, 1), item.len - 2), tag)) {
            return true;
        }
    }
    return false;
}

/* Is it our own Last-Modified, given back as we sent it? */
static bool
is_our_date(struct bytes date, int64_t modified_s)
{
    uint8_t mem[40];
    struct buf b = BUF(mem);
    if (date.len == 0 || modified_s == 0) {
        return false;
    }
    http_put_date(&b, modified_s);
    return bytes_equal(date, buf_bytes(&b));
}

/* Has the visitor got it already? */
static bool
is_known(const struct http_head *q, const struct http_answer *a)
{
    struct bytes tags = http_header(q, "If-None-Match");
    if (tags.len > 0) {
        return a->etag.len > 0 && lists_tag(tags, a->etag);
    }
    return is_our_date(http_header(q, "If-Modified-Since"), a->modified_s);
}

/* Is a range of the same thing asked for that the visitor has a part of? */
static bool
range_holds(const struct http_head *q, const struct http_answer *a)
{
    struct bytes condition = http_header(q, "If-Range");
    if (condition.len == 0 || is_our_date(condition, a->modified_s)) {
        return true;
    }
    return a->etag.len > 0 && bytes_starts(condition, BYTES("\"")) && lists_tag(condition, a->etag);
}

/* ---- Parts */

/* What of [first, end) lies in a part of `len` bytes that begins at `at`, as an offset in it and
 * a length. */
static uint64_t
overlap(uint64_t at, uint64_t len, uint64_t first, uint64_t end, uint64_t *offset)
{
    uint64_t from = first > at ? first - at : 0;
    uint64_t to = end > at ? end - at : 0;
    to = to < len ? to : len;
    *offset = from;
    return to > from ? to - from : 0;
}

static uint64_t
main_length(const struct http_answer *a)
{
    return a->file != SYS_NONE ? (uint64_t)a->file_len : a->body.len;
}

static void
cut_parts(struct http_reply *r, const struct http_answer *a, uint64_t first, uint64_t end)
{
    struct bytes parts[3] = {a->before[0], a->before[1], a->body};
    uint64_t at = 0, offset, len;
    for (int i = 0; i < (a->file == SYS_NONE ? 3 : 2); i++) {
        len = overlap(at, parts[i].len, first, end, &offset);
        r->memory[i] = bytes_first(bytes_skip(parts[i], (size_t)offset), (size_t)len);
        at += parts[i].len;
    }
    len = a->file == SYS_NONE ? 0 : overlap(at, (uint64_t)a->file_len, first, end, &offset);
    if (len > 0) {
        r->file = a->file;
        r->file_at = a->file_offset + (int64_t)offset;
        r->file_left = (int64_t)len;
    }
}

/* ---- The whole */

static void
put_content_range(struct buf *b, int status, uint64_t first, uint64_t end, uint64_t size)
{
    buf_text(b, "Content-Range: bytes ");
    if (status == 206) {
        buf_u64(b, first);
        buf_byte(b, '-');
        buf_u64(b, end - 1);
    } else {
        buf_byte(b, '*');
    }
    buf_byte(b, '/');
    buf_u64(b, size);
    buf_text(b, "\r\n");
}

static void
put_validators(struct buf *b, const struct http_answer *a)
{
    if (a->etag.len > 0) {
        buf_text(b, "ETag: \"");
        buf_add(b, a->etag);
        buf_text(b, "\"\r\n");
    }
    if (a->modified_s != 0) {
        buf_text(b, "Last-Modified: ");
        http_put_date(b, a->modified_s);
        buf_text(b, "\r\n");
    }
}

static void
put_head(struct buf *b, int status, const struct http_answer *a, const char *type, bool keep_alive,
         int64_t unix_s)
{
    bool is_whole = status == 200 || status == 206;
    buf_text(b, "HTTP/1.1 ");
    put_status(b, status);
    buf_text(b, "\r\nDate: ");
    http_put_date(b, unix_s);
    buf_text(b, "\r\nServer: samara\r\n");
    put_header(b, "Content-Type", type);
    put_header(b, "Content-Disposition", is_whole ? a->disposition : NULL);
    put_header(b, "Location", a->location);
    put_header(b, "Allow", status != 405 ? NULL : a->allow ? a->allow : "GET, HEAD");
    put_header(b, "Accept-Ranges", is_whole && !a->no_ranges && !a->is_stream ? "bytes" : NULL);
    put_header(b, "Connection", keep_alive ? "keep-alive" : "close");
    if (is_whole || status == 304) {
        put_validators(b, a);
    }
    if (a->extra_headers) {
        buf_text(b, a->extra_headers);
    }
}

void
http_reply_plan(struct http_reply *r, const struct http_head *q, const struct http_answer *a)
{
    uint64_t size = a->before[0].len + a->before[1].len + main_length(a);
    uint64_t first = 0, end = size;
    bool is_head = q && bytes_equal(q->method, BYTES("HEAD"));
    int status = a->status != 0 ? a->status : 404;
    struct http_answer text = {0};
    if (status == 200 && q && is_known(q, a)) {
        status = 304;
    } else if (status == 200 && q && !is_head && !a->no_ranges && !a->is_stream &&
               range_holds(q, a)) {
        enum parse range = http_parse_range(http_header(q, "Range"), size, &first, &end);
        status = range == PARSE_OK ? 206 : range == PARSE_BAD ? 416 : 200;
    }
    bool is_text = status == 416 || (status >= 400 && size == 0);
    if (is_text) {
        text.body = bytes_of_text(status_text(status));
    }
    if (status != 206) {
        first = 0;
        end = is_text ? text.body.len : status == 304 || status == 204 ? 0 : size;
    }
    *r = (struct http_reply){
        .status = status, .is_text = is_text, .first = first, .end = end, .size = size};
    if (!is_head) {
        cut_parts(r, is_text ? &text : a, first, end);
    }
}

void
http_reply_make(struct http_reply *r, struct buf *head, const struct http_head *q,
                const struct http_answer *a, bool keep_alive, int64_t unix_s)
{
    http_reply_plan(r, q, a);
    const char *type = r->is_text ? "text/plain; charset=utf-8" : a->content_type;
    put_head(head, r->status, a, r->end > 0 ? type : NULL, keep_alive, unix_s);
    if (r->status == 206 || r->status == 416) {
        put_content_range(head, r->status, r->first, r->end, r->size);
    }
    if (r->status != 304 && r->status != 204 && !a->is_stream) { /* a stream ends by closing */
        buf_text(head, "Content-Length: ");
        buf_u64(head, r->end - r->first);
        buf_text(head, "\r\n");
    }
    buf_text(head, "\r\n");
}
