#include "builder/catalog.h"

#include "base/check.h"
#include "builder/files.h"
#include "builder/hash_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MAX = 16 * 1024 * 1024,
    ENTRY_ARENA_MAX = 512 * 1024 * 1024,
    SLUG_MAX = 80,
    LOOK_STEP_MS = 5,   /* at most so long in one call, but for one large folder */
    LOOK_AGAIN_MS = 20, /* then others have their turn */
};

static bool
is_offered(struct bytes name)
{
    return name.len > 0 && name.ptr[0] != '.' && !bytes_ends(name, BYTES(".part")) &&
           !bytes_ends(name, BYTES(".torrent"));
}

static bool
is_slug_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_';
}

/* A name for addresses: what is not plain becomes one '-'; the number keeps it unique. */
static char *
make_slug(const struct catalog *c, const char *name)
{
    char *slug = files_memory(SLUG_MAX + 16, 1);
    struct buf b = buf_over(slug, SLUG_MAX);
    for (const char *at = name; *at && b.len < SLUG_MAX - 1; at++) {
        bool plain = is_slug_byte((uint8_t)*at);
        if (plain || (b.len > 0 && b.ptr[b.len - 1] != '-')) {
            buf_byte(&b, plain ? (uint8_t)*at : '-');
        }
    }
    while (b.len > 0 && b.ptr[b.len - 1] == '-') {
        b.len--;
    }
    if (b.len == 0) {
        buf_text(&b, "entry");
    }
    size_t len = b.len;
    buf_cstr(&b);
    for (uint32_t n = 2; catalog_by_slug(c, bytes_of_text(slug)); n++) {
        snprintf(slug + len, 16, "-%u", n);
    }
    return slug;
}

/* --- entries ---------------------------------------------------------------------------------- */

static struct entry *
new_entry(const struct catalog *c, const char *name, char *slug)
{
    struct entry *e = files_memory(1, sizeof *e);
    e->name = files_join(NULL, name);
    e->slug = slug;
    e->apps = files_memory(c->app_count, sizeof *e->apps);
    e->arena.size_max = ENTRY_ARENA_MAX;
    return e;
}

void
entry_free(struct entry *e, size_t app_count)
{
    for (size_t i = 0; i < app_count; i++) {
        app_free(&e->apps[i]);
    }
    make_close(&e->make);
    free((void *)(uintptr_t)e->metainfo.ptr);
    arena_free(&e->arena);
    free(e->safe_paths);
    free(e->apps);
    free(e->name);
    free(e->slug);
    free(e);
}

