#include "engine/download.h"

#include "base/check.h"
#include "engine/end_game.h"
#include "engine/intake.h"
#include "engine/peer.h"

enum {
    NO_PIECE = UINT32_MAX,
    IN_STEP_RATE = 16 << 20, /* bytes a second; below, hashing takes no time worth saving */
};

/* --- choosing ------------------------------------------------------------------------- */

bool
download_fits(const struct swarm *s, const struct peer *p, const struct active_piece *a)
{
    return a->used && s->pieces.state[a->piece] == PIECE_ACTIVE && peer_has(p, a->piece)
           && peer_may_ask(p, a->piece);
}

/* Did it let a request for this piece time out? Then the piece is for others to finish. */
static bool
owes(struct peer *p, uint32_t piece, int64_t now_ms)
{
    for (uint32_t i = 0; i < p->out_count; i++) { /* the oldest come first */
        const struct block_request *r = peer_out_get(p, i);
        if (now_ms - r->asked_ms < REQUEST_TIMEOUT_MS)
            return false;
        if (r->piece == piece)
            return true;
    }
    return false;
}

/* A free block of a piece in work that passes `own` (this peer's), `orphan` (nobody's, or old
 * enough to be shared) or else any. */
enum claim { CLAIM_OWN, CLAIM_ORPHAN, CLAIM_ANY };

static struct active_piece *
find_in_work(struct swarm *s, struct peer *p, enum claim claim, uint32_t but, int64_t now_ms)
{
    for (uint32_t i = 0; i < s->pieces.active_top; i++) {
        struct active_piece *a = &s->pieces.active[i];
        if (!a->used || a->free_count == 0 || a->piece == but)
            continue;
        bool mine = a->owner == p->entry;
        bool orphan = a->owner == NOBODY
                      || (!a->solo && now_ms - a->since_ms >= PIECE_SHARED_MS);
        bool ok = claim == CLAIM_OWN ? mine : claim == CLAIM_ORPHAN ? orphan : !a->solo;
        if (!ok || !download_fits(s, p, a) || owes(p, a->piece, now_ms))
            continue;
        if (a->owner == NOBODY)
            a->owner = p->entry;
        return a;
    }
    return NULL;
}

/* Begins a new piece; the first few at random, so that there is something to trade soon. */
static struct active_piece *
begin_piece(struct swarm *s, const struct peer *p, int64_t now_ms)
{
    enum { RANDOM_FIRST = 4 };
    uint32_t piece;
    bool any = s->pieces.have_count < RANDOM_FIRST;
    bool found = false;
    if (!p->is_choking)
        found = picker_pick(&s->picker, p->is_seed ? NULL : p->bits, any, &piece);
    for (uint32_t i = 0; p->is_choking && !found && i < p->allowed_in_count; i++) {
        piece = p->allowed_in[i];
        found = s->picker.place[piece] != PICKER_OUT && peer_has(p, piece);
    }
    if (!found)
        return NULL;
    struct active_piece *a = pieces_activate(&s->pieces, piece, p->entry, now_ms);
    if (!a)
        return NULL;
    a->solo = blame_is_open(&s->blame, piece);
    picker_remove(&s->picker, piece);
    return a;
}

static struct active_piece *
choose_piece(struct swarm *s, struct peer *p, int64_t now_ms)
{
    /* From a fast peer two pieces by turns: what comes is hashed in step. */
    uint32_t but = NO_PIECE;
    if (p->out_count > 0 && rate_get(&p->down, now_ms) >= IN_STEP_RATE)
        but = peer_out_get(p, p->out_count - 1)->piece;
    struct active_piece *a = find_in_work(s, p, CLAIM_OWN, but, now_ms);
    if (!a)
        a = find_in_work(s, p, CLAIM_ORPHAN, NO_PIECE, now_ms);
    if (!a)
        a = begin_piece(s, p, now_ms);
    if (!a && but != NO_PIECE)
        a = find_in_work(s, p, CLAIM_OWN, NO_PIECE, now_ms);
    return a ? a : find_in_work(s, p, CLAIM_ANY, NO_PIECE, now_ms);
}

