/* The list of trackers: tiers, who is in which, who is first. */
#include "engine/tracker_impl.h"

static void
add(struct trackers *t, struct bytes text, uint32_t tier)
{
    struct tracker *k = &t->v[t->count];
    if (t->count == TRACKERS_MAX || !url_parse(&k->url, text))
        return;
    for (uint32_t i = 0; i < t->count; i++)
        if (bytes_equal(t->v[i].url.text, text))
            return;
    bool is_new = t->tier_count == 0 || t->v[t->count - 1].tier != tier;
    if (t->config.private_torrent)
        is_new = t->tier_count == 0;
    if (is_new && t->tier_count == TIERS_MAX)
        return;
    if (is_new)
        t->tiers[t->tier_count++] = (struct tier){.first = t->count};
    k->tier = tier;
    k->seeds = k->leechers = -1;
    t->order[t->count] = t->count;
    t->tiers[t->tier_count - 1].count++;
    t->count++;
}

/* BEP 12: chance decides who is first, so that the load is shared. */
static void
shuffle(struct trackers *t, struct tier *r)
{
    for (uint32_t n = r->count; n > 1; n--) {
        uint32_t *last = &t->order[r->first + n - 1];
        uint32_t *other = &t->order[r->first + random_below(&t->random, n)];
        uint32_t kept = *last;
        *last = *other;
        *other = kept;
    }
}

struct trackers *
trackers_new(const struct tracker_config *config, struct arena *arena, int64_t now_ms)
{
    const struct swarm_sources *more = config->sources;
    const struct torrent *torrent = config->torrent;
    uint32_t behind = 0;
    struct trackers *t = arena_take(arena, 1, sizeof *t);
    if (!t)
        return NULL;
    t->config = *config;
    t->arena = arena;
    t->http_max = HTTP_AT_ONCE_MAX;
    t->v = arena_take(arena, TRACKERS_MAX + 1, sizeof *t->v);
    if (!t->v)
        return NULL;
    sys_random(&t->random.state, sizeof t->random.state);
    for (uint32_t i = 0; more && i < more->tracker_count; i++) {
        uint32_t tier = more->tracker_tiers ? more->tracker_tiers[i] : i;
        add(t, more->trackers[i], tier);
        behind = tier >= behind ? tier + 1 : behind;
    }
    for (uint32_t i = 0; i < torrent->tracker_count; i++)
        add(t, torrent->trackers[i].url, behind + torrent->trackers[i].tier);
    for (uint32_t i = 0; i < t->tier_count; i++) {
        t->tiers[i].due_ms = now_ms;
        if (!config->private_torrent)
            shuffle(t, &t->tiers[i]);
        for (uint32_t k = 0; k < t->tiers[i].count; k++)
            t->v[t->order[t->tiers[i].first + k]].tier = i;
    }
    return t;
}
