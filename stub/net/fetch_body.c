/* The body of a fetch.
 *
 * What the owner gave back stands in front of what is received, so that both are handed out as one
 * run. Framing is removed in place: runs of data are moved together (a body with Content-Length
 * is one run and stays where the kernel put it). */
#include "net/fetch_body.h"

#include <string.h>

#include "base/check.h"

/* Moves the data in `raw`, which lies in the scratch buffer, to `to` (at or in front of it);
 * returns how much it is. */
static size_t
remove_framing(struct fetch *f, uint8_t *to, struct bytes raw)
{
    struct bytes run;
    size_t made = 0;
    enum parse result;
    while ((result = http_body_next(&f->body, &raw, &run)) == PARSE_OK) {
        if (run.ptr != to + made) {
            memmove(to + made, run.ptr, run.len);
        }
        made += run.len;
    }
    if (result == PARSE_BAD) {
        fetch_fail(f, "its answer is not proper HTTP");
        return 0;
    }
    if (raw.len > 0) { /* more than was announced: the next answer could not be told apart */
        f->keep_alive = false;
    }
    return made;
}

static void
finish(struct fetch *f)
{
    f->state = FETCH_DONE;
    if (!f->keep_alive || f->conn.input_ended) {
        conn_close(&f->conn);
    }
}

struct bytes
fetch_body_decode(struct fetch *f, struct scratch *s, struct bytes in, size_t rest_len,
                  size_t fresh)
{
    if (fresh > 0) {
        uint8_t *to = s->bytes + (in.ptr - s->bytes) + rest_len;
        in.len = rest_len + remove_framing(f, to, bytes_skip(in, rest_len));
    }
    if (f->body.framing == HTTP_UNTIL_CLOSE && f->conn.input_ended) {
        f->body.done = true;
    }
    if (f->state != FETCH_BODY) {
        return (struct bytes){0};
    }
    if (f->body.done) {
        finish(f);
    } else if (f->conn.input_ended && fresh == 0) {
        fetch_fail(f, "it broke off in the middle of its answer");
        return (struct bytes){0};
    }
    return in;
}

struct bytes
fetch_body_turn(struct fetch *f, const struct sys_wants *w, struct scratch *s, size_t max,
                int64_t now_ms)
{
    size_t fresh;
    size_t rest_len = f->rest_len;
    conn_turn(&f->conn, w, now_ms);
    struct bytes in = conn_input(&f->conn, w, s, max, now_ms, &fresh);
    if (f->conn.state != CONN_OPEN) {
        fetch_fail(f, f->conn.why);
        return (struct bytes){0};
    }
    f->active_ms = fresh > 0 ? now_ms : f->active_ms;
    /* The owner says anew what it gives back. */
    conn_keep(&f->conn, (struct bytes){0});
    f->rest_len = 0;
    return fetch_body_decode(f, s, in, rest_len, fresh);
}
