#include "engine/superseed.h"

#include <string.h>

#include "engine/peer.h"
#include "engine/tracker.h"
#include "engine/upload.h"

struct superseed {
    bool dry;          /* every piece that nobody has got yet was told to somebody */
    uint32_t next;     /* where to look for the next piece */
    uint32_t unseen;   /* pieces that no leecher has */
    uint16_t *told_to; /* by piece: book entry of who was told of it and owes it to the others */
};

static bool
is_other_seed(const struct swarm *s)
{
    int64_t seeds = 0, leechers;
    if (s->trackers)
        trackers_swarm_size(s->trackers, &seeds, &leechers);
    return seeds > 1; /* we are one */
}

void
superseed_start(struct swarm *s)
{
    uint32_t count = s->t->piece_count;
    if (!s->came_complete || s->pieces.have_count < count || is_other_seed(s))
        return;
    struct superseed *u = arena_take(&s->arena, 1, sizeof *u);
    if (!u || !(u->told_to = arena_take(&s->arena, count, sizeof *u->told_to)))
        return;
    memset(u->told_to, 0xff, count * sizeof *u->told_to); /* NOBODY */
    u->next = random_below(&s->host->random, count);
    u->unseen = count;
    s->superseed = u;
}

static void
end(struct swarm *s)
{
    s->superseed = NULL;
    for (uint32_t i = 0; i < s->peer_top; i++) {
        s->peers[i].have_log_at = 0;
        s->peers[i].told_count = s->peers[i].due_count = 0;
    }
}

void
superseed_tick(struct swarm *s)
{
    if (s->superseed && is_other_seed(s))
        end(s);
}

/* Is nobody else there to whom it could pass things on? */
static bool
is_alone(const struct swarm *s, const struct peer *p)
{
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (&s->peers[i] != p && s->peers[i].phase == PEER_LIVE)
            return false;
    return true;
}

/* Whoever was told of the piece owes it to nobody any more. */
static void
settle(struct swarm *s, uint32_t piece)
{
    uint16_t *told_to = &s->superseed->told_to[piece];
    struct peer *owner = *told_to == NOBODY ? NULL : swarm_peer_of(s, *told_to);
    if (owner && owner->told_count > 0) {
        owner->told_count--;
        owner->due_count -= owner->due_count > 0 && !peer_has(owner, piece);
    }
    *told_to = NOBODY;
}

void
superseed_on_have(struct swarm *s, struct peer *p, uint32_t piece)
{
    struct superseed *u = s->superseed;
    if (!u)
        return;
    if (p->is_seed || (s->picker.rarity[piece] == 1 && --u->unseen == 0)) {
        end(s);
        return;
    }
    bool is_own = u->told_to[piece] == p->entry;
    if (is_own && p->due_count > 0)
        p->due_count--;
    if (!is_own || is_alone(s, p))
        settle(s, piece);
}

void
superseed_on_bits(struct swarm *s, struct peer *p)
{
    for (uint32_t i = 0; s->superseed && i < s->t->piece_count; i++)
        if (bits_get(p->bits, i))
            superseed_on_have(s, p, i);
}

void
superseed_drop(struct swarm *s, const struct peer *p)
{
    struct superseed *u = s->superseed;
    if (!u)
        return;
    u->unseen = 0;
    for (uint32_t i = 0; i < s->t->piece_count; i++) {
        if (u->told_to[i] == p->entry)
            u->told_to[i] = NOBODY;
        u->unseen += s->picker.rarity[i] == 0;
    }
    u->dry = false;
}

void
superseed_on_choke(struct swarm *s, struct peer *p)
{
    struct superseed *u = s->superseed;
    for (uint32_t i = 0; u && p->due_count > 0 && i < s->t->piece_count; i++) {
        if (u->told_to[i] != p->entry || peer_has(p, i))
            continue;
        settle(s, i);
        u->dry = false;
    }
}

/* The next piece that nobody has and, unless `shared`, nobody was told of. */
static bool
find_piece(struct swarm *s, const struct peer *p, bool shared, uint32_t *piece)
{
    struct superseed *u = s->superseed;
    uint32_t count = s->t->piece_count;
    for (uint32_t n = 0; n < count; n++) {
        *piece = u->next;
        u->next = u->next + 1 < count ? u->next + 1 : 0;
        bool mine = u->told_to[*piece] == p->entry;
        if (s->picker.rarity[*piece] == 0 && !mine && (shared || u->told_to[*piece] == NOBODY))
            return true;
    }
    u->dry = true;
    return false;
}

