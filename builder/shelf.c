#include "builder/shelf.h"

#include "builder/command.h"
#include "builder/embedded.h"
#include "builder/feed.h"
#include "builder/pack.h"
#include "ui/session.h"

#include <stdlib.h>
#include <string.h>

enum { FEED_SIZE_MAX = 256 * 1024 * 1024 };

static int
tell(const struct shelf *s, const char *name, int error)
{
    return complain(EXIT_DISK, "%s/%s: %s", s->folder, name, sys_error_text(error));
}

/* A file of the folder; one that is not there is empty. */
static int
read_file(const struct shelf *s, const char *name, size_t max, struct bytes *out)
{
    char *path = files_join(s->folder, name);
    int error = files_read(path, max, out);
    free(path);
    return error == SYS_OK || error == SYS_NOT_FOUND ? 0 : tell(s, name, error);
}

/* The list holds what is still there: what its owner removed is no more of ours. */
static void
drop_missing(struct shelf *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->known.count; i++) {
        struct sum *sum = &s->known.v[i];
        struct sys_stat st;
        if (sys_stat(s->dir, sum->name, &st) == SYS_OK && st.exists && !st.is_dir && !st.is_link) {
            s->known.v[kept++] = *sum;
        } else {
            free(sum->name);
        }
    }
    s->known.count = kept;
}

/* The list counts when it was made here: the feed beside it says so. */
static int
read_known(struct shelf *s)
{
    struct bytes text = {0};
    int code = read_file(s, SUMS_NAME, SUMS_SIZE_MAX, &text);
    code = code ? code : read_file(s, FEED_NAME, FEED_SIZE_MAX, &s->feed);
    if (!code && text.ptr) {
        size_t line = sums_read(&s->known, text);
        sums_sort(&s->known);
        if (line) {
            code = complain(EXIT_DAMAGED, "%s/" SUMS_NAME ": line %zu is no checksum and file name",
                            s->folder, line);
        } else if (!feed_is_ours(s->feed) || !sums_find(&s->known, FEED_NAME)) {
            code = complain(EXIT_USAGE,
                            "%s/" SUMS_NAME " is there already and was not made by publish; choose "
                            "another folder",
                            s->folder);
        }
        sums_add(&s->known, SUMS_NAME, (const uint8_t[SHA256_SIZE]){0});
        sums_sort(&s->known);
        drop_missing(s);
    }
    free((void *)(uintptr_t)text.ptr);
    return code;
}

static bool
is_metainfo(const char *name)
{
    return !strchr(name, '/') && bytes_ends(bytes_of_text(name), BYTES(".torrent"));
}

/* ---- An offer */

static void
fill_file(const struct shelf *s, const char *name, struct offer_file *f)
{
    struct sys_stat st;
    const struct sum *sum = sums_find(&s->known, name);
    if (sum && sys_stat(s->dir, name, &st) == SYS_OK) {
        f->name = sum->name;
        f->size = st.size;
        memcpy(f->sha256, sum->hash, SHA256_SIZE);
    }
}

static void
fill_app(const struct shelf *s, struct offer *o, const char *target)
{
    uint8_t mem[NAME_LEN_MAX * 4];
    struct buf name = BUF(mem);
    struct offer_app app = {.target = target};
    pack_name(&name, o->torrent->name, target);
    fill_file(s, buf_cstr(&name), &app.program);
    buf_text(&name, ".tar.gz");
    fill_file(s, buf_cstr(&name), &app.archive);
    if (app.program.name) {
        o->apps[o->app_count++] = app;
    }
}

/* Title and the like stand in each app; the first is asked. */
static int
read_app(const struct shelf *s, struct shelf_item *item)
{
    struct offer *o = &item->offer;
    o->title = bytes_of_text(o->torrent->name);
    if (o->app_count == 0) {
        return 0;
    }
    char *path = files_join(s->folder, o->apps[0].program.name);
    int code = source_open(&item->app, path);
    free(path);
    const struct payload *p = &item->app.app.payload;
    if (!code && item->app.app.kind == APP_GOOD) {
        o->title = p->title.len ? p->title : o->title;
        o->publisher = p->publisher;
        o->message = p->message;
        o->trackers = p->trackers;
        o->tracker_count = p->tracker_count;
        o->webseeds = p->webseeds;
        o->webseed_count = p->webseed_count;
    }
    return code;
}

static int
read_item(struct shelf *s, const char *name)
{
    struct shelf_item *item = &s->items[s->count++];
    struct offer *o = &item->offer;
    char *path = files_join(s->folder, name);
    int code = source_open(&item->metainfo, path);
    free(path);
    if (code) {
        return code;
    }
    o->torrent = &item->metainfo.torrent;
    fill_file(s, name, &o->metainfo);
    for (size_t i = 0; i < embedded_stub_count && i < TARGETS_MAX; i++) {
        fill_app(s, o, embedded_stubs[i].target);
    }
    if (o->torrent->single) {
        uint8_t mem[PATH_LEN_MAX * 2];
        struct buf content = BUF(mem);
        shelf_put_content_path(&content, o->torrent);
        fill_file(s, buf_cstr(&content), &o->content);
    }
    o->date = o->torrent->creation_date;
    feed_date(s->feed, o->torrent->info_hash, &o->date);
    return read_app(s, item);
}

int
shelf_open(struct shelf *s, const char *folder)
{
    *s = (struct shelf){.folder = folder};
    int error = sys_dir_open(folder, true, &s->dir);
    if (error != SYS_OK) {
        return complain(EXIT_DISK, "%s: %s", folder, sys_error_text(error));
    }
    int code = read_known(s);
    size_t count = 0;
    for (size_t i = 0; i < s->known.count; i++) {
        count += is_metainfo(s->known.v[i].name);
    }
    s->items = files_memory(count, sizeof *s->items);
    for (size_t i = 0; i < s->known.count && !code; i++) {
        if (is_metainfo(s->known.v[i].name)) {
            code = read_item(s, s->known.v[i].name);
        }
    }
    return code;
}

const struct shelf_item *
shelf_find(const struct shelf *s, const char *metainfo_name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->items[i].offer.metainfo.name, metainfo_name) == 0) {
            return &s->items[i];
        }
    }
    return NULL;
}

void
shelf_put_content_path(struct buf *out, const struct torrent *t)
{
    struct bencode info = {t->info};
    buf_text(out, CONTENT_FOLDER);
    buf_add(out, bencode_get_string(info, "name"));
}

static bool
is_file(const struct offer_file *f, const char *name)
{
    return f->name && strcmp(f->name, name) == 0;
}

bool
shelf_belongs(const struct shelf_item *item, const char *name)
{
    uint8_t mem[PATH_LEN_MAX * 2];
    struct buf content = BUF(mem);
    struct bytes text = bytes_of_text(name);
    const struct offer *o = &item->offer;
    bool is = is_file(&o->metainfo, name);
    for (size_t i = 0; i < o->app_count; i++) {
        is |= is_file(&o->apps[i].program, name) || is_file(&o->apps[i].archive, name);
    }
    shelf_put_content_path(&content, o->torrent);
    size_t len = content.len;
    return is || (!content.full && bytes_starts(text, buf_bytes(&content)) &&
                  (text.len == len || name[len] == '/'));
}

void
shelf_close(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++) {
        source_close(&s->items[i].metainfo);
        source_close(&s->items[i].app);
    }
    free(s->items);
    sums_free(&s->known);
    free((void *)(uintptr_t)s->feed.ptr);
    sys_dir_close(&s->dir);
    *s = (struct shelf){0};
}
