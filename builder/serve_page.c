/* What people and feed readers see of serve: the index, a page an item, the feed. The same pages as
 * a published folder has, made of the catalogue. */
#include "builder/serve.h"

#include "base/check.h"
#include "builder/embedded.h"
#include "builder/feed.h"
#include "builder/files.h"
#include "builder/pack.h"
#include "builder/publish_page.h"
#include "ui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WHOLE_MAX = 8,    /* so many items are on the index with all that belongs to them */
    LINES_MAX = 200,  /* on one page */
    FEED_MAX = 100,   /* the newest */
    NAMES_MAX = 2 * TARGETS_MAX + 4,
};

/* An offer and the names that it points to. */
struct shown {
    struct offer offer;
    char *names[NAMES_MAX];
    size_t name_count;
};

struct shown_page {
    struct shown *shown;
    struct offer *offers;
    size_t count;
    struct offer_line *lines;
    size_t line_count;
    char **links;
};

static const char page_headers[] = "Content-Security-Policy: frame-ancestors 'none'\r\n"
                                   "X-Content-Type-Options: nosniff\r\n"
                                   "Cache-Control: no-cache\r\n";

/* --- one item --------------------------------------------------------------------------------- */

static char *
keep_name(struct shown *w, struct buf *b)
{
    check(w->name_count < NAMES_MAX);
    return w->names[w->name_count++] = files_join(NULL, buf_cstr(b));
}

/* "a/<slug><end>" and the like. */
static char *
name_of(struct shown *w, const char *room, const struct entry *e, const struct buf *end)
{
    uint8_t mem[256];
    struct buf name = BUF(mem);
    buf_text(&name, room);
    buf_text(&name, e->slug);
    buf_add(&name, buf_bytes(end));
    return keep_name(w, &name);
}

static struct offer_file
file_of(const struct made_file *f, const char *name)
{
    struct offer_file out = {.name = name, .size = (int64_t)f->size};
    memcpy(out.sha256, f->sha256, SHA256_SIZE);
    return out;
}

static void
show_apps(struct serve *s, struct entry *e, struct shown *w)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        const struct app *app = serve_app(s, e, i);
        const char *target = embedded_stubs[i].target;
        if (!app) {
            continue;
        }
        struct offer_app *a = &w->offer.apps[w->offer.app_count++];
        uint8_t mem[80];
        struct buf end = BUF(mem);
        pack_name(&end, "", target); /* "-<target>.run" */
        a->target = target;
        a->program = file_of(&app->program, name_of(w, "a/", e, &end));
        if (!target_is_windows(target)) {
            buf_text(&end, ".tar.gz");
            a->archive = file_of(&app->archive, name_of(w, "a/", e, &end));
        }
    }
}

/* Without apps it costs little, which is enough for the feed. */
static void
show(struct serve *s, struct entry *e, bool with_apps, struct shown *w)
{
    struct offer *o = &w->offer;
    const struct torrent *t = &e->torrent;
    uint8_t mem[16];
    *w = (struct shown){0};
    o->torrent = t;
    o->title = e->is_titled ? s->settings.title : bytes_of_text(t->name);
    o->title = o->title.len ? o->title : bytes_of_text(t->name);
    o->publisher = s->settings.publisher;
    o->message = s->settings.message;
    o->date = e->counts.first_s;
    struct buf end = BUF(mem);
    o->page = name_of(w, "i/", e, &end);
    buf_text(&end, ".torrent");
    o->metainfo = (struct offer_file){.name = name_of(w, "t/", e, &end),
                                      .size = (int64_t)e->metainfo.len};
    sha256_of(e->metainfo, o->metainfo.sha256);
    o->trackers = s->sources.trackers;
    o->tracker_count = s->own_tracker_count;
    if (t->single) {
        char *content = files_join("f", e->name);
        struct buf name = buf_over(content, strlen(content) + 1);
        name.len = strlen(content);
        o->content = (struct offer_file){
            .name = keep_name(w, &name), .size = t->size, .is_unsummed = true};
        free(content);
    }
    if (with_apps) {
        show_apps(s, e, w);
    }
}

/* --- several ---------------------------------------------------------------------------------- */

static int
newest_first(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    bool both = x->state == ENTRY_READY && y->state == ENTRY_READY;
    if (both && x->counts.first_s != y->counts.first_s) {
        return x->counts.first_s < y->counts.first_s ? 1 : -1;
    }
    if (x->state != y->state && (x->state == ENTRY_READY || y->state == ENTRY_READY)) {
        return x->state == ENTRY_READY ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

/* What the public may see, the ready ones first; in malloc'd memory. */
static struct entry **
sorted(const struct serve *s, size_t *count)
{
    struct entry **v = files_memory(s->catalog.count, sizeof(struct entry *));
    *count = 0;
    for (uint32_t i = 0; i < s->catalog.count; i++) {
        if (s->catalog.entries[i]->state != ENTRY_FAILED) { /* the publisher is told of these */
            v[(*count)++] = s->catalog.entries[i];
        }
    }
    if (*count) {
        qsort(v, *count, sizeof(struct entry *), newest_first);
    }
    return v;
}

static struct shown_page
new_page(size_t offers, size_t lines)
{
    return (struct shown_page){.shown = files_memory(offers, sizeof(struct shown)),
                               .offers = files_memory(offers, sizeof(struct offer)),
                               .lines = files_memory(lines, sizeof(struct offer_line)),
                               .links = files_memory(lines, sizeof(char *))};
}

static void
free_page(struct shown_page *p)
{
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; k < p->shown[i].name_count; k++) {
            free(p->shown[i].names[k]);
        }
    }
    for (size_t i = 0; i < p->line_count; i++) {
        free(p->links[i]);
    }
    free(p->shown);
    free(p->offers);
    free(p->lines);
    free(p->links);
}

