/* HTTP heads and bodies. A good head asks for more when its last byte is missing; a body
 * gives the same bytes and the same end whether it comes whole or in parts. */
#include "base/check.h"
#include "base/hash.h"
#include "wire/http.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(struct bytes inner, struct bytes outer)
{
    check(inner.len == 0 || (inner.ptr >= outer.ptr && inner.ptr < outer.ptr + outer.len));
    check(inner.len <= outer.len);
}

typedef enum parse head_parser(struct http_head *h, struct bytes in);

static bool
try_head(head_parser *parse, struct http_head *h, struct bytes in)
{
    static struct http_head part;
    enum parse result = parse(h, in);

    if (result == PARSE_OK) {
        check(h->size > 0 && h->size <= in.len && h->size <= HTTP_HEAD_MAX);
        check(parse(&part, bytes_first(in, h->size - 1)) == PARSE_MORE);
        check(parse(&part, bytes_first(in, h->size)) == PARSE_OK);
        for (size_t i = 0; i < h->header_count; i++) {
            check_slice(h->headers[i].name, in);
            check_slice(h->headers[i].value, in);
        }
        check_slice(h->target, in);
    } else if (result == PARSE_MORE) {
        check(in.len == 0 || parse(&part, bytes_first(in, in.len - 1)) == PARSE_MORE);
    }
    return result == PARSE_OK;
}

struct outcome {
    enum parse last;
    bool done;
    size_t used;
    uint8_t hash[SHA1_SIZE];
};

/* Reads a body; `step` 0: all at once, else in parts of 1 to `step` bytes. */
static struct outcome
read_body(struct http_body b, struct bytes in, size_t step)
{
    struct outcome o = {.last = PARSE_MORE};
    struct bytes data, rest = in;
    struct sha1 hash;

    sha1_init(&hash);
    while (rest.len && !b.done && o.last != PARSE_BAD) {
        size_t given = step ? 1 + (rest.ptr[0] + rest.len) % step : rest.len;
        struct bytes part = bytes_first(rest, given);
        size_t part_len = part.len;
        while ((o.last = http_body_next(&b, &part, &data)) == PARSE_OK) {
            check(data.len > 0);
            check_slice(data, in);
            sha1_add(&hash, data.ptr, data.len);
        }
        check(o.last == PARSE_BAD || b.done || part.len == 0);
        rest = bytes_skip(rest, part_len - part.len);
    }
    sha1_end(&hash, o.hash);
    o.done = b.done;
    o.used = o.last == PARSE_BAD ? 0 : in.len - rest.len;
    return o;
}

static void
try_body(struct http_body b, struct bytes in)
{
    struct outcome whole = read_body(b, in, 0);
    for (size_t step = 1; step < 100; step = step * 3 + 1) {
        struct outcome parts = read_body(b, in, step);
        check(parts.last == whole.last && parts.done == whole.done && parts.used == whole.used);
        check(memcmp(parts.hash, whole.hash, sizeof whole.hash) == 0);
    }
}

static void
try_values(struct bytes in)
{
    uint64_t first, last;
    int64_t total;

    if (http_parse_content_range(in, &first, &last, &total)) {
        check(first <= last && (total < 0 || last < (uint64_t)total));
    }
    for (uint64_t size = 0; size < 1000; size = size * 9 + 1) {
        if (http_parse_range(in, size, &first, &last) == PARSE_OK) {
            check(first < last && last <= size);
        }
    }
    http_has_token(in, "close");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_head h;
    struct bytes in = bytes_of(data, size);
    struct http_body b = {.framing = HTTP_CHUNKED};

    try_head(http_parse_request, &h, in);
    if (try_head(http_parse_response, &h, in) && http_body_start(&b, &h, false)) {
        try_body(b, bytes_skip(in, h.size));
        try_values(http_header(&h, "Content-Range"));
    } else {
        try_body((struct http_body){.framing = HTTP_CHUNKED}, in);
        try_values(in);
    }
    return 0;
}
