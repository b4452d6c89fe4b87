/* Swarms as two shelves, seeds and leechers, each an array in no order: so members leave by
 * swap-remove, and k of them are chosen by k steps of a shuffle in place. */
#include "builder/tracker_table.h"

#include "builder/files.h"

#include <stdlib.h>
#include <string.h>

enum shelf_kind { LEECHERS, SEEDS, SHELVES };

enum { SWEEP_MS = 15000 }; /* a swarm is looked through for the forgotten so often */

struct member {
    struct tracker_peer peer;
    int64_t heard_ms;
};

struct shelf {
    struct member *v;
    uint32_t count, max;
};

struct swarm_entry {
    uint8_t info_hash[SHA1_SIZE];
    struct shelf shelves[SHELVES];
    uint32_t completed;
    int64_t swept_ms;
};

struct tracker_table {
    struct swarm_entry *swarms;
    uint32_t count, max;
    int64_t forget_ms;
    struct random random;
};

struct tracker_table *
tracker_table_new(uint32_t interval_s, uint64_t seed)
{
    struct tracker_table *t = files_memory(1, sizeof *t);
    t->forget_ms = (int64_t)interval_s * 2000;
    t->random.state = seed;
    return t;
}

void
tracker_table_free(struct tracker_table *t)
{
    for (uint32_t i = 0; t && i < t->count; i++) {
        free(t->swarms[i].shelves[LEECHERS].v);
        free(t->swarms[i].shelves[SEEDS].v);
    }
    if (t) {
        free(t->swarms);
    }
    free(t);
}

static struct swarm_entry *
find_swarm(struct tracker_table *t, const uint8_t *info_hash)
{
    for (uint32_t i = 0; i < t->count; i++) {
        if (memcmp(t->swarms[i].info_hash, info_hash, SHA1_SIZE) == 0) {
            return &t->swarms[i];
        }
    }
    return NULL;
}

/* Room for one more item in an array that may have to move. */
static void *
grown(void *v, uint32_t count, uint32_t *max, size_t size)
{
    if (count < *max) {
        return v;
    }
    *max = *max ? *max * 2 : 8;
    void *bigger = files_memory(*max, size);
    if (count) {
        memcpy(bigger, v, count * size);
    }
    free(v);
    return bigger;
}

void
tracker_table_add(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE])
{
    if (!find_swarm(t, info_hash)) {
        t->swarms = grown(t->swarms, t->count, &t->max, sizeof *t->swarms);
        memcpy(t->swarms[t->count++].info_hash, info_hash, SHA1_SIZE);
    }
}

static void
forget(struct shelf *s, uint32_t i)
{
    s->v[i] = s->v[--s->count];
}

static void
sweep(struct tracker_table *t, struct swarm_entry *e, int64_t now_ms)
{
    if (now_ms - e->swept_ms < SWEEP_MS) {
        return;
    }
    e->swept_ms = now_ms;
    for (int k = 0; k < SHELVES; k++) {
        struct shelf *s = &e->shelves[k];
        for (uint32_t i = s->count; i-- > 0;) {
            if (now_ms - s->v[i].heard_ms >= t->forget_ms) {
                forget(s, i);
            }
        }
    }
}

/* Takes the client off whatever shelf it is on; true if it was on `*kind` = that one. */
static bool
take_off(struct swarm_entry *e, const struct addr *addr, enum shelf_kind *kind)
{
    for (int k = 0; k < SHELVES; k++) {
        struct shelf *s = &e->shelves[k];
        for (uint32_t i = 0; i < s->count; i++) {
            if (addr_equal(&s->v[i].peer.addr, addr)) {
                forget(s, i);
                *kind = (enum shelf_kind)k;
                return true;
            }
        }
    }
    return false;
}

static void
put_on(struct tracker_table *t, struct shelf *s, const struct member *m)
{
    if (s->count == TABLE_PEERS_MAX) {
        s->v[random_below(&t->random, s->count)] = *m;
        return;
    }
    s->v = grown(s->v, s->count, &s->max, sizeof *s->v);
    s->v[s->count++] = *m;
}

/* Each pick swaps a random member of those not yet picked to the front. */
static size_t
pick(struct tracker_table *t, struct swarm_entry *e, bool with_seeds, size_t want,
     struct tracker_peer *out)
{
    uint32_t picked[SHELVES] = {0};
    size_t count = 0;
    while (count < want) {
        uint32_t leechers = e->shelves[LEECHERS].count - picked[LEECHERS];
        uint32_t seeds = with_seeds ? e->shelves[SEEDS].count - picked[SEEDS] : 0;
        if (leechers + seeds == 0) {
            break;
        }
        uint32_t at = random_below(&t->random, leechers + seeds);
        enum shelf_kind kind = at < leechers ? LEECHERS : SEEDS;
        struct member *v = e->shelves[kind].v + picked[kind];
        uint32_t other = kind == LEECHERS ? at : at - leechers;
        struct member m = v[other];
        v[other] = v[0];
        v[0] = m;
        picked[kind]++;
        out[count++] = m.peer;
    }
    return count;
}

static void
fill_stats(const struct swarm_entry *e, struct tracker_stats *out)
{
    memcpy(out->info_hash, e->info_hash, SHA1_SIZE);
    out->seeds = e->shelves[SEEDS].count;
    out->leechers = e->shelves[LEECHERS].count;
    out->completed = e->completed;
}

bool
tracker_table_announce(struct tracker_table *t, const struct announce_request *r,
                       const struct addr *from, int64_t now_ms, struct tracker_answer *out)
{
    struct swarm_entry *e = find_swarm(t, r->info_hash);
    out->count = 0;
    if (!e) {
        return false;
    }
    sweep(t, e, now_ms);
    struct member asker = {.peer.addr = *from, .heard_ms = now_ms};
    asker.peer.addr.port = r->port;
    memcpy(asker.peer.peer_id, r->peer_id, sizeof asker.peer.peer_id);
    enum shelf_kind before = LEECHERS, now = r->left == 0 ? SEEDS : LEECHERS;
    bool known = take_off(e, &asker.peer.addr, &before);
    if (r->event == EVENT_COMPLETED && !(known && before == SEEDS)) {
        e->completed++;
    }
    if (r->event != EVENT_STOPPED) {
        size_t want = r->numwant == TRACKER_NUMWANT_DEFAULT ? TABLE_NUMWANT_DEFAULT : r->numwant;
        want = want < TABLE_NUMWANT_MAX ? want : TABLE_NUMWANT_MAX;
        /* The asker is not on a shelf yet, so it cannot be picked. */
        out->count = pick(t, e, now == LEECHERS, want, out->peers);
        if (!addr_is_unusable(&asker.peer.addr)) {
            put_on(t, &e->shelves[now], &asker);
        }
    }
    fill_stats(e, &out->stats);
    return true;
}

bool
tracker_table_stats(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE], int64_t now_ms,
                    struct tracker_stats *out)
{
    struct swarm_entry *e = find_swarm(t, info_hash);
    if (e) {
        sweep(t, e, now_ms);
        fill_stats(e, out);
    }
    return e != NULL;
}
