/* The HTTP server's connections. Heads of answers are made in net/http_reply.
 *
 * A client is in one state; bytes behind the request that is being answered stay in its
 * connection until their turn. An answer's body has up to three parts: memory that outlives the
 * server, memory that was copied (into the connection's buffer, or into one of a few large buffers
 * when it is longer), and a file range. Clients are reaped at the end of the turn. */
#include "net/http_server.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/random.h"
#include "net/http_crowd.h"
#include "net/http_pool.h"
#include "net/http_reply.h"

enum {
    OUT_SIZE = 32768,    /* head and body, or as much of a body as is copied at once */
    HEAD_SIZE = 8192,    /* of our own answers */
    PATH_MAX_LEN = 4096, /* decoded; PATH_LEN_MAX and some folders */
    ACCEPTS_PER_TURN = 64,
    ACCEPT_PAUSE_MS = 500, /* the system has no more handles: let some go first */
    DRAIN_MS = 1000,       /* a refused client may finish its request, else it sees a reset */
    STEP_MAX = 1048576,    /* bytes to one client a turn */
};

enum client_state {
    CLIENT_FREE,
    CLIENT_HEAD,    /* awaits a request */
    CLIENT_ANSWER,  /* awaits that the answer is sent */
    CLIENT_STREAM,  /* awaits what the owner pushes, or that the client goes */
    CLIENT_DRAIN,   /* awaits the end of a request that was refused; input is dropped */
    CLIENT_CLOSING, /* awaits the reaper */
};

#define IDLE_CLAIM INT64_C(0x4000000000000000)
#define CROWD_CLAIM INT64_C(0x10000000000)

struct client {
    enum client_state state;
    struct conn conn;
    uint32_t place;    /* in `open` */
    struct addr local; /* where it reached us */
    int64_t since_ms;  /* of the state; in CLIENT_HEAD also the first byte of a request */
    uint32_t answered;
    struct http_reply left; /* of the answer's body: what is not queued yet */
    bool close_file;
    bool keep_alive;
    bool drain;       /* after the answer: CLIENT_DRAIN */
    bool is_stream;   /* after the answer: CLIENT_STREAM */
    size_t head_left; /* bytes of the head not sent yet */
    uint64_t sent_before;
    uint64_t *counter; /* of the answer, may be NULL */
    uint8_t *large;    /* holds a copied body; NULL = none */
    uint8_t *kept, *out;
};

struct http_server {
    struct arena arena;
    struct http_server_config config;
    sys_sock listener;
    uint32_t want;
    int64_t accept_after_ms;
    uint64_t sent;
    int64_t now_ms, unix_s; /* of this turn */
    struct addr local;      /* the listener's; none: it is that of all interfaces */
    uint64_t key;           /* of http_crowd_find */
    struct client **open;   /* all clients: first the `count` that are in use, then the free ones */
    uint32_t count;
    struct http_pool pool;
};

/* ---- Clients */

static void
set_state(struct http_server *h, struct client *c, enum client_state state)
{
    c->state = state;
    c->since_ms = h->now_ms;
}

/* Drops what an answer holds, sent or not. */
static void
end_body(struct http_server *h, struct client *c)
{
    if (c->close_file) {
        sys_file_close(&c->left.file);
    }
    c->close_file = false;
    c->left = (struct http_reply){0};
    http_pool_give(&h->pool, &c->large);
}

/* The last one in use takes its place in `open`. */
static void
reap(struct http_server *h, struct client *c)
{
    struct client *last = h->open[--h->count];
    end_body(h, c);
    conn_close(&c->conn);
    c->state = CLIENT_FREE;
    h->open[c->place] = last;
    h->open[h->count] = c;
    last->place = c->place;
    c->place = h->count;
}

/* ---- Who has to go when all places are taken */

/* First those that have been idle for a while, longest first. Then those of the largest crowd, if
 * it will still be as large as the newcomer's without one. Then, and in a crowd, those that keep us
 * waiting, longest first; then those that just became idle. 0: may stay. */
static int64_t
claim_on(const struct http_server *h, const struct client *c, uint32_t crowd, uint32_t newcomers)
{
    bool is_idle = c->state == CLIENT_HEAD && c->answered > 0 && c->conn.kept_len == 0;
    bool is_answer = c->state == CLIENT_ANSWER && c->conn.put_ms > c->since_ms;
    int64_t waited_ms = h->now_ms - (is_answer ? c->conn.put_ms : c->since_ms);
    bool is_late = c->state != CLIENT_STREAM && waited_ms >= HTTP_PATIENCE_MS;
    if (is_idle && is_late) {
        return IDLE_CLAIM + waited_ms;
    }
    int64_t claim = is_late ? waited_ms : is_idle;
    return crowd >= newcomers + 2 ? crowd * CROWD_CLAIM + claim : claim;
}