static struct active_piece *
choose(struct swarm *s, struct peer *p, uint32_t *block, int64_t now_ms)
{
    struct active_piece *a = choose_piece(s, p, now_ms);
    if (a) {
        bool found = pieces_free_block(a, block);
        check(found);
        return a;
    }
    return p->out_count < END_GAME_REQUESTS ? end_game_find(s, p, block, now_ms) : NULL;
}

/* --- asking --------------------------------------------------------------------------- */

static uint32_t
target_of(const struct swarm *s, const struct peer *p, int64_t now_ms)
{
    uint32_t most = p->ext.reqq ? p->ext.reqq : 250; /* what clients of old allow */
    if (most > REQUESTS_OUT_MAX)
        most = REQUESTS_OUT_MAX;
    if (most > p->out_target)
        most = p->out_target;
    uint32_t share = end_game_share(s, p, now_ms);
    return share < most ? share : most;
}

static void
ask(struct swarm *s, struct peer *p, struct active_piece *a, uint32_t block, int64_t now_ms)
{
    pieces_ask(a, block);
    if (p->out_count == 0)
        p->last_block_ms = now_ms;
    peer_out_add(p, (struct block_request){.piece = a->piece, .block = block,
                                           .serial = a->serial, .asked_ms = now_ms});
    peer_send_request(p, MSG_REQUEST, a->piece, block * BLOCK_SIZE,
                      geometry_block_size(s->t, a->piece, block));
}

void
download_fill(struct swarm *s, struct peer *p, int64_t now_ms)
{
    if (!p->am_interested || p->snubbed || now_ms < p->idle_until_ms || !swarm_is_fetching(s)
        || (p->is_choking && p->allowed_in_count == 0))
        return;
    uint32_t target = target_of(s, p, now_ms);
    if (p->out_count > target / 2 && p->out_count + 8 > target)
        return; /* a few at a time: fewer packets */
    while (p->out_count < target && conn_room(&p->conn) >= PEER_PUT_RESERVE) {
        uint32_t block;
        struct active_piece *a = choose(s, p, &block, now_ms);
        if (!a) {
            p->idle_until_ms = now_ms + IDLE_MS;
            return;
        }
        ask(s, p, a, block, now_ms);
    }
}

/* --- taking --------------------------------------------------------------------------- */

void
download_cancel_others(struct swarm *s, uint32_t piece, uint32_t block)
{
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *p = &s->peers[i];
        if (p->phase != PEER_LIVE)
            continue;
        uint32_t at = peer_out_find(p, piece, block);
        if (at == p->out_count)
            continue;
        peer_send_request(p, MSG_CANCEL, piece, block * BLOCK_SIZE,
                          geometry_block_size(s->t, piece, block));
        peer_out_get(p, at)->released = true;
        if (!p->fast) /* with BEP 6 the answer, block or reject, removes it */
            peer_out_remove(p, at);
    }
}

/* Keeps requests waiting at the peer for a while, or up to twice as long: then it never idles, and
 * nothing is asked long before it can come. A leecher has more to give each moment, and what it
 * sends is passed on: there a long queue would hold up the swarm. */
static void
adapt_target(struct peer *p, int64_t delay_ms)
{
    if (p->base_ms == 0 || delay_ms < p->base_ms)
        p->base_ms = delay_ms > 0 ? delay_ms : 1;
    int64_t queue_ms = delay_ms - p->base_ms;
    int64_t aim_ms = p->is_seed ? TARGET_QUEUE_MS : TARGET_LEECHER_MS;
    if (queue_ms < aim_ms && p->out_target < REQUESTS_OUT_MAX)
        p->out_target++;
    else if (queue_ms > 2 * aim_ms && p->out_target > TARGET_MIN)
        p->out_target--;
}

