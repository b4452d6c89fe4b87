#include "net/http_target.h"

#include "wire/url.h"

/* No component may be "." or "..": files could be meant that are not ours to give. */
static bool
is_plain_path(struct bytes path)
{
    if (path.len == 0 || path.ptr[0] != '/' || bytes_find(path, '\0') < path.len) {
        return false;
    }
    while (path.len > 0) {
        struct bytes part = bytes_cut(&path, '/');
        if (bytes_equal(part, BYTES(".")) || bytes_equal(part, BYTES(".."))) {
            return false;
        }
    }
    return true;
}

int
http_target_read(struct bytes target, struct buf *path, struct bytes *query)
{
    if (bytes_starts(target, BYTES("http://"))) {
        target = bytes_skip(target, 7);
        target = bytes_skip(target, bytes_find(target, '/'));
    }
    *query = target;
    struct bytes escaped = bytes_cut(query, '?');
    bool is_good = url_unescape(path, escaped);
    if (path->full) {
        return 414;
    }
    return is_good && is_plain_path(buf_bytes(path)) ? 200 : 400;
}

bool
http_wants_keep_alive(const struct http_head *q)
{
    struct bytes connection = http_header(q, "Connection");
    return !http_has_token(connection, "close") &&
           (q->minor_version == 1 || http_has_token(connection, "keep-alive"));
}

bool
http_has_body(const struct http_head *q)
{
    struct bytes length = http_header(q, "Content-Length");
    return http_header(q, "Transfer-Encoding").len > 0 ||
           (length.len > 0 && !bytes_equal(length, BYTES("0")));
}