/* False: nobody has to go. */
static bool
make_place(struct http_server *h, const struct addr *newcomer)
{
    struct http_crowd crowds[HTTP_CROWDS_MAX] = {0};
    struct client *victim = NULL;
    int64_t most = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        http_crowd_find(crowds, h->key, &h->open[i]->conn.addr)->count++;
    }
    uint32_t newcomers = http_crowd_find(crowds, h->key, newcomer)->count;
    for (uint32_t i = 0; i < h->count; i++) {
        struct client *c = h->open[i];
        uint32_t crowd = http_crowd_find(crowds, h->key, &c->conn.addr)->count;
        int64_t claim = claim_on(h, c, crowd, newcomers);
        if (claim > most) {
            most = claim;
            victim = c;
        }
    }
    if (victim) {
        reap(h, victim);
    }
    return victim != NULL;
}

/* ---- Sending an answer */

/* Queues what there is room for. */
static void
queue_body(struct client *c)
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
    if (c->left.file_left > 0 && conn_file_free(&c->conn)) {
        /* A size_t may have 32 bits. */
        size_t len = c->left.file_left < INT32_MAX ? (size_t)c->left.file_left : INT32_MAX;
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

/* CLIENT_ANSWER: sends on; goes to the next state when all is sent. */
static void
send_answer(struct http_server *h, struct client *c)
{
    size_t total = 0, sent;
    do {
        queue_body(c);
        c->conn.closes = !(c->is_stream || c->drain || c->keep_alive || is_body_left(c));
        sent = conn_flush(&c->conn, NULL, STEP_MAX, h->now_ms);
        total += sent;
    } while (sent > 0 && total < STEP_MAX);
    count_sent(h, c);
    if (c->conn.state == CONN_CLOSED || is_body_left(c) || conn_pending(&c->conn) > 0) {
        return;
    }
    end_body(h, c);
    c->answered++;
    if (c->is_stream) {
        set_state(h, c, CLIENT_STREAM);
    } else if (c->drain) {
        set_state(h, c, CLIENT_DRAIN);
    } else {
        set_state(h, c, c->keep_alive ? CLIENT_HEAD : CLIENT_CLOSING);
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

/* Queues an answer; `q` is NULL for a request that was not understood. */
static void
start_answer(struct http_server *h, struct client *c, const struct http_head *q,
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
    set_state(h, c, CLIENT_ANSWER);
    send_answer(h, c);
}

/* ---- Requests */

/* A client that is not understood, or must not go on, is told so and left; `drain`: it may
 * still be sending. */
static void
refuse(struct http_server *h, struct client *c, const struct http_head *q, int status, bool drain)
{
    struct http_answer a = {.status = status};
    c->keep_alive = false;
    c->is_stream = false;
    c->drain = drain;
    start_answer(h, c, q, &a);
}

static void
answer_request(struct http_server *h, struct client *c, const struct http_head *q)
{
    uint8_t path_mem[PATH_MAX_LEN];
    struct buf path = BUF(path_mem);
    struct http_request request = {
        .head = q, .from = c->conn.addr, .local = c->local, .now_ms = h->now_ms};
    struct http_answer a = {0};
    bool is_get = bytes_equal(q->method, BYTES("GET"));
    bool is_known = is_get || bytes_equal(q->method, BYTES("HEAD")) ||
                    (h->config.takes_post && bytes_equal(q->method, BYTES("POST")));
    if (!is_known || http_has_body(q)) {
        refuse(h, c, q, is_known ? 413 : 405, true);
        return;
    }
    int status = http_read_target(q->target, &path, &request.query);
    bool has_host = q->minor_version == 0 || http_header(q, "Host").len > 0;
    if (status != 200 || !has_host) {
        refuse(h, c, q, status != 200 ? status : 400, false);
        return;
    }
    request.path = buf_bytes(&path);
    h->config.handler(h->config.context, &request, &a);
    a.is_stream = a.is_stream && is_get && a.status == 200;
    c->drain = false;
    c->is_stream = a.is_stream;
    c->keep_alive = http_wants_keep_alive(q) && !a.is_stream;
    start_answer(h, c, q, &a);
}

/* A head that is over the limits, or none at all. */
static int
bad_head_status(struct bytes in)
{
    bool in_first_line = bytes_find(in, '\n') == in.len;
    return in.len < HTTP_HEAD_MAX ? 400 : in_first_line ? 414 : 431;
}

/* CLIENT_HEAD: answers the requests that are complete, one after the other. */
static void
take_requests(struct http_server *h, struct client *c, const struct sys_wants *w, struct scratch *s)
{
    size_t room = HTTP_HEAD_MAX - c->conn.kept_len;
    bool was_empty = c->conn.kept_len == 0;
    size_t fresh;
    struct bytes in = conn_input(&c->conn, w, s, room, h->now_ms, &fresh);
    if (was_empty && fresh > 0) {
        c->since_ms = h->now_ms;
    }
    while (c->state == CLIENT_HEAD && c->conn.state == CONN_OPEN) {
        struct http_head q;
        while (in.len > 0 && (in.ptr[0] == '\r' || in.ptr[0] == '\n')) {
            in = bytes_skip(in, 1); /* RFC 9112 2.2 */
        }
        enum parse result = http_parse_request(&q, in);
        if (result == PARSE_MORE) {
            break;
        }
        if (result == PARSE_BAD) {
            refuse(h, c, NULL, bad_head_status(in), true);
            in = (struct bytes){0};
        } else {
            answer_request(h, c, &q);
            in = bytes_skip(in, q.size);
        }
    }
    conn_keep(&c->conn, in);
    if (c->state == CLIENT_HEAD && c->conn.input_ended) {
        set_state(h, c, CLIENT_CLOSING);
    }
}

/* ---- Each turn */

/* When the client's patience, or ours, ends. */
static int64_t
deadline(const struct client *c)
{
    switch (c->state) {
    case CLIENT_HEAD:
        return c->since_ms + (c->answered > 0 && c->conn.kept_len == 0 ? HTTP_IDLE_TIMEOUT_MS
                                                                       : HTTP_REQUEST_TIMEOUT_MS);
    case CLIENT_ANSWER: {
        int64_t moved_ms = c->conn.put_ms > c->since_ms ? c->conn.put_ms : c->since_ms;
        return moved_ms + HTTP_TIMEOUT_MS;
    }
    case CLIENT_DRAIN: return c->since_ms + DRAIN_MS;
    case CLIENT_STREAM: /* a page in the background may be slow to read: no reason to go */
    case CLIENT_FREE:
    case CLIENT_CLOSING: break;
    }
    return INT64_MAX;
}

static void
turn_client(struct http_server *h, struct client *c, const struct sys_wants *w, struct scratch *s)
{
    conn_turn(&c->conn, w, h->now_ms);
    if (c->state == CLIENT_ANSWER) {
        send_answer(h, c);
    }
    if (c->state == CLIENT_HEAD) {
        take_requests(h, c, w, s);
    }
    bool only_ends = c->state == CLIENT_DRAIN || c->state == CLIENT_STREAM;
    if (only_ends) {
        conn_input(&c->conn, w, s, SCRATCH_SIZE, h->now_ms, NULL);
        conn_keep(&c->conn, (struct bytes){0});
    }
    bool has_gone = c->conn.state == CONN_CLOSED || (only_ends && c->conn.input_ended);
    if (has_gone || c->state == CLIENT_CLOSING || h->now_ms >= deadline(c)) {
        reap(h, c);
    }
}

static void
accept_clients(struct http_server *h, const struct sys_wants *w, struct scratch *s)
{
    for (int i = 0; i < ACCEPTS_PER_TURN && sys_can_read(w, h->want); i++) {
        sys_sock sock = SYS_NONE;
        struct addr from = {0};
        int result = sys_tcp_accept(h->listener, &sock, &from);
        if (result != SYS_OK) {
            if (result != SYS_AGAIN) {
                h->accept_after_ms = h->now_ms + ACCEPT_PAUSE_MS;
            }
            return;
        }
        if (h->count == h->config.clients_max && !make_place(h, &from)) {
            struct bytes busy = BYTES("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                                      "Retry-After: 10\r\nContent-Length: 5\r\n\r\nbusy\n");
            sys_tcp_send(sock, busy.ptr, busy.len, false);
            sys_sock_close(&sock);
            continue;
        }
        struct client *c = h->open[h->count];
        c->place = h->count++;
        c->local = h->local.port > 0 ? h->local : sys_sock_local(sock);
        conn_init(&c->conn, c->kept, HTTP_HEAD_MAX, c->out, OUT_SIZE);
        conn_accept(&c->conn, sock, &from, h->now_ms);
        c->answered = 0;
        c->sent_before = 0;
        set_state(h, c, CLIENT_HEAD);
        c->conn.want = h->want; /* most have sent their request already */
        turn_client(h, c, w, s);
    }
}

void
http_server_wants(struct http_server *h, struct sys_wants *w, int64_t now_ms)
{
    h->want = 0;
    if (now_ms >= h->accept_after_ms) {
        h->want = sys_wants_add(w, h->listener, true, false);
    } else {
        sys_wants_wake(w, h->accept_after_ms);
    }
    for (uint32_t i = 0; i < h->count; i++) {
        struct client *c = h->open[i];
        bool is_answering = c->state == CLIENT_ANSWER;
        conn_wants(&c->conn, w, !is_answering, is_answering);
        sys_wants_wake(w, deadline(c));
    }
}

void
http_server_turn(struct http_server *h, const struct sys_wants *w, struct scratch *s,
                 int64_t now_ms)
{
    h->now_ms = now_ms;
    h->unix_s = sys_unix_s();
    for (uint32_t i = h->count; i-- > 0;) { /* who goes leaves its place to one who had its turn */
        turn_client(h, h->open[i], w, s);
    }
    accept_clients(h, w, s);
}

/* ---- Life */

static bool
take_memory(struct http_server *h)
{
    uint32_t count = h->config.clients_max;
    struct client *clients = arena_take(&h->arena, count, sizeof *clients);
    h->open = arena_take(&h->arena, count, sizeof(struct client *));
    uint8_t *kept = arena_take(&h->arena, count, HTTP_HEAD_MAX);
    uint8_t *out = arena_take(&h->arena, count, OUT_SIZE);
    if (!clients || !h->open || !kept || !out
        || !http_pool_open(&h->pool, HTTP_ANSWER_MAX, &h->arena)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        clients[i].kept = kept + i * HTTP_HEAD_MAX;
        clients[i].out = out + i * OUT_SIZE;
        h->open[i] = &clients[i];
    }
    return true;
}

struct http_server *
http_server_open(const struct http_server_config *config, int *error)
{
    check(config->clients_max > 0 && config->clients_max <= HTTP_CLIENTS_MAX);
    struct arena arena = {.size_max = SIZE_MAX};
    struct http_server *h = arena_take(&arena, 1, sizeof(*h));
    *error = SYS_OTHER;
    if (!h) {
        return NULL;
    }
    h->arena = arena;
    h->config = *config;
    sys_random(&h->key, sizeof h->key);
    if (take_memory(h)) {
        *error = sys_tcp_listen(&config->listen, &h->listener);
    }
    if (*error != SYS_OK) {
        http_server_close(h);
        return NULL;
    }
    struct addr local = http_server_addr(h);
    h->local = addr_is_unusable(&local) ? (struct addr){0} : local;
    return h;
}

struct addr
http_server_addr(const struct http_server *h)
{
    return sys_sock_local(h->listener);
}

uint64_t
http_server_sent(const struct http_server *h)
{
    return h->sent;
}

static bool
lies_in(const void *p, struct bytes memory)
{
    return (uintptr_t)p - (uintptr_t)memory.ptr < memory.len;
}

bool
http_server_holds(const struct http_server *h, struct bytes memory)
{
    bool holds = false;
    for (uint32_t i = 0; i < h->count; i++) {
        const struct client *c = h->open[i];
        for (int k = 0; k < 3 && c->state == CLIENT_ANSWER; k++) {
            holds |= c->left.memory[k].len > 0 && lies_in(c->left.memory[k].ptr, memory);
        }
        holds |= c->state == CLIENT_ANSWER && lies_in(c->counter, memory);
    }
    return holds;
}

void
http_server_push(struct http_server *h, struct bytes data)
{
    for (uint32_t i = 0; i < h->count; i++) {
        struct client *c = h->open[i];
        if (c->state == CLIENT_STREAM && conn_room(&c->conn) >= data.len) {
            conn_put(&c->conn, data);
            conn_flush(&c->conn, NULL, STEP_MAX, h->now_ms);
        }
    }
}

uint32_t
http_server_streams(const struct http_server *h)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        const struct client *c = h->open[i];
        n += c->state == CLIENT_STREAM || (c->state == CLIENT_ANSWER && c->is_stream);
    }
    return n;
}

void
http_server_close(struct http_server *h)
{
    while (h->count > 0) {
        reap(h, h->open[h->count - 1]);
    }
    sys_sock_close(&h->listener);
    struct arena arena = h->arena; /* h itself lies in it */
    arena_free(&arena);
}
