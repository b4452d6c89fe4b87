/* The loop's side of the engine: one listening port, many swarms.
 *
 * A connection that comes in belongs to nobody until it has said which torrent it is about;
 * till then it is an arrival. Exactly the first HELLO_SIZE bytes are read for that, the rest
 * stays with the socket. */
#include "engine/engine.h"

#include <string.h>

#include "base/version.h"
#include "engine/events.h"
#include "engine/swarm.h"
#include "engine/tracker.h"
#include "net/conn.h"
#include "net/roots.h"
#include "wire/peer_wire.h"

enum {
    ARRIVALS_MAX = 32, /* strangers who have said nothing yet */
    ARRIVAL_QUIET_MS = 2000, /* then a stranger gives way to the next; a peer speaks at once */
    HELLO_SIZE = 48,   /* of the handshake, up to and with the info-hash */
    ACCEPTS_A_TURN = 16,
    IDLE_WAKE_MS = 60000,
};

struct arrival {
    struct conn conn;
    uint8_t kept[HANDSHAKE_SIZE];
    uint8_t out[1];
};

struct engine {
    struct arena arena;
    struct swarm *swarms;
    struct swarm_host host;
    struct limiter up, down;
    sys_sock listener;
    uint32_t listener_want;
    bool stopping;
    struct roots roots;
    struct events events;
    struct arrival arrivals[ARRIVALS_MAX];
    struct scratch scratch;
};

/* "-SM0100-" and twelve random letters (BEP 20). */
static void
make_peer_id(uint8_t id[PEER_ID_SIZE], struct random *random)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    memcpy(id, PEER_ID_PREFIX, 8);
    for (int i = 8; i < PEER_ID_SIZE; i++)
        id[i] = (uint8_t)letters[random_below(random, sizeof letters - 1)];
}

static int
open_listener(struct engine *e, uint16_t port)
{
    struct addr at = {.port = port};
    int error = sys_tcp_listen(&at, &e->listener);
    if (error == SYS_OK)
        e->host.port = sys_sock_local(e->listener).port;
    return error;
}

struct engine *
engine_new(const struct engine_config *config, int *error)
{
    struct arena arena = {.size_max = sizeof(struct engine) + 4096};
    struct engine *e = arena_take(&arena, 1, sizeof *e);
    *error = SYS_OTHER;
    if (!e)
        return NULL;
    e->arena = arena;
    e->up.per_s = config->max_up;
    e->down.per_s = config->max_down;
    e->roots.extra_pem = config->ca_pem;
    e->host = (struct swarm_host){
        .scratch = &e->scratch, .up = &e->up, .down = &e->down, .roots = &e->roots,
        .events = &e->events, .use_trackers = config->use_trackers,
        .use_webseeds = config->use_webseeds, .user_agent = USER_AGENT,
    };
    sys_random(&e->host.random, sizeof e->host.random);
    make_peer_id(e->host.peer_id, &e->host.random);
    for (int i = 0; i < ARRIVALS_MAX; i++)
        conn_init(&e->arrivals[i].conn, e->arrivals[i].kept, sizeof e->arrivals[i].kept,
                  e->arrivals[i].out, sizeof e->arrivals[i].out);
    *error = config->listen ? open_listener(e, config->port) : SYS_OK;
    if (*error == SYS_OK)
        return e;
    engine_free(e);
    return NULL;
}

uint16_t
engine_port(const struct engine *e)
{
    return e->host.port;
}

const uint8_t *
engine_peer_id(const struct engine *e)
{
    return e->host.peer_id;
}

struct swarm *
engine_add(struct engine *e, const struct swarm_config *config, int64_t now_ms)
{
    struct swarm *s = swarm_new(config, &e->host, now_ms);
    if (s) {
        s->next = e->swarms;
        e->swarms = s;
    }
    return s;
}

void
engine_remove(struct engine *e, struct swarm *s, int64_t now_ms)
{
    (void)now_ms;
    struct swarm **link = &e->swarms;
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    swarm_free(s);
}

/* A free place, or that of the stranger who has been quiet for longest; NULL: all are too new. */
static struct arrival *
place_for_arrival(struct engine *e, int64_t now_ms)
{
    struct arrival *oldest = &e->arrivals[0];
    for (int i = 0; i < ARRIVALS_MAX; i++) {
        struct arrival *a = &e->arrivals[i];
        if (a->conn.state == CONN_NONE)
            return a;
        if (a->conn.since_ms < oldest->conn.since_ms)
            oldest = a;
    }
    return now_ms - oldest->conn.since_ms >= ARRIVAL_QUIET_MS ? oldest : NULL;
}

