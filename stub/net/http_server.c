/* The HTTP server's clients and their requests; their answers: http_server_send.c.
 *
 * A client is in one state; bytes behind the request that is being answered stay in its
 * connection until their turn. Clients are reaped at the end of the turn. */
#include "net/http_server_impl.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/random.h"
#include "net/http_crowd.h"

enum {
    PATH_MAX_LEN = 4096, /* decoded; PATH_LEN_MAX and some folders */
    ACCEPTS_PER_TURN = 64,
    ACCEPT_PAUSE_MS = 500, /* the system has no more handles: let some go first */
    DRAIN_MS = 1000,       /* a refused client may finish its request, else it sees a reset */
    PUSH_MAX = 1048576,    /* bytes to one stream at once */
};

#define IDLE_CLAIM INT64_C(0x4000000000000000)
#define CROWD_CLAIM INT64_C(0x10000000000)

/* ---- Clients */

/* The last one in use takes its place in `open`. */
static void
reap(struct http_server *h, struct client *c)
{
    struct client *last = h->open[--h->count];
    client_end_body(h, c);
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
    client_answer(h, c, q, &a);
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
    client_answer(h, c, q, &a);
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
        client_set_state(h, c, CLIENT_CLOSING);
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
        client_send(h, c);
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
        conn_init(&c->conn, c->kept, HTTP_HEAD_MAX, c->out, HTTP_OUT_SIZE);
        conn_accept(&c->conn, sock, &from, h->now_ms);
        c->answered = 0;
        c->sent_before = 0;
        client_set_state(h, c, CLIENT_HEAD);
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
        bool is_answering = c->state == CLIENT_ANSWER, held = client_is_held(h, c, now_ms);
        conn_wants(&c->conn, w, !is_answering, is_answering && !held);
        if (held) {
            c->since_ms = now_ms; /* that is not its fault */
            sys_wants_wake(w, now_ms + limiter_wait_ms(&h->files, now_ms));
        }
        sys_wants_wake(w, deadline(c));
    }
}

/* Another client is the first to get its share. */
static void
rotate(struct http_server *h)
{
    struct client *first = h->open[0];
    memmove(h->open, h->open + 1, (h->count - 1) * sizeof(struct client *));
    h->open[h->count - 1] = first;
    for (uint32_t i = 0; i < h->count; i++) {
        h->open[i]->place = i;
    }
}

void
http_server_turn(struct http_server *h, const struct sys_wants *w, struct scratch *s,
                 int64_t now_ms)
{
    h->now_ms = now_ms;
    h->unix_s = sys_unix_s();
    if (h->files.per_s && h->count > 1) {
        rotate(h);
    }
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
    uint8_t *out = arena_take(&h->arena, count, HTTP_OUT_SIZE);
    if (!clients || !h->open || !kept || !out
        || !http_pool_open(&h->pool, HTTP_ANSWER_MAX, &h->arena)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        clients[i].kept = kept + i * HTTP_HEAD_MAX;
        clients[i].out = out + i * HTTP_OUT_SIZE;
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
    h->files.per_s = config->files_per_s;
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
            conn_flush(&c->conn, NULL, PUSH_MAX, h->now_ms);
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