/* Where the entry with this info-hash stands, or would stand, among those READY. */
static uint32_t
place_of(const struct catalog *c, const uint8_t *info_hash)
{
    uint32_t low = 0, high = c->ready;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(c->by_hash[middle]->torrent.info_hash, info_hash, SHA1_SIZE) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void
list(struct catalog *c, struct entry *e)
{
    uint32_t at = place_of(c, e->torrent.info_hash);
    memmove(c->by_hash + at + 1, c->by_hash + at, (c->ready - at) * sizeof *c->by_hash);
    c->by_hash[at] = e;
    c->ready++;
}

static void
unlist(struct catalog *c, const struct entry *e)
{
    uint32_t at = place_of(c, e->torrent.info_hash);
    check(at < c->ready && c->by_hash[at] == e);
    c->ready--;
    memmove(c->by_hash + at, c->by_hash + at + 1, (c->ready - at) * sizeof *c->by_hash);
}

/* The entry is not offered any more; the owner takes it from `gone`. */
static void
withdraw(struct catalog *c, struct entry *e)
{
    if (c->hashing == e) {
        c->hashing = NULL;
    }
    if (e->state == ENTRY_READY) {
        unlist(c, e);
        if (c->cache) {
            hash_cache_drop(c->cache, e->seen);
        }
    }
    c->failed -= e->state == ENTRY_FAILED;
    e->next = c->gone;
    c->gone = e;
}

struct entry *
catalog_take_gone(struct catalog *c)
{
    struct entry *e = c->gone;
    c->gone = e ? e->next : NULL;
    return e;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* Makes `c->entries` what the names say, both being sorted: those that are gone are withdrawn, new
 * ones added. Slugs of entries that stay do not change. */
static void
merge(struct catalog *c, const char *names, size_t len, int64_t changed_ms)
{
    struct entry **old = c->entries;
    uint32_t old_count = c->count, at_old = 0, max = old_count;
    for (size_t at = 0; at < len; at += strlen(names + at) + 1) {
        max++;
    }
    c->entries = files_memory(max, sizeof *c->entries);
    struct entry **by_hash = files_memory(max, sizeof *by_hash);
    if (c->ready) {
        memcpy(by_hash, c->by_hash, c->ready * sizeof *by_hash);
    }
    free(c->by_hash);
    c->by_hash = by_hash;
    c->count = 0;
    for (size_t at = 0; at < len; at += strlen(names + at) + 1) {
        struct bytes name = bytes_of_text(names + at);
        if (!is_offered(name)) {
            continue;
        }
        while (at_old < old_count && bytes_compare(bytes_of_text(old[at_old]->name), name) < 0) {
            withdraw(c, old[at_old++]);
        }
        if (at_old < old_count && strcmp(old[at_old]->name, names + at) == 0) {
            c->entries[c->count++] = old[at_old++];
            continue;
        }
        struct entry *e = new_entry(c, names + at, NULL);
        e->changed_ms = changed_ms;
        c->entries[c->count++] = e;
    }
    while (at_old < old_count) {
        withdraw(c, old[at_old++]);
    }
    free(old);
    for (uint32_t i = 0; i < c->count; i++) {
        if (!c->entries[i]->slug) {
            c->entries[i]->slug = make_slug(c, c->entries[i]->name);
        }
    }
}

static int
look_at_names(struct catalog *c, int64_t changed_ms)
{
    char *names = files_memory(NAMES_MAX, 1);
    struct buf b = buf_over(names, NAMES_MAX);
    int error = sys_dir_list(c->dir, "", &b);
    if (!error) {
        merge(c, names, b.len, changed_ms);
    }
    free(names);
    return error;
}

/* Has it changed since the last look? What was made of it is withdrawn then, and it waits till
 * nothing changes any more. */
static void
look_at_entry(struct catalog *c, uint32_t at, int64_t now_ms)
{
    struct entry *e = c->entries[at];
    uint8_t now[SHA1_SIZE];
    make_fingerprint(c->dir, e->name, now);
    if (memcmp(now, e->seen, SHA1_SIZE) == 0) {
        return;
    }
    if (e->state != ENTRY_WAITING) {
        struct entry *fresh = new_entry(c, e->name, files_join(NULL, e->slug));
        fresh->is_titled = e->is_titled;
        withdraw(c, e);
        c->entries[at] = e = fresh;
    }
    memcpy(e->seen, now, SHA1_SIZE);
    e->changed_ms = now_ms;
}

/* Hashes of what is not there any more, from earlier runs. */
static void
tidy_cache(const struct catalog *c)
{
    uint8_t(*keep)[SHA1_SIZE] = files_memory(c->count, SHA1_SIZE);
    for (uint32_t i = 0; i < c->count; i++) {
        memcpy(keep[i], c->entries[i]->seen, SHA1_SIZE);
    }
    hash_cache_tidy(c->cache, keep, c->count);
    free(keep);
}

int64_t
catalog_look(struct catalog *c, int64_t now_ms)
{
    int64_t until_ms = sys_now_ms() + LOOK_STEP_MS;
    if (now_ms < c->look_ms) {
        return c->look_ms;
    }
    if (c->look_at == c->count) {
        c->look_at = look_at_names(c, now_ms) == SYS_OK ? 0 : c->count;
    }
    while (c->look_at < c->count) {
        look_at_entry(c, c->look_at++, now_ms);
        if (sys_now_ms() >= until_ms) {
            break;
        }
    }
    bool over = c->look_at == c->count;
    c->look_ms = now_ms + (over ? CATALOG_LOOK_MS : LOOK_AGAIN_MS);
    if (over && c->cache && !c->is_tidy && c->count > 0) {
        tidy_cache(c);
        c->is_tidy = true;
    }
    return c->look_ms;
}

int
catalog_open(struct catalog *c, sys_dir dir, sys_dir cache, size_t app_count)
{
    *c = (struct catalog){.dir = dir, .cache = cache, .app_count = app_count};
    /* Nobody is expected to be writing just now: all may be hashed at once. */
    int64_t long_ago = sys_now_ms() - CATALOG_SETTLE_MS;
    int error = look_at_names(c, long_ago);
    for (uint32_t i = 0; i < c->count; i++) {
        look_at_entry(c, i, long_ago);
    }
    c->look_at = c->count;
    return error;
}

/* --- hashing ---------------------------------------------------------------------------------- */

static void
refuse(struct entry *e, const char *why)
{
    snprintf(e->make.error, sizeof e->make.error, "%s: %s", e->name, why);
    e->state = ENTRY_FAILED;
}

/* The seeding peer reads files by the names that the disk has; the safe ones are kept aside. */
static void
use_raw_paths(struct entry *e)
{
    uint32_t count = e->torrent.file_count;
    bool differ = false;
    check(count == e->make.file_count);
    e->safe_paths = files_memory(count, sizeof *e->safe_paths);
    for (uint32_t i = 0; i < count; i++) {
        struct torrent_file *f = &e->torrent.files[i];
        e->safe_paths[i] = f->path;
        differ |= strcmp(f->path, e->make.files[i].path) != 0;
        f->path = e->make.files[i].path;
    }
    if (!differ) {
        free(e->safe_paths);
        e->safe_paths = NULL;
    }
}

/* All is hashed: makes the torrent. */
static void
finish(struct entry *e, const struct make_extra *extra)
{
    struct fault why = {0};
    e->metainfo = make_metainfo(&e->make, extra);
    if (e->metainfo.len == 0) {
        refuse(e, "too many files for one torrent");
        return;
    }
    if (!torrent_parse(&e->torrent, e->metainfo, &e->arena, &why)) {
        refuse(e, why.what);
        return;
    }
    use_raw_paths(e);
    e->state = ENTRY_READY;
}

bool
catalog_is_done(const struct catalog *c)
{
    return c->ready + c->failed == c->count;
}

/* The first entry that waits and is left alone. */
static struct entry *
find_settled(const struct catalog *c, int64_t now_ms)
{
    for (uint32_t i = 0; i < c->count && !catalog_is_done(c); i++) {
        struct entry *e = c->entries[i];
        if (e->state == ENTRY_WAITING && now_ms - e->changed_ms >= CATALOG_SETTLE_MS) {
            return e;
        }
    }
    return NULL;
}

bool
catalog_has_work(const struct catalog *c, int64_t now_ms)
{
    return c->hashing || find_settled(c, now_ms);
}

struct entry *
catalog_turn(struct catalog *c, const struct make_extra *extra, int64_t bytes_max, int64_t now_ms)
{
    struct entry *e = c->hashing ? c->hashing : find_settled(c, now_ms);
    if (!e) {
        return NULL;
    }
    bool is_kept = false;
    if (e->state == ENTRY_WAITING) {
        make_open(&e->make, c->dir, e->name, 0);
        e->state = ENTRY_HASHING;
        is_kept = c->cache && hash_cache_get(c->cache, e->seen, &e->make);
    }
    make_turn(&e->make, bytes_max);
    c->hashing = e->make.state == MAKE_HASHING ? e : NULL;
    if (c->hashing) {
        return NULL;
    }
    if (e->make.state == MAKE_DONE) {
        finish(e, extra);
    } else {
        e->state = ENTRY_FAILED;
    }
    if (e->state == ENTRY_READY) {
        list(c, e);
        if (c->cache && !is_kept) {
            hash_cache_put(c->cache, e->seen, &e->make);
        }
    }
    c->failed += e->state == ENTRY_FAILED;
    return e;
}

const struct app *
entry_app(struct entry *e, size_t n, const struct app_image *image, const struct payload *settings)
{
    struct app *a = &e->apps[n];
    bool made =
        a->tail.len > 0 || app_make(a, image, settings, e->metainfo, e->torrent.name);
    return made ? a : NULL;
}

/* --- finding ---------------------------------------------------------------------------------- */

struct entry *
catalog_by_slug(const struct catalog *c, struct bytes slug)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const char *other = c->entries[i]->slug;
        if (other && bytes_equal(bytes_of_text(other), slug)) {
            return c->entries[i];
        }
    }
    return NULL;
}

