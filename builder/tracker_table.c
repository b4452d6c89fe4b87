/* Swarms as two shelves, seeds and leechers, each an array in no order: members leave by
 * swap-remove and come to a random place, with each announce, so those that stand side by side are
 * chance too.
 *
 * Swarms are found by a hash table of chains, keyed because strangers may choose the info-hashes of
 * an open table. Room for others' members is counted as it was taken, not as it is used. */
#include "builder/tracker_table.h"

#include "builder/files.h"

#include <stdlib.h>
#include <string.h>

enum shelf_kind { LEECHERS, SEEDS, SHELVES };

enum {
    SWEEP_MS = 15000, /* a swarm is looked through for the forgotten so often */
    TIDY_COUNT = 2,   /* so many swarms of others are looked at with each newcomer */
    NOBODY = UINT32_MAX,
};

struct member {
    struct tracker_peer peer;
    uint32_t heard_s; /* on the clock of now_ms */
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
    uint32_t next; /* in its chain, or NOBODY */
    bool is_ours;
};

struct tracker_table {
    struct swarm_entry *swarms;
    uint32_t count, max;
    uint32_t *chains; /* the first swarm of each; as many as `max`, a power of two */
    uint64_t key;
    bool is_open;
    uint32_t other_count; /* swarms that are not ours */
    uint32_t other_room;  /* members that their shelves have room for */
    uint32_t tidy_at;
    int64_t forget_ms;
    struct random random;
};

struct tracker_table *
tracker_table_new(uint32_t interval_s, uint64_t seed)
{
    struct tracker_table *t = files_memory(1, sizeof *t);
    t->forget_ms = (int64_t)interval_s * 2000;
    t->random.state = seed;
    t->key = random_u64(&t->random);
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
        free(t->chains);
    }
    free(t);
}

static uint32_t *
chain_of(const struct tracker_table *t, const uint8_t *info_hash)
{
    struct random mix = {be64(info_hash) ^ t->key};
    return &t->chains[random_u64(&mix) & (t->max - 1)];
}

static struct swarm_entry *
find_swarm(const struct tracker_table *t, const uint8_t *info_hash)
{
    uint32_t i = t->max ? *chain_of(t, info_hash) : NOBODY;
    while (i != NOBODY && memcmp(t->swarms[i].info_hash, info_hash, SHA1_SIZE) != 0) {
        i = t->swarms[i].next;
    }
    return i != NOBODY ? &t->swarms[i] : NULL;
}

/* An array that may have to move, with room for `max` items. */
static void *
moved(void *v, uint32_t count, uint32_t max, size_t size)
{
    void *bigger = files_memory(max, size);
    if (count) {
        memcpy(bigger, v, count * size);
    }
    free(v);
    return bigger;
}

static void
chain(struct tracker_table *t, uint32_t i)
{
    uint32_t *first = chain_of(t, t->swarms[i].info_hash);
    t->swarms[i].next = *first;
    *first = i;
}

/* Makes what points to the swarm `from` point to `to`. */
static void
relink(struct tracker_table *t, uint32_t from, uint32_t to)
{
    uint32_t *link = chain_of(t, t->swarms[from].info_hash);
    while (*link != from) {
        link = &t->swarms[*link].next;
    }
    *link = to;
}

static struct swarm_entry *
add_swarm(struct tracker_table *t, const uint8_t *info_hash)
{
    if (t->count == t->max) {
        t->max = t->max ? t->max * 2 : 8;
        t->swarms = moved(t->swarms, t->count, t->max, sizeof *t->swarms);
        free(t->chains);
        t->chains = files_memory(t->max, sizeof *t->chains);
        memset(t->chains, 0xff, t->max * sizeof *t->chains); /* NOBODY */
        for (uint32_t i = 0; i < t->count; i++) {
            chain(t, i);
        }
    }
    struct swarm_entry *e = &t->swarms[t->count];
    *e = (struct swarm_entry){0};
    memcpy(e->info_hash, info_hash, SHA1_SIZE);
    chain(t, t->count++);
    return e;
}

static void
drop_swarm(struct tracker_table *t, uint32_t i)
{
    uint32_t last = t->count - 1;
    relink(t, i, t->swarms[i].next);
    if (i != last) {
        relink(t, last, i);
        t->swarms[i] = t->swarms[last];
    }
    t->count--;
    t->other_count--;
}

/* Makes room for one more on a shelf. False: there is none. By halves: swarms are many, and what is
 * empty is memory too. */
