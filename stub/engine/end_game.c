#include "engine/end_game.h"

#include "engine/download.h"
#include "engine/peer.h"
#include "engine/webseeding.h"

/* More than all peers together may owe: where so much is left it is not looked at closer. */
enum { SHARE_BLOCKS_MAX = 16384 };

/* Blocks that are not there yet, at most. */
static uint64_t
blocks_left(const struct swarm *s)
{
    const struct pieces *v = &s->pieces;
    uint64_t left = (uint64_t)v->wanted_left * geometry_blocks_per_piece(s->t);
    for (uint32_t i = 0; i < v->active_top && left < SHARE_BLOCKS_MAX; i++)
        if (v->active[i].used)
            left -= v->active[i].have_count;
    return left;
}

uint32_t
end_game_share(const struct swarm *s, const struct peer *p, int64_t now_ms)
{
    uint64_t rate = rate_get(&s->down, now_ms), left = blocks_left(s);
    if (left >= SHARE_BLOCKS_MAX || rate == 0)
        return UINT32_MAX;
    uint64_t share = left * rate_get(&p->down, now_ms) / rate * 3 / 4 + 1;
    return share < END_GAME_REQUESTS ? END_GAME_REQUESTS : (uint32_t)share;
}

/* When somebody will have sent `bytes` more, who was last heard of `silent_ms` ago. */
static int64_t
time_for(const struct rate *rate, int64_t bytes, int64_t silent_ms, int64_t now_ms)
{
    int64_t per_s = (int64_t)rate_get(rate, now_ms);
    if (per_s < END_GAME_RATE_MIN)
        per_s = END_GAME_RATE_MIN;
    return silent_ms + bytes * 1000 / per_s;
}

/* May `p` be asked for this block, which others owe? */
static struct active_piece *
shared_piece(struct swarm *s, struct peer *p, uint32_t piece, uint32_t serial, uint32_t block)
{
    struct active_piece *a = pieces_find(&s->pieces, piece);
    bool good = a && a->serial == serial && !a->solo && download_fits(s, p, a)
                && a->asked[block] < END_GAME_ASKERS
                && peer_out_find(p, piece, block) == p->out_count;
    return good ? a : NULL;
}

/* The last block that `q` owes and `p` may be asked for, if it takes longer than `*longest_ms`. */
static struct active_piece *
find_at_peer(struct swarm *s, struct peer *p, struct peer *q, uint32_t *block,
             int64_t *longest_ms, int64_t now_ms)
{
    for (uint32_t i = q->out_count; i > 0; i--) {
        const struct block_request *r = peer_out_get(q, i - 1);
        int64_t ms = time_for(&q->down, (int64_t)i * BLOCK_SIZE, now_ms - q->last_block_ms, now_ms);
        if (ms <= *longest_ms)
            return NULL;
        struct active_piece *a =
            r->released ? NULL : shared_piece(s, p, r->piece, r->serial, r->block);
        if (a) {
            *block = r->block;
            *longest_ms = ms;
            return a;
        }
    }
    return NULL;
}

/* The same for the run of a web seed. */
static struct active_piece *
find_at_webseed(struct swarm *s, struct peer *p, const struct webseed_slot *v, uint32_t *block,
                int64_t *longest_ms, int64_t now_ms)
{
    for (uint32_t piece = v->end; piece > v->first; piece--) {
        uint32_t count = geometry_block_count(s->t, piece - 1);
        int64_t offset = geometry_piece_offset(s->t, piece - 1);
        for (uint32_t b = count; b > 0; b--) {
            int64_t ahead = offset + (int64_t)b * BLOCK_SIZE - v->next;
            int64_t ms = time_for(&v->rate, ahead, 0, now_ms);
            if (ahead <= 0 || ms <= *longest_ms)
                return NULL;
            struct active_piece *a =
                shared_piece(s, p, piece - 1, v->serials[piece - 1 - v->first], b - 1);
            if (a) {
                *block = b - 1;
                *longest_ms = ms;
                return a;
            }
        }
    }
    return NULL;
}

/* Is there a block that nobody is asked for? The peer at hand has not got it, but others may. */
static bool
is_free_block(const struct swarm *s)
{
    bool found = s->picker.count > 0;
    for (uint32_t i = 0; i < s->pieces.active_top && !found; i++)
        found = s->pieces.active[i].used && s->pieces.active[i].free_count > 0;
    return found;
}

struct active_piece *
end_game_find(struct swarm *s, struct peer *p, uint32_t *block, int64_t now_ms)
{
    struct active_piece *best = NULL, *a;
    if (is_free_block(s))
        return NULL;
    int64_t own_ms = time_for(&p->down, (int64_t)(p->out_count + 1) * BLOCK_SIZE, 0, now_ms);
    int64_t longest_ms = 2 * own_ms + END_GAME_GAIN_MS;
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *q = &s->peers[i];
        if (q != p && q->phase == PEER_LIVE
            && (a = find_at_peer(s, p, q, block, &longest_ms, now_ms)))
            best = a;
    }
    for (uint32_t i = 0; i < s->webseed_count; i++)
        if ((a = find_at_webseed(s, p, &s->webseeds[i], block, &longest_ms, now_ms)))
            best = a;
    return best;
}