static void
tell(struct swarm *s, struct peer *p, uint32_t piece)
{
    settle(s, piece);
    s->superseed->told_to[piece] = p->entry;
    p->told_count++;
    p->due_count++;
    peer_send_index(p, MSG_HAVE, piece);
}

/* Does it not fetch what it was told of? */
static bool
is_idle(const struct peer *p, int64_t now_ms)
{
    return p->due_count > 0 && p->in_count == 0 && now_ms - p->conn.put_ms >= SUPERSEED_FLIGHT_MS;
}

/* Was it told of its first piece just now, so that it may want a place among those we serve? */
static bool
is_invited(const struct peer *p, int64_t now_ms)
{
    return p->am_choking && p->due_count > 0 && !is_idle(p, now_ms);
}

/* How many pieces anybody may owe to the others, however slow it is. */
static uint64_t
least_told(const struct swarm *s, const struct peer *p, int64_t now_ms)
{
    bool stays_alone = now_ms - p->born_ms >= SUPERSEED_ALONE_MS && is_alone(s, p);
    uint32_t pieces = stays_alone ? SUPERSEED_PIECES_ALONE : SUPERSEED_PIECES_MIN;
    uint32_t least = SUPERSEED_SIZE_MIN / s->t->piece_length;
    return least > pieces ? least : pieces;
}

/* How many pieces somebody takes in within so long at this rate. */
static uint64_t
pieces_in(const struct swarm *s, const struct rate *rate, uint64_t ms, int64_t now_ms)
{
    return rate_get(rate, now_ms) * ms / 1000 / s->t->piece_length;
}

/* Has `p` a better claim to the next piece than `q`? The turn is that of those who owe least, then
 * of those who got least: all have as much to pass on. */
static bool
comes_before(const struct swarm *s, const struct peer *p, const struct peer *q)
{
    return p->told_count < q->told_count
           || (p->told_count == q->told_count
               && p->up.total + s->t->piece_length / 2 < q->up.total);
}

/* May it be told of one more piece? */
static bool
may_be_told(const struct swarm *s, const struct peer *p, uint32_t places, int64_t now_ms)
{
    bool served = !p->am_choking || (!p->is_interested && p->due_count == 0 && places > 0);
    return served && conn_room(&p->conn) >= PEER_PUT_RESERVE
           && p->told_count < least_told(s, p, now_ms)
                                  + pieces_in(s, &p->up, SUPERSEED_AHEAD_MS, now_ms);
}

/* Who is told of one more piece now: one of those whom we serve, or may serve. NULL: nobody, for
 * not much more is handed out at a time than the upload carries: each piece is whole the sooner. */
static struct peer *
next_peer(struct swarm *s, int64_t now_ms)
{
    struct peer *next = NULL;
    uint64_t in_flight = 0;
    uint32_t places = upload_places(s, now_ms);
    for (uint32_t i = 0; i < s->peer_top; i++)
        places -= places > 0 && s->peers[i].phase == PEER_LIVE && is_invited(&s->peers[i], now_ms);
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *p = &s->peers[i];
        if (p->phase != PEER_LIVE || is_idle(p, now_ms))
            continue;
        in_flight += p->due_count;
        if (may_be_told(s, p, places, now_ms) && (!next || comes_before(s, p, next)))
            next = p;
    }
    if (!next)
        return NULL;
    uint64_t most =
        least_told(s, next, now_ms) + pieces_in(s, &s->up, SUPERSEED_FLIGHT_MS, now_ms);
    return in_flight < most ? next : NULL;
}

void
superseed_turn(struct swarm *s, int64_t now_ms)
{
    struct superseed *u = s->superseed;
    struct peer *next;
    uint32_t piece;
    while (u && !u->dry && (next = next_peer(s, now_ms)) && find_piece(s, next, false, &piece))
        tell(s, next, piece);
    for (uint32_t i = 0; u && i < s->peer_top; i++) {
        struct peer *p = &s->peers[i];
        bool may_ask = !p->am_choking || !p->is_interested;
        bool waits = p->phase == PEER_LIVE && may_ask && p->in_count == 0
                     && now_ms - p->conn.put_ms >= SUPERSEED_IDLE_MS;
        if (waits && conn_room(&p->conn) >= PEER_PUT_RESERVE && find_piece(s, p, true, &piece))
            tell(s, p, piece);
    }
}
