/* serve's entries: what becomes of one when it is ready, and when it is withdrawn. */
#include "builder/serve.h"

#include "builder/command.h"

#include <stdio.h>
#include <string.h>

enum { SLICE_BYTES = 8 * 1024 * 1024 /* hashed a turn: some milliseconds */ };

/* The seeding peer joins the swarm. It is not told of our own tracker, which names it by itself. */
static void
join_swarm(struct serve *s, struct entry *e, int64_t now_ms)
{
    struct torrent *t = &e->torrent;
    uint32_t own = s->udp_url[0] ? 2 : 1;
    t->tracker_count -= own;
    memmove(t->trackers, t->trackers + own, t->tracker_count * sizeof *t->trackers);
    struct swarm_config config = {.torrent = t,
                                  .dir = s->catalog.dir,
                                  .read_only = true,
                                  .seed_ratio_milli = SEED_FOREVER,
                                  .seed_ms = SEED_FOREVER};
    e->swarm = engine_add(s->engine, &config, now_ms);
    if (!e->swarm) {
        note("%s: not enough memory to seed it; the web seed goes on", e->name);
    }
}

static void
withdraw(struct serve *s, struct entry *e, int64_t now_ms)
{
    if (e->state == ENTRY_READY) {
        struct tracker_stats stats = {0};
        struct swarm_status status = {0};
        tracker_table_stats(s->tracker, e->torrent.info_hash, now_ms, &stats);
        if (e->swarm) {
            swarm_status(e->swarm, &status, now_ms);
            engine_remove(s->engine, e->swarm, now_ms);
            e->swarm = NULL;
        }
        e->counts.completed = stats.completed;
        e->counts.by_peer += (uint64_t)status.uploaded;
        serve_state_note(s, e);
        tracker_table_remove(s->tracker, e->torrent.info_hash);
        printf("withdrawn: %s\n", e->name);
        fflush(stdout);
    }
    e->next = s->graves;
    s->graves = e;
}

static bool
is_needed(const struct serve *s, const struct entry *e)
{
    bool needed = http_server_holds(s->http, bytes_of(e, sizeof *e)) ||
                  http_server_holds(s->http, e->metainfo);
    for (size_t i = 0; i < s->catalog.app_count && !needed; i++) {
        const struct app *a = &e->apps[i];
        needed = http_server_holds(s->http, a->tail) ||
                 http_server_holds(s->http, a->around.head) ||
                 http_server_holds(s->http, a->around.tail);
    }
    return needed;
}

static void
bury(struct serve *s, bool all)
{
    struct entry **link = &s->graves;
    while (*link) {
        struct entry *e = *link;
        if (!all && is_needed(s, e)) {
            link = &e->next;
            continue;
        }
        *link = e->next;
        entry_free(e, s->catalog.app_count);
    }
}

void
serve_entries_free(struct serve *s)
{
    bury(s, true);
}

static void
tell_ready(const struct serve *s)
{
    if (catalog_is_done(&s->catalog)) {
        printf("ready: %u of %u\n", s->catalog.ready, s->catalog.count);
        fflush(stdout);
    }
}

static void
hash(struct serve *s, int64_t now_ms)
{
    struct entry *e = catalog_turn(&s->catalog, &s->extra, SLICE_BYTES, now_ms);
    if (!e && s->catalog.hashing) {
        s->progress.what = s->catalog.hashing->name;
        progress_show(&s->progress, s->catalog.hashing->make.done, s->catalog.hashing->make.size);
        return;
    }
    progress_end(&s->progress);
    s->progress = (struct progress){0};
    if (e && e->state == ENTRY_READY) {
        tracker_table_add(s->tracker, e->torrent.info_hash);
        serve_state_recall(s, e, now_ms);
        join_swarm(s, e, now_ms);
    } else if (e) {
        complain(0, "%s: not offered: %s", e->name, e->make.error);
    }
    tell_ready(s);
}

int64_t
serve_entries_turn(struct serve *s, int64_t now_ms)
{
    bool changed = false;
    struct entry *e;
    int64_t look_ms = catalog_look(&s->catalog, now_ms);
    while ((e = catalog_take_gone(&s->catalog)) != NULL) {
        changed |= e->state == ENTRY_READY || e->state == ENTRY_FAILED;
        withdraw(s, e, now_ms);
    }
    bury(s, false);
    if (changed) {
        tell_ready(s);
    }
    if (catalog_has_work(&s->catalog, now_ms)) {
        hash(s, now_ms);
        return now_ms;
    }
    return look_ms;
}

const struct app_image *
serve_image(const struct serve *s, const struct entry *e, size_t n)
{
    return e->is_titled ? &s->titled_images[n] : &s->images[n];
}

const struct app *
serve_app(const struct serve *s, struct entry *e, size_t n)
{
    struct payload settings = s->settings;
    settings.title = e->is_titled ? s->settings.title : (struct bytes){0};
    return entry_app(e, n, serve_image(s, e, n), &settings);
}