static void
add_whole(struct serve *s, struct shown_page *p, struct entry *e, bool with_apps)
{
    show(s, e, with_apps, &p->shown[p->count]);
    p->offers[p->count] = p->shown[p->count].offer;
    p->count++;
}

static void
add_line(struct shown_page *p, const struct entry *e)
{
    struct offer_line *l = &p->lines[p->line_count];
    struct buf note = BUF(l->note);
    l->name = bytes_of_text(e->name);
    switch (e->state) {
    case ENTRY_READY:
        p->links[p->line_count] = files_join("i", e->slug);
        l->link = p->links[p->line_count];
        format_size(&note, NULL, e->torrent.size);
        break;
    case ENTRY_HASHING:
        buf_text(&note, "is being prepared: ");
        format_percent(&note, NULL, e->make.done, e->make.size);
        break;
    case ENTRY_WAITING: buf_text(&note, "waits to be prepared"); break;
    case ENTRY_FAILED: break;
    }
    buf_cstr(&note);
    p->line_count++;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void
answer(struct serve *s, const struct offers *o, struct http_answer *a)
{
    struct buf page = BUF(s->page);
    page_index(o, &page);
    a->status = page.full ? 500 : 200;
    a->content_type = "text/html; charset=utf-8";
    a->extra_headers = page_headers;
    a->body = page.full ? (struct bytes){0} : buf_bytes(&page);
}

/* "?from=N": from that entry on. */
void
serve_index(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    size_t count, from = 0;
    uint64_t number = 0;
    char more[40];
    struct entry **v = sorted(s, &count);
    bool whole = s->catalog.ready <= WHOLE_MAX;
    struct shown_page p = new_page(WHOLE_MAX, LINES_MAX);
    if (bytes_starts(q->query, BYTES("from=")) &&
        bytes_to_u64(bytes_skip(q->query, 5), count, &number)) {
        from = (size_t)number;
    }
    size_t at = from;
    for (; at < count && p.line_count < LINES_MAX; at++) {
        if (whole && v[at]->state == ENTRY_READY) {
            add_whole(s, &p, v[at], true);
        } else {
            add_line(&p, v[at]);
        }
    }
    snprintf(more, sizeof more, "?from=%zu", at);
    struct offers o = {.title = bytes_of_text(s->title),
                       .v = p.offers,
                       .count = p.count,
                       .lines = p.lines,
                       .line_count = p.line_count,
                       .more = at < count ? more : NULL,
                       .is_from_server = true,
                       .refresh = !catalog_is_done(&s->catalog)};
    answer(s, &o, a);
    free_page(&p);
    free(v);
}

/* "i/<slug>" */
void
serve_item(struct serve *s, struct bytes slug, struct http_answer *a)
{
    struct entry *e = catalog_by_slug(&s->catalog, slug);
    if (!e || e->state == ENTRY_FAILED) {
        return;
    }
    struct shown_page p = new_page(1, 1);
    if (e->state == ENTRY_READY) {
        add_whole(s, &p, e, true);
    } else {
        add_line(&p, e);
    }
    struct offers o = {.title = p.count ? p.offers[0].title : bytes_of_text(e->name),
                       .v = p.offers,
                       .count = p.count,
                       .lines = p.lines,
                       .line_count = p.line_count,
                       .up = "../",
                       .is_from_server = true,
                       .refresh = p.count == 0};
    answer(s, &o, a);
    free_page(&p);
}

void
serve_feed(struct serve *s, struct http_answer *a)
{
    struct buf feed = BUF(s->page);
    size_t count;
    struct entry **v = sorted(s, &count);
    struct shown_page p = new_page(FEED_MAX, 1);
    for (size_t i = 0; i < count && p.count < FEED_MAX && v[i]->state == ENTRY_READY; i++) {
        add_whole(s, &p, v[i], false);
    }
    struct offers o = {.title = bytes_of_text(s->title),
                       .url = bytes_of_text(s->home_url),
                       .v = p.offers,
                       .count = p.count};
    feed_write(&o, &feed);
    a->status = feed.full ? 500 : 200;
    a->content_type = "application/rss+xml; charset=utf-8";
    a->extra_headers = page_headers;
    a->body = feed.full ? (struct bytes){0} : buf_bytes(&feed);
    free_page(&p);
    free(v);
}