struct entry *
catalog_by_hash(const struct catalog *c, const uint8_t info_hash[SHA1_SIZE])
{
    uint32_t at = place_of(c, info_hash);
    bool found = at < c->ready &&
                 memcmp(c->by_hash[at]->torrent.info_hash, info_hash, SHA1_SIZE) == 0;
    return found ? c->by_hash[at] : NULL;
}

/* By binary search, the files being sorted by raw path. */
static bool
find_raw(const struct make_torrent *m, struct bytes path, uint32_t *index)
{
    uint32_t low = 0, high = m->file_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = bytes_compare(bytes_of_text(m->files[middle].path), path);
        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

struct entry *
catalog_by_path(const struct catalog *c, struct bytes path, uint32_t *index)
{
    struct bytes rest = path;
    struct bytes name = bytes_cut(&rest, '/');
    for (uint32_t i = 0; i < c->count; i++) {
        struct entry *e = c->entries[i];
        if (e->state != ENTRY_READY || (!bytes_equal(bytes_of_text(e->name), name) &&
                                        !bytes_equal(bytes_of_text(e->torrent.name), name))) {
            continue;
        }
        if (find_raw(&e->make, path, index)) {
            return e;
        }
        for (uint32_t k = 0; e->safe_paths && k < e->make.file_count; k++) {
            if (bytes_equal(bytes_of_text(e->safe_paths[k]), path)) {
                *index = k;
                return e;
            }
        }
    }
    return NULL;
}

void
catalog_close(struct catalog *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        entry_free(c->entries[i], c->app_count);
    }
    for (struct entry *e; (e = catalog_take_gone(c)) != NULL;) {
        entry_free(e, c->app_count);
    }
    free(c->entries);
    free(c->by_hash);
    sys_dir_close(&c->dir);
    sys_dir_close(&c->cache);
    *c = (struct catalog){0};
}
