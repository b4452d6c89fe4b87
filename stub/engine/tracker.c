/* Tiers, events and times of announces; see tracker.h. The bytes are tracker_udp's and
 * tracker_http's.
 *
 * Vocabulary: a tier asks one tracker at a time; a round is over when all of its trackers failed,
 * then the tier backs off. A tracker knows us from the first good answer to "started" until
 * "stopped". Until trackers_stop the tiers decide who is asked; afterwards every tracker that knows
 * us is told once. */
#include "engine/tracker_impl.h"

#include <string.h>

enum {
    UDP_TRIES_ALONE = 4,  /* 15 + 30 + 60 + 120 s */
    UDP_TRIES = 2,        /* where another tracker waits in the tier */
    PACKETS_A_TURN = 64,
    EARLY_DEFAULT_S = 300, /* without "min interval": no earlier again than this */
    REST_MAX_S = 86400,    /* for what a tracker says about coming again */
    TEXT_SIZE = 160,
};

/* ---- What a person is told */

/* Says each thing once: a tracker that stays dead is no news. `verb` stands between the tracker's
 * name and the words; NULL: the words name it. */
static void
tell(struct trackers *t, struct tracker *k, const char *code, const char *verb, struct bytes words)
{
    char text[TEXT_SIZE], name[TEXT_SIZE];
    struct buf b = BUF(text), n = BUF(name);
    uint32_t hash = 2166136261u; /* FNV-1a */
    buf_add(&b, bytes_first(words, sizeof text - 1));
    if (verb)
        buf_add(&n, bytes_first(k->url.host, sizeof name - 1));
    for (size_t i = 0; i < b.len; i++)
        hash = (hash ^ b.ptr[i]) * 16777619u;
    if (hash == k->told)
        return;
    k->told = hash;
    events_add(t->config.events, ENGINE_WARNING, t->config.swarm, code,
               EVENT_TEXT("Tracker ", buf_cstr(&n), verb ? verb : "", buf_cstr(&b)));
}

/* ---- Asking */

static bool
is_udp(const struct tracker *k)
{
    return k->url.scheme == URL_UDP;
}

/* A free HTTP slot; NULL: all are busy. */
static struct tracker_http *
take_http(struct trackers *t)
{
    for (size_t i = 0; i < t->http_max; i++) {
        if (t->http[i] && t->http[i]->is_busy)
            continue;
        if (!t->http[i])
            t->http[i] = arena_take(t->arena, 1, sizeof *t->http[i]);
        if (!t->http[i])
            t->http_max = i; /* no memory: so many have to do */
        return t->http[i];
    }
    return NULL;
}

/* Ends an announce, with or without an answer. */
static void
end_asking(struct tracker *k)
{
    tracker_udp_cancel(&k->udp);
    if (k->http)
        tracker_http_close(k->http);
    k->http = NULL;
    k->is_asking = false;
}

/* What trackers are told; 0 would be refused by some. */
static uint16_t
port_told(const struct trackers *t)
{
    return t->config.port ? t->config.port : 1;
}

static void
compose(const struct trackers *t, struct tracker *k, enum announce_event event,
        const struct tracker_figures *figures)
{
    const struct tracker_config *c = &t->config;
    struct announce_request *r = &k->request;
    *r = (struct announce_request){
        .port = port_told(t),
        .uploaded = figures->uploaded,
        .downloaded = figures->downloaded,
        .left = figures->left,
        .event = event,
        .key = c->key,
        .tracker_id = {k->id, k->id_len},
    };
    if (event != EVENT_STOPPED) /* a seed too: behind a router it is the one who must call */
        r->numwant = ANNOUNCE_NUMWANT;
    memcpy(r->info_hash, c->info_hash, SHA1_SIZE);
    memcpy(r->peer_id, c->peer_id, sizeof r->peer_id);
}

/* False: not now, all HTTP slots are busy. */
static bool
ask(struct trackers *t, struct tracker *k, enum announce_event event,
    const struct tracker_figures *figures, int64_t now_ms)
{
    if (!is_udp(k)) {
        const struct fetch_config config = {
            .purpose = FETCH_FOR_TRACKER,
            .roots = t->config.roots,
            .user_agent = t->config.user_agent,
            .accept_gzip = true,
        };
        k->http = take_http(t);
        if (!k->http)
            return false;
        compose(t, k, event, figures);
        tracker_http_start(k->http, &config, &k->url, &k->request, now_ms);
    } else {
        const struct addr any = {0};
        bool alone = t->tiers[k->tier].count == 1;
        if (t->udp_sock == SYS_NONE)
            sys_udp_open(&any, &t->udp_sock); /* without it, sending will fail */
        compose(t, k, event, figures);
        tracker_udp_start(&k->udp, t->udp_sock, &k->url, &k->request,
                          alone || t->stopping ? UDP_TRIES_ALONE : UDP_TRIES, t->stopping, now_ms);
    }
    k->is_asking = true;
    return true;
}