static bool
make_room(struct tracker_table *t, struct shelf *s, bool is_ours)
{
    uint32_t more = s->max ? s->max / 2 : 4;
    if (s->count == TABLE_PEERS_MAX) {
        return false;
    }
    if (s->count < s->max) {
        return true;
    }
    if (!is_ours && t->other_room + more > TABLE_OPEN_MEMBERS_MAX) {
        return false;
    }
    t->other_room += is_ours ? 0 : more;
    s->max += more;
    s->v = moved(s->v, s->count, s->max, sizeof *s->v);
    return true;
}

static void
release(struct tracker_table *t, struct swarm_entry *e)
{
    for (int k = 0; k < SHELVES; k++) {
        struct shelf *s = &e->shelves[k];
        if (s->count == 0) {
            t->other_room -= e->is_ours ? 0 : s->max;
            free(s->v);
            *s = (struct shelf){0};
        }
    }
}

void
tracker_table_add(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE])
{
    struct swarm_entry *e = find_swarm(t, info_hash);
    if (e && !e->is_ours) { /* strangers were first */
        t->other_count--;
        t->other_room -= e->shelves[LEECHERS].max + e->shelves[SEEDS].max;
    }
    e = e ? e : add_swarm(t, info_hash);
    e->is_ours = true;
}

void
tracker_table_open(struct tracker_table *t)
{
    t->is_open = true;
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
            if (now_ms - (int64_t)s->v[i].heard_s * 1000 >= t->forget_ms) {
                forget(s, i);
            }
        }
    }
    release(t, e);
}

/* A new swarm of others, if there is room; looks whether a few can go. */
static struct swarm_entry *
add_other(struct tracker_table *t, const uint8_t *info_hash, int64_t now_ms)
{
    for (int n = 0; n < TIDY_COUNT && t->count > 0; n++) {
        t->tidy_at = t->tidy_at < t->count ? t->tidy_at : 0;
        struct swarm_entry *e = &t->swarms[t->tidy_at];
        sweep(t, e, now_ms);
        if (e->is_ours || e->shelves[LEECHERS].count + e->shelves[SEEDS].count > 0) {
            t->tidy_at++;
        } else {
            release(t, e);
            drop_swarm(t, t->tidy_at);
        }
    }
    if (t->other_count == TABLE_OPEN_MAX) {
        return NULL;
    }
    t->other_count++;
    return add_swarm(t, info_hash);
}

/* Takes the client off whatever shelf it is on; true if it was on `*kind` = that one. */
static bool
take_off(struct swarm_entry *e, const struct addr *addr, enum shelf_kind *kind)
{
    for (int k = 0; k < SHELVES; k++) {
        struct shelf *s = &e->shelves[k];
        for (uint32_t i = 0; i < s->count; i++) {
            const struct addr *a = &s->v[i].peer.addr;
            if (a->port == addr->port && memcmp(a->ip, addr->ip, sizeof a->ip) == 0) {
                forget(s, i);
                *kind = (enum shelf_kind)k;
                return true;
            }
        }
    }
    return false;
}

static void
put_on(struct tracker_table *t, struct shelf *s, const struct member *m, bool is_ours)
{
    if (make_room(t, s, is_ours)) {
        uint32_t at = random_below(&t->random, s->count + 1);
        s->v[s->count++] = s->v[at];
        s->v[at] = *m;
    } else if (s->count > 0) {
        s->v[random_below(&t->random, s->count)] = *m;
    }
}

void
tracker_table_remove(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE])
{
    struct swarm_entry *e = find_swarm(t, info_hash);
    if (e && e->is_ours) {
        free(e->shelves[LEECHERS].v);
        free(e->shelves[SEEDS].v);
        t->other_count++; /* for a moment, without members */
        drop_swarm(t, (uint32_t)(e - t->swarms));
    }
}

size_t
tracker_table_members(const struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE], bool seeds,
                      struct tracker_peer *out, size_t max)
{
    const struct swarm_entry *e = find_swarm(t, info_hash);
    const struct shelf *s = e ? &e->shelves[seeds ? SEEDS : LEECHERS] : NULL;
    size_t count = 0;
    while (s && count < max && count < s->count) {
        out[count] = s->v[count].peer;
        count++;
    }
    return count;
}

void
tracker_table_set_completed(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE],
                            uint32_t completed)
{
    struct swarm_entry *e = find_swarm(t, info_hash);
    if (e) {
        e->completed = completed;
    }
}

void
tracker_table_join(struct tracker_table *t, const uint8_t info_hash[SHA1_SIZE], bool is_seed,
                   const struct tracker_peer *peer, int64_t now_ms)
{
    struct swarm_entry *e = find_swarm(t, info_hash);
    struct member m = {*peer, (uint32_t)(now_ms / 1000)};
    enum shelf_kind before;
    if (e && !addr_is_unusable(&peer->addr)) {
        take_off(e, &peer->addr, &before);
        put_on(t, &e->shelves[is_seed ? SEEDS : LEECHERS], &m, e->is_ours);
    }
}

