/* One UDP tracker; see tracker_udp.h. BEP 15: connect, take the connection id, announce with it
 * for a minute; a packet without an answer is sent again after 15 * 2^n seconds. Local addresses
 * are all right, see url_ok_for_tracker. */
#include "engine/tracker_udp.h"

enum {
    RESEND_MS = 15000,
    HASTE_MS = 500,
    CONNECTION_MS = 60000,
    LOOKUP_RETRY_MS = 100, /* too many look-ups under way */
};

static enum tracker_result
fail(struct tracker_udp *u, const char *why)
{
    tracker_udp_cancel(u);
    u->why = why;
    return TRACKER_FAILED;
}

static bool
is_connected(const struct tracker_udp *u, int64_t now_ms)
{
    return u->connected_ms > 0 && now_ms - u->connected_ms < CONNECTION_MS;
}

/* Sends the packet of the phase; where one address cannot be reached from here, to the next. */
static enum tracker_result
send_packet(struct tracker_udp *u, int64_t now_ms)
{
    uint8_t mem[UDP_TRACKER_PACKET_MAX];
    struct buf b = BUF(mem);
    int64_t sent = SYS_UNREACHABLE;
    if (u->phase == TRACKER_UDP_ANNOUNCE) {
        udp_tracker_announce(&b, u->connection, u->transaction, u->url, u->request);
        sent = sys_udp_send(u->sock, b.ptr, b.len, &u->addr);
    } else {
        udp_tracker_connect(&b, u->transaction);
        for (size_t n = 0; n < u->lookup.count && sent < 0 && sent != SYS_AGAIN; n++) {
            u->addr = u->lookup.addrs[u->addr_index++ % u->lookup.count];
            sent = sys_udp_send(u->sock, b.ptr, b.len, &u->addr);
        }
    }
    if (sent < 0 && sent != SYS_AGAIN)
        return fail(u, "it cannot be reached from here");
    u->deadline_ms = now_ms + (u->in_haste ? HASTE_MS : (int64_t)RESEND_MS << u->tries);
    u->tries++;
    return TRACKER_PENDING;
}

static enum tracker_result
enter(struct tracker_udp *u, enum tracker_udp_phase phase, int64_t now_ms)
{
    u->phase = phase;
    sys_random(&u->transaction, sizeof u->transaction);
    return send_packet(u, now_ms);
}

static enum tracker_result
turn_lookup(struct tracker_udp *u, int64_t now_ms)
{
    u->deadline_ms = now_ms + LOOKUP_RETRY_MS;
    if (!u->lookup.active && !lookup_start(&u->lookup, u->url->host, u->url->port))
        return TRACKER_PENDING;
    switch (lookup_poll(&u->lookup)) {
    case SYS_OK: return enter(u, TRACKER_UDP_CONNECT, now_ms);
    case SYS_AGAIN: return TRACKER_PENDING;
    case SYS_NOT_FOUND: return fail(u, "no such host");
    case SYS_TIMED_OUT: return fail(u, "the name server does not answer");
    default: return fail(u, "its address could not be looked up");
    }
}

void
tracker_udp_start(struct tracker_udp *u, sys_sock sock, const struct url *url,
                  const struct announce_request *request, int tries_max, bool in_haste,
                  int64_t now_ms)
{
    tracker_udp_cancel(u);
    u->sock = sock;
    u->url = url;
    u->request = request;
    u->tries = 0;
    u->tries_max = tries_max;
    u->in_haste = in_haste;
    u->reused = is_connected(u, now_ms);
    u->why = NULL;
    if (u->reused)
        enter(u, TRACKER_UDP_ANNOUNCE, now_ms);
    else if (in_haste && u->lookup.count > 0)
        enter(u, TRACKER_UDP_CONNECT, now_ms);
    else
        u->phase = TRACKER_UDP_LOOKUP;
}

void
tracker_udp_wants(const struct tracker_udp *u, struct sys_wants *w)
{
    if (u->why || (u->phase == TRACKER_UDP_LOOKUP && !u->lookup.active))
        sys_wants_wake(w, u->why || u->deadline_ms == 0 ? 0 : u->deadline_ms);
    else if (u->phase == TRACKER_UDP_CONNECT || u->phase == TRACKER_UDP_ANNOUNCE)
        sys_wants_wake(w, u->deadline_ms);
}

enum tracker_result
tracker_udp_turn(struct tracker_udp *u, int64_t now_ms)
{
    if (u->phase == TRACKER_UDP_LOOKUP)
        return turn_lookup(u, now_ms);
    if (u->why)
        return TRACKER_FAILED;
    if (u->phase == TRACKER_UDP_REST || now_ms < u->deadline_ms)
        return TRACKER_PENDING;
    if (u->tries >= u->tries_max)
        return fail(u, "no answer");
    if (u->phase == TRACKER_UDP_ANNOUNCE && !is_connected(u, now_ms))
        return enter(u, TRACKER_UDP_CONNECT, now_ms);
    return send_packet(u, now_ms);
}

enum tracker_result
tracker_udp_take(struct tracker_udp *u, struct bytes packet, const struct addr *from,
                 struct announce_answer *a, bool *taken, int64_t now_ms)
{
    struct udp_tracker_answer answer;
    bool waits = u->phase == TRACKER_UDP_CONNECT || u->phase == TRACKER_UDP_ANNOUNCE;
    *taken = waits && addr_equal(from, &u->addr) &&
             udp_tracker_parse(&answer, a, packet, !addr_is_v4(from)) &&
             answer.transaction == u->transaction;
    if (!*taken)
        return TRACKER_PENDING;
    bool announcing = u->phase == TRACKER_UDP_ANNOUNCE;
    if (answer.kind == UDP_TRACKER_CONNECTED && !announcing) {
        u->connection = answer.connection;
        u->connected_ms = now_ms;
        u->tries = 0;
        return enter(u, TRACKER_UDP_ANNOUNCE, now_ms);
    }
    if (answer.kind == UDP_TRACKER_ANNOUNCED && announcing) {
        u->phase = TRACKER_UDP_REST;
        return TRACKER_ANSWERED;
    }
    if (answer.kind != UDP_TRACKER_ERROR)
        return TRACKER_PENDING;
    u->connected_ms = 0;
    if (u->reused) { /* it may have forgotten the connection */
        u->reused = false;
        u->tries = 0;
        return enter(u, TRACKER_UDP_CONNECT, now_ms);
    }
    u->phase = TRACKER_UDP_REST;
    *a = (struct announce_answer){.seeds = -1, .leechers = -1, .failure = answer.error};
    if (a->failure.len == 0)
        a->failure = BYTES("no reason given");
    return TRACKER_ANSWERED;
}

void
tracker_udp_cancel(struct tracker_udp *u)
{
    lookup_cancel(&u->lookup);
    u->phase = TRACKER_UDP_REST;
    u->why = NULL;
    u->deadline_ms = 0;
}