/* ---- Answers */

/* Between three quarters and five quarters, so that a crowd does not come back at once. */
static int64_t
about(struct trackers *t, int64_t ms)
{
    return ms - ms / 4 + (int64_t)random_below(&t->random, (uint32_t)(ms / 2) + 1);
}

static int64_t
clamp(int64_t v, int64_t min, int64_t max)
{
    return v < min ? min : v > max ? max : v;
}

/* The tier goes on to its next tracker, at once. */
static void
pass_on(struct trackers *t, struct tracker *k, int64_t now_ms)
{
    struct tier *r = &t->tiers[k->tier];
    r->is_asking = false;
    r->at++;
    r->due_ms = r->early_ms = now_ms;
}

/* BEP 12: the one that answered comes first from now on. */
static void
move_to_front(struct trackers *t, struct tier *r)
{
    uint32_t *order = &t->order[r->first];
    uint32_t best = order[r->at];
    memmove(order + 1, order, r->at * sizeof *order);
    order[0] = best;
    r->at = 0;
}

static void
take_peers(struct trackers *t, const struct announce_answer *a)
{
    uint32_t room = CANDIDATES_MAX - t->peer_count;
    uint32_t n = a->peer_count < room ? a->peer_count : room;
    memcpy(t->peers + t->peer_count, a->peers, n * sizeof *a->peers);
    t->peer_count += n;
}

static void
take_facts(struct trackers *t, struct tracker *k, const struct announce_answer *a)
{
    k->seeds = a->seeds;
    k->leechers = a->leechers;
    if (a->tracker_id.len > 0 && a->tracker_id.len <= TRACKER_ID_MAX) {
        memcpy(k->id, a->tracker_id.ptr, a->tracker_id.len);
        k->id_len = a->tracker_id.len;
    }
    struct addr none = {0};
    if (!addr_same_ip(&a->external, &none))
        t->external = a->external;
    if (a->warning.len > 0)
        tell(t, k, "tracker", " warns: ", a->warning);
}

static void
take_answer(struct trackers *t, struct tracker *k, const struct announce_answer *a, int64_t now_ms)
{
    struct tier *r = &t->tiers[k->tier];
    int64_t interval = a->interval_s ? a->interval_s : ANNOUNCE_INTERVAL_DEFAULT_S;
    int64_t early = a->interval_min_s ? a->interval_min_s : EARLY_DEFAULT_S;
    interval = clamp(interval, ANNOUNCE_INTERVAL_MIN_S, ANNOUNCE_INTERVAL_MAX_S);
    early = clamp(early, ANNOUNCE_INTERVAL_MIN_S, ANNOUNCE_INTERVAL_MAX_S);
    interval = interval < early && a->interval_min_s ? early : interval;
    take_facts(t, k, a);
    take_peers(t, a);
    k->works = k->knows_us = true;
    if (k->request.event == EVENT_COMPLETED)
        k->completed_due = false;
    move_to_front(t, r);
    r->is_asking = false;
    r->failures = 0;
    r->due_ms = now_ms + interval * 1000;
    r->early_ms = now_ms + (early < interval ? early : interval) * 1000;
    if (k->completed_due || k->request.port != port_told(t))
        r->due_ms = now_ms;
}

/* It answered, but "no". */
static void
take_refusal(struct trackers *t, struct tracker *k, const struct announce_answer *a, int64_t now_ms)
{
    k->never = a->retry_never;
    k->rest_until_ms = now_ms + clamp((int64_t)a->retry_min * 60, 0, REST_MAX_S) * 1000;
    tell(t, k, "tracker", " says: ", a->failure);
}

static void
tell_failure(struct trackers *t, struct tracker *k, int64_t now_ms)
{
    if (!k->http) {
        tell(t, k, "tracker", ": ", bytes_of_text(k->udp.why));
        return;
    }
    const struct fetch *f = &k->http->fetch;
    tell(t, k, f->tls_trouble ? "tls" : "tracker", NULL, bytes_of_text(k->http->why));
    k->rest_until_ms = now_ms + clamp(f->retry_after_s, 0, REST_MAX_S) * 1000;
}