void
engine_wants(struct engine *e, struct sys_wants *w, int64_t now_ms)
{
    sys_wants_wake(w, now_ms + IDLE_WAKE_MS);
    bool is_full = !place_for_arrival(e, now_ms);
    e->listener_want =
        e->stopping || is_full ? 0 : sys_wants_add(w, e->listener, true, false);
    for (int i = 0; i < ARRIVALS_MAX; i++) {
        struct conn *c = &e->arrivals[i].conn;
        if (c->state == CONN_NONE)
            continue;
        conn_wants(c, w, true, false);
        if (is_full)
            sys_wants_wake(w, c->since_ms + ARRIVAL_QUIET_MS);
        sys_wants_wake(w, c->since_ms + HANDSHAKE_TIMEOUT_MS);
    }
    for (struct swarm *s = e->swarms; s; s = s->next)
        swarm_wants(s, w, now_ms);
}

/* --- arrivals ------------------------------------------------------------------------------ */

static void
end_arrival(struct arrival *a)
{
    conn_close(&a->conn);
    a->conn.kept_len = 0;
}

static void
accept_arrivals(struct engine *e, const struct sys_wants *w, int64_t now_ms)
{
    if (!sys_can_read(w, e->listener_want))
        return;
    for (int n = 0; n < ACCEPTS_A_TURN; n++) {
        struct arrival *a = place_for_arrival(e, now_ms);
        sys_sock sock;
        struct addr from;
        if (!a || sys_tcp_accept(e->listener, &sock, &from) != SYS_OK)
            return;
        if (a->conn.state != CONN_NONE)
            end_arrival(a);
        conn_accept(&a->conn, sock, &from, now_ms);
    }
}

/* Gives the connection to its swarm; it is closed when there is none. */
static void
hand_over(struct engine *e, struct arrival *a, const struct handshake *h, struct bytes hello,
          int64_t now_ms)
{
    struct swarm *s = e->swarms;
    while (s && memcmp(s->t->info_hash, h->info_hash, SHA1_SIZE) != 0)
        s = s->next;
    if (!s) {
        conn_fail(&a->conn, "asks for a torrent that we do not have");
        return;
    }
    sys_sock sock = a->conn.sock;
    a->conn.sock = SYS_NONE;
    swarm_accept(s, sock, &a->conn.addr, hello, now_ms);
    conn_fail(&a->conn, "handed over");
}

static void
turn_arrival(struct engine *e, struct arrival *a, const struct sys_wants *w, int64_t now_ms)
{
    struct conn *c = &a->conn;
    conn_turn(c, w, now_ms);
    if (c->state == CONN_OPEN) {
        size_t missing = HELLO_SIZE - c->kept_len;
        struct bytes in = conn_input(c, w, &e->scratch, missing, now_ms, NULL);
        struct handshake h;
        if (in.len > 0 && peer_parse_handshake(&h, in) == PARSE_BAD)
            conn_fail(c, "does not speak BitTorrent");
        else if (in.len >= HELLO_SIZE)
            hand_over(e, a, &h, in, now_ms);
        else
            conn_keep(c, in);
        if (c->input_ended || now_ms - c->since_ms >= HANDSHAKE_TIMEOUT_MS)
            conn_fail(c, "says nothing");
    }
    if (c->state == CONN_CLOSED)
        end_arrival(a);
}

void
engine_turn(struct engine *e, const struct sys_wants *w, int64_t now_ms)
{
    accept_arrivals(e, w, now_ms);
    for (int i = 0; i < ARRIVALS_MAX; i++)
        if (e->arrivals[i].conn.state != CONN_NONE)
            turn_arrival(e, &e->arrivals[i], w, now_ms);
    for (struct swarm *s = e->swarms; s; s = s->next)
        swarm_turn(s, w, now_ms);
}

/* --- the rest ---------------------------------------------------------------------------- */

void
engine_stop(struct engine *e, int64_t now_ms)
{
    e->stopping = true;
    for (struct swarm *s = e->swarms; s; s = s->next)
        swarm_stop(s, OUTCOME_INCOMPLETE, now_ms);
}

bool
engine_stopped(const struct engine *e)
{
    for (const struct swarm *s = e->swarms; s; s = s->next)
        if (s->phase != SWARM_STOPPED)
            return false;
    return true;
}

int
engine_listen(struct engine *e, bool on, uint16_t port, int64_t now_ms)
{
    sys_sock_close(&e->listener);
    e->host.port = 0;
    int error = on ? open_listener(e, port) : SYS_OK;
    for (struct swarm *s = e->swarms; s; s = s->next)
        if (s->trackers)
            trackers_set_port(s->trackers, e->host.port, now_ms);
    return error;
}

void
engine_set_limits(struct engine *e, uint64_t max_up, uint64_t max_down)
{
    e->up.per_s = max_up;
    e->down.per_s = max_down;
}

bool
engine_take_event(struct engine *e, struct engine_event *out)
{
    return events_take(&e->events, out);
}

void
engine_free(struct engine *e)
{
    while (e->swarms)
        engine_remove(e, e->swarms, 0);
    for (int i = 0; i < ARRIVALS_MAX; i++)
        conn_close(&e->arrivals[i].conn);
    sys_sock_close(&e->listener);
    roots_free(&e->roots);
    struct arena arena = e->arena; /* it holds the engine itself */
    arena_free(&arena);
}