void
download_on_piece(struct swarm *s, struct peer *p, const struct peer_message *m, int64_t now_ms)
{
    uint32_t block = m->begin / BLOCK_SIZE;
    uint32_t at = peer_out_find(p, m->piece, block);
    if (at == p->out_count || m->begin % BLOCK_SIZE != 0
        || m->body.len != geometry_block_size(s->t, m->piece, block)) {
        s->tally.wasted += (int64_t)m->body.len;
        if (++p->unasked > REQUESTS_OUT_MAX)
            conn_fail(&p->conn, "sends what nobody asked for");
        return;
    }
    struct block_request r = *peer_out_get(p, at);
    peer_out_remove(p, at);
    p->last_block_ms = now_ms;
    p->snubbed = false;
    adapt_target(p, now_ms - r.asked_ms);
    rate_count(&p->down, m->body.len, now_ms);
    struct active_piece *a = pieces_find(&s->pieces, m->piece);
    if (a && a->serial == r.serial && a->asked[block] != BLOCK_HAVE && !r.released)
        pieces_unask(a, block);
    s->tally.from_peers += (int64_t)m->body.len;
    intake_add(s, m->piece, block, m->body, p->entry, now_ms);
}

/* --- giving up ------------------------------------------------------------------------ */

static void
release(struct swarm *s, struct peer *p, const struct block_request *r)
{
    struct active_piece *a = pieces_find(&s->pieces, r->piece);
    if (!a || a->serial != r->serial || s->pieces.state[r->piece] != PIECE_ACTIVE)
        return;
    if (!r->released)
        pieces_unask(a, r->block);
    if (a->owner == p->entry)
        a->owner = NOBODY;
    if (a->have_count == 0 && a->free_count == a->block_count) {
        uint32_t piece = a->piece;
        pieces_abandon(&s->pieces, a);
        swarm_piece_missing(s, piece);
    }
}

void
download_on_reject(struct swarm *s, struct peer *p, uint32_t piece, uint32_t begin)
{
    uint32_t at = peer_out_find(p, piece, begin / BLOCK_SIZE);
    if (at == p->out_count)
        return;
    struct block_request r = *peer_out_get(p, at);
    peer_out_remove(p, at);
    release(s, p, &r);
}

void
download_drop(struct swarm *s, struct peer *p)
{
    while (p->out_count > 0) {
        struct block_request r = *peer_out_get(p, 0);
        peer_out_remove(p, 0);
        release(s, p, &r);
    }
    for (uint32_t i = 0; i < s->pieces.active_top; i++)
        if (s->pieces.active[i].used && s->pieces.active[i].owner == p->entry)
            s->pieces.active[i].owner = NOBODY;
}

/* Others may be asked for it; what comes after all is taken. */
static void
give_up(struct swarm *s, struct peer *p, struct block_request *r)
{
    if (!r->released) {
        release(s, p, r);
        r->released = true;
    }
}

void
download_tick(struct swarm *s, struct peer *p, int64_t now_ms)
{
    /* The way to the peer may have become longer: forget slowly. */
    if (p->base_ms > 0 && p->base_ms < BASE_DELAY_MAX_MS)
        p->base_ms += p->base_ms / 16 + 1;
    /* Not only silence counts: a peer may answer all requests but the one that matters. */
    for (uint32_t i = 0; i < p->out_count; i++) {
        struct block_request *r = peer_out_get(p, i);
        if (now_ms - r->asked_ms >= REQUEST_TIMEOUT_MS)
            give_up(s, p, r);
    }
    if (p->out_count == 0 || p->snubbed || now_ms - p->last_block_ms < SNUB_MS)
        return;
    p->snubbed = true;
    p->out_target = TARGET_MIN;
    for (uint32_t i = 0; i < p->out_count; i++)
        give_up(s, p, peer_out_get(p, i));
}