static void
settle(struct trackers *t, struct tracker *k, enum tracker_result result,
       const struct announce_answer *a, int64_t now_ms)
{
    bool refused = result == TRACKER_ANSWERED && a->failure.len > 0;
    if (result == TRACKER_PENDING)
        return;
    if (t->stopping) {
        k->goodbye_due = k->request.event != EVENT_STOPPED;
        k->knows_us = k->goodbye_due;
        k->completed_due = false;
    } else if (result == TRACKER_ANSWERED && !refused) {
        take_answer(t, k, a, now_ms);
    } else {
        k->works = false;
        if (k->request.event == EVENT_STARTED)
            k->completed_due = false;
        if (refused)
            take_refusal(t, k, a, now_ms);
        else
            tell_failure(t, k, now_ms);
        pass_on(t, k, now_ms);
    }
    end_asking(k);
}

/* ---- Each turn */

static void
receive(struct trackers *t, const struct sys_wants *w, struct scratch *s, int64_t now_ms)
{
    for (int n = 0; n < PACKETS_A_TURN && sys_can_read(w, t->udp_want); n++) {
        struct announce_answer a;
        struct addr from;
        bool taken = false;
        int64_t len = sys_udp_recv(t->udp_sock, s->bytes, sizeof s->bytes, &from);
        if (len == SYS_AGAIN)
            break;
        for (uint32_t i = 0; len > 0 && i < t->count && !taken; i++) {
            struct bytes packet = bytes_of(s->bytes, (size_t)len);
            settle(t, &t->v[i], tracker_udp_take(&t->v[i].udp, packet, &from, &a, &taken, now_ms),
                   &a, now_ms);
        }
    }
}

static void
turn_tracker(struct trackers *t, struct tracker *k, const struct sys_wants *w, struct scratch *s,
             int64_t now_ms)
{
    struct announce_answer a;
    if (!k->is_asking)
        return;
    if (k->http)
        settle(t, k, tracker_http_turn(k->http, w, s, &a, now_ms), &a, now_ms);
    else
        settle(t, k, tracker_udp_turn(&k->udp, now_ms), &a, now_ms);
}

/* All trackers of a tier have failed: when to begin again. */
static void
end_round(struct trackers *t, struct tier *r, int64_t now_ms)
{
    int64_t wait = ANNOUNCE_RETRY_MIN_S * 1000;
    int64_t rest_until = INT64_MAX; /* that of the first one that may be asked again */
    for (uint32_t n = 0; n < r->failures && wait < ANNOUNCE_RETRY_MAX_S * 1000; n++)
        wait *= 2;
    for (uint32_t n = 0; n < r->count; n++) {
        const struct tracker *k = &t->v[t->order[r->first + n]];
        if (!k->never && k->rest_until_ms < rest_until)
            rest_until = k->rest_until_ms;
    }
    r->at = 0;
    r->failures++;
    r->due_ms = now_ms + about(t, clamp(wait, 0, ANNOUNCE_RETRY_MAX_S * 1000));
    if (r->due_ms < rest_until)
        r->due_ms = rest_until;
    r->early_ms = r->due_ms;
}

static void
turn_tier(struct trackers *t, struct tier *r, const struct tracker_figures *figures, int64_t now_ms)
{
    while (!r->is_asking && now_ms >= r->due_ms) {
        if (r->at == r->count) {
            end_round(t, r, now_ms);
            return;
        }
        struct tracker *k = &t->v[t->order[r->first + r->at]];
        if (k->never || now_ms < k->rest_until_ms) {
            r->at++;
            continue;
        }
        enum announce_event event = !k->knows_us       ? EVENT_STARTED
                                    : k->completed_due ? EVENT_COMPLETED
                                                       : EVENT_NONE;
        if (!ask(t, k, event, figures, now_ms))
            return;
        r->is_asking = true;
    }
}

void
trackers_turn(struct trackers *t, const struct sys_wants *w, struct scratch *s,
              const struct tracker_figures *figures, int64_t now_ms)
{
    receive(t, w, s, now_ms);
    for (uint32_t i = 0; i < t->count; i++) {
        turn_tracker(t, &t->v[i], w, s, now_ms);
        if (t->v[i].goodbye_due && !t->v[i].is_asking)
            ask(t, &t->v[i], t->v[i].completed_due ? EVENT_COMPLETED : EVENT_STOPPED, figures,
                now_ms);
    }
    for (uint32_t i = 0; i < t->tier_count && !t->stopping; i++)
        turn_tier(t, &t->tiers[i], figures, now_ms);
}