static bool
is_of(const struct addr *a, enum table_family family)
{
    return family == TABLE_BOTH || addr_is_v4(a) == (family == TABLE_V4);
}

/* A way along a shelf, from a random place on and once around. */
struct walk {
    const struct shelf *shelf;
    uint32_t at, left;
};

static struct walk
walk_of(struct tracker_table *t, const struct shelf *s)
{
    return (struct walk){s, s->count > 0 ? random_below(&t->random, s->count) : 0, s->count};
}

/* Takes members of the family till `out` has `want`; the next call goes on where this one stops. */
static size_t
walk_on(struct walk *w, enum table_family family, size_t count, size_t want,
        struct tracker_peer *out)
{
    for (; count < want && w->left > 0; w->left--) {
        const struct tracker_peer *p = &w->shelf->v[w->at].peer;
        if (is_of(&p->addr, family)) {
            out[count++] = *p;
        }
        w->at = w->at + 1 < w->shelf->count ? w->at + 1 : 0;
    }
    return count;
}

/* Seeds and leechers as they are in the swarm; what one shelf lacks the other gives. */
static size_t
pick(struct tracker_table *t, const struct swarm_entry *e, bool with_seeds,
     enum table_family family, size_t want, struct tracker_peer *out)
{
    struct walk leechers = walk_of(t, &e->shelves[LEECHERS]);
    struct walk seeds = walk_of(t, &e->shelves[SEEDS]);
    seeds.left = with_seeds ? seeds.left : 0;
    uint32_t all = leechers.left + seeds.left;
    if (all == 0) {
        return 0;
    }
    size_t of_seeds = (want * seeds.left + random_below(&t->random, all)) / all;
    size_t count = walk_on(&leechers, family, 0, want - of_seeds, out);
    count = walk_on(&seeds, family, count, want, out);
    return walk_on(&leechers, family, count, want, out);
}

/* Has this client said by another address that it has all? */
static bool
is_known_seed(const struct swarm_entry *e, const uint8_t *peer_id)
{
    const struct shelf *s = &e->shelves[SEEDS];
    for (uint32_t i = 0; i < s->count; i++) {
        if (memcmp(s->v[i].peer.peer_id, peer_id, sizeof s->v[i].peer.peer_id) == 0) {
            return true;
        }
    }
    return false;
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
                       const struct addr *from, enum table_family family, int64_t now_ms,
                       struct tracker_answer *out)
{
    struct swarm_entry *e = find_swarm(t, r->info_hash);
    out->count = 0;
    if (!e && t->is_open && r->event != EVENT_STOPPED) {
        e = add_other(t, r->info_hash, now_ms);
    }
    if (!e) {
        return false;
    }
    sweep(t, e, now_ms);
    struct member asker = {.peer.addr = *from, .heard_s = (uint32_t)(now_ms / 1000)};
    asker.peer.addr.port = r->port;
    memcpy(asker.peer.peer_id, r->peer_id, sizeof asker.peer.peer_id);
    enum shelf_kind before = LEECHERS, now = r->left == 0 ? SEEDS : LEECHERS;
    bool known = take_off(e, &asker.peer.addr, &before);
    if (r->event == EVENT_COMPLETED && !(known && before == SEEDS) &&
        !is_known_seed(e, r->peer_id)) {
        e->completed++;
    }
    if (r->event != EVENT_STOPPED) {
        size_t want = r->numwant == TRACKER_NUMWANT_DEFAULT ? TABLE_NUMWANT_DEFAULT : r->numwant;
        want = want < TABLE_NUMWANT_MAX ? want : TABLE_NUMWANT_MAX;
        /* The asker is not on a shelf yet, so it cannot be picked. */
        out->count = pick(t, e, now == LEECHERS, family, want, out->peers);
        if (!addr_is_unusable(&asker.peer.addr)) {
            put_on(t, &e->shelves[now], &asker, e->is_ours);
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

struct tracker_totals
tracker_table_totals(const struct tracker_table *t)
{
    struct tracker_totals sum = {.torrents = t->count};
    for (uint32_t i = 0; i < t->count; i++) {
        const struct swarm_entry *e = &t->swarms[i];
        sum.seeds += e->shelves[SEEDS].count;
        sum.leechers += e->shelves[LEECHERS].count;
        sum.completed += e->completed;
    }
    return sum;
}
