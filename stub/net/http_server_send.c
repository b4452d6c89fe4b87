/* Answers on their way. The body has up to four parts: memory that stays (two), memory that was
 * copied (into the connection's buffer, or into one of a few large buffers when it is longer) or
 * stays too, or a file range instead. */
#include "net/http_server_impl.h"

#include <string.h>

enum {
    HEAD_SIZE = 8192,   /* of our own answers */
    STEP_MAX = 1048576, /* bytes to one client a turn */
    SHARE = 16384,      /* of a file, where these are limited */
};

void
client_set_state(struct http_server *h, struct client *c, enum client_state state)
{
    c->state = state;
    c->since_ms = h->now_ms;
}

void
client_end_body(struct http_server *h, struct client *c)
{
    if (c->close_file) {
        sys_file_close(&c->left.file);
    }
    c->close_file = false;
    c->left = (struct http_reply){0};
    http_pool_give(&h->pool, &c->large);
}

bool
client_is_held(struct http_server *h, const struct client *c, int64_t now_ms)
{
    return c->state == CLIENT_ANSWER && c->left.file_left > 0 && conn_pending(&c->conn) == 0 &&
           limiter_room(&h->files, now_ms) == 0;
}

/* Queues what there is room for. */
static void
queue_body(struct http_server *h, struct client *c)
{
    for (int i = 0; i < 3; i++) {
        struct bytes *part = &c->left.memory[i];
        struct bytes some = bytes_first(*part, conn_room(&c->conn));
        conn_put(&c->conn, some);
        *part = bytes_skip(*part, some.len);
        if (part->len > 0) {
            return;
        }
    }
    int64_t most = h->files.per_s == 0                        ? INT32_MAX /* of a size_t */
                   : limiter_room(&h->files, h->now_ms) > 0 ? SHARE
                                                              : 0;
    if (c->left.file_left > 0 && most > 0 && conn_file_free(&c->conn)) {
        size_t len = (size_t)(c->left.file_left < most ? c->left.file_left : most);
        limiter_take(&h->files, len);
        conn_put_file(&c->conn, c->left.file, c->left.file_at, len);
        c->left.file_at += (int64_t)len;
        c->left.file_left -= (int64_t)len;
    }
}

static void
count_sent(struct http_server *h, struct client *c)
{
    uint64_t sent = c->conn.sent - c->sent_before;
    size_t of_head = sent < c->head_left ? (size_t)sent : c->head_left;
    c->sent_before = c->conn.sent;
    c->head_left -= of_head;
    h->sent += sent - of_head;
    if (c->counter) {
        *c->counter += sent - of_head;
    }
}

static size_t
memory_left(const struct client *c)
{
    const struct bytes *v = c->left.memory;
    return v[0].len + v[1].len + v[2].len;
}

static bool
is_body_left(const struct client *c)
{
    return memory_left(c) > 0 || c->left.file_left > 0;
}

void
client_send(struct http_server *h, struct client *c)
{
    size_t total = 0, sent;
    do {
        queue_body(h, c);
        c->conn.closes = !(c->is_stream || c->drain || c->keep_alive || is_body_left(c));
        sent = conn_flush(&c->conn, NULL, STEP_MAX, h->now_ms);
        total += sent;
    } while (sent > 0 && total < (h->files.per_s ? SHARE : STEP_MAX));
    count_sent(h, c);
    if (c->conn.state == CONN_CLOSED || is_body_left(c) || conn_pending(&c->conn) > 0) {
        return;
    }
    client_end_body(h, c);
    c->answered++;
    if (c->is_stream) {
        client_set_state(h, c, CLIENT_STREAM);
    } else if (c->drain) {
        client_set_state(h, c, CLIENT_DRAIN);
    } else {
        client_set_state(h, c, c->keep_alive ? CLIENT_HEAD : CLIENT_CLOSING);
    }
}

/* The part of a body that does not outlive this turn is copied. False when it cannot be. */
static bool
copy_body(struct http_server *h, struct client *c, const struct http_answer *a)
{
    struct bytes *body = &c->left.memory[2];
    if (a->body_is_static || body->len == 0) {
        return true;
    }
    if (memory_left(c) == body->len && body->len <= conn_room(&c->conn)) {
        conn_put(&c->conn, *body);
        *body = (struct bytes){0};
        return true;
    }
    c->large = body->len <= HTTP_ANSWER_MAX ? http_pool_take(&h->pool) : NULL;
    if (!c->large) {
        return false;
    }
    memcpy(c->large, body->ptr, body->len);
    body->ptr = c->large;
    return true;
}

void
client_answer(struct http_server *h, struct client *c, const struct http_head *q,
             const struct http_answer *a)
{
    uint8_t mem[HEAD_SIZE];
    struct buf head = BUF(mem);
    struct http_answer failure = {.status = 500};
    c->close_file = a->close_file;
    c->counter = a->counter;
    http_reply_make(&c->left, &head, q, a, c->keep_alive, h->unix_s);
    sys_file file = a->file;
    if (head.full) {
        head = BUF(mem);
        http_reply_make(&c->left, &head, q, &failure, c->keep_alive, h->unix_s);
    }
    c->head_left = head.len;
    conn_put(&c->conn, buf_bytes(&head));
    if (!copy_body(h, c, a)) {
        conn_fail(&c->conn, "no memory for so long an answer");
    }
    if (c->left.file == SYS_NONE && c->close_file) { /* not modified, HEAD, ... */
        sys_file_close(&file);
        c->close_file = false;
    }
    client_set_state(h, c, CLIENT_ANSWER);
    client_send(h, c);
}