void
trackers_wants(struct trackers *t, struct sys_wants *w, int64_t now_ms)
{
    bool http_is_free = false;
    bool waits = false; /* for UDP packets */
    for (size_t i = 0; i < t->http_max; i++)
        http_is_free = http_is_free || !t->http[i] || !t->http[i]->is_busy;
    for (uint32_t i = 0; i < t->count; i++) {
        struct tracker *k = &t->v[i];
        if (k->goodbye_due && !k->is_asking && (http_is_free || is_udp(k)))
            sys_wants_wake(w, now_ms);
        if (k->is_asking && k->http) {
            tracker_http_wants(k->http, w);
        } else if (k->is_asking) {
            tracker_udp_wants(&k->udp, w);
            waits = true;
        }
    }
    /* A tier that waits for an HTTP slot is woken by the one that becomes free. */
    for (uint32_t i = 0; i < t->tier_count && !t->stopping; i++)
        if (!t->tiers[i].is_asking && (t->tiers[i].due_ms > now_ms || http_is_free))
            sys_wants_wake(w, t->tiers[i].due_ms);
    t->udp_want = waits ? sys_wants_add(w, t->udp_sock, true, false) : 0;
}

/* ---- What the swarm says */

uint32_t
trackers_take_peers(struct trackers *t, struct addr *out, uint32_t max)
{
    uint32_t n = t->peer_count < max ? t->peer_count : max;
    t->peer_count -= n;
    memcpy(out, t->peers + t->peer_count, n * sizeof *out);
    return n;
}

void
trackers_completed(struct trackers *t, int64_t now_ms)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct tracker *k = &t->v[i];
        k->completed_due = k->knows_us || (k->is_asking && k->request.event == EVENT_STARTED);
    }
    for (uint32_t i = 0; i < t->tier_count; i++) {
        struct tier *r = &t->tiers[i];
        const struct tracker *k = &t->v[t->order[r->first]];
        if (k->completed_due && r->at == 0 && r->failures == 0)
            r->due_ms = now_ms;
    }
}

void
trackers_hurry(struct trackers *t, int64_t now_ms)
{
    for (uint32_t i = 0; i < t->tier_count; i++) {
        struct tier *r = &t->tiers[i];
        int64_t early = r->early_ms > now_ms ? r->early_ms : now_ms;
        if (r->due_ms > early)
            r->due_ms = early;
    }
}

void
trackers_stop(struct trackers *t)
{
    t->stopping = true;
    for (uint32_t i = 0; i < t->count; i++) {
        struct tracker *k = &t->v[i];
        /* One that is just being told of completion hears the end of it. */
        if (k->request.event != EVENT_COMPLETED)
            end_asking(k);
        k->goodbye_due = k->knows_us;
        k->completed_due = k->completed_due && k->knows_us;
    }
}

void
trackers_start(struct trackers *t, int64_t now_ms)
{
    t->stopping = false;
    for (uint32_t i = 0; i < t->count; i++) {
        end_asking(&t->v[i]);
        t->v[i].goodbye_due = t->v[i].knows_us = t->v[i].completed_due = false;
    }
    for (uint32_t i = 0; i < t->tier_count; i++) {
        struct tier *r = &t->tiers[i];
        *r = (struct tier){.first = r->first, .count = r->count, .due_ms = now_ms};
    }
}

void
trackers_set_port(struct trackers *t, uint16_t port, int64_t now_ms)
{
    t->config.port = port;
    for (uint32_t i = 0; i < t->tier_count; i++) {
        struct tier *r = &t->tiers[i];
        if (r->at == 0 && r->failures == 0)
            r->due_ms = now_ms;
    }
}

bool
trackers_stopped(const struct trackers *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->v[i].goodbye_due)
            return false;
    return t->stopping;
}

uint32_t
trackers_count(const struct trackers *t)
{
    return t->count;
}

uint32_t
trackers_working(const struct trackers *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->count; i++)
        n += t->v[i].works;
    return n;
}

void
trackers_swarm_size(const struct trackers *t, int64_t *seeds, int64_t *leechers)
{
    *seeds = *leechers = -1;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct tracker *k = &t->v[i];
        *seeds = k->seeds > *seeds ? k->seeds : *seeds;
        *leechers = k->leechers > *leechers ? k->leechers : *leechers;
    }
}

bool
trackers_external(const struct trackers *t, struct addr *out)
{
    *out = t->external;
    return !addr_same_ip(out, &(struct addr){0});
}

void
trackers_close(struct trackers *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        end_asking(&t->v[i]);
        t->v[i].goodbye_due = false;
    }
    sys_sock_close(&t->udp_sock);
}
