#include "builder/catalog.h"

#include "base/check.h"
#include "builder/embedded.h"
#include "builder/files.h"
#include "builder/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_MAX = 16 * 1024 * 1024,
    ENTRY_ARENA_MAX = 512 * 1024 * 1024,
    SLUG_MAX = 80,
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
make_slug(struct catalog *c, const char *name)
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

int
catalog_open(struct catalog *c, sys_dir dir)
{
    *c = (struct catalog){.dir = dir};
    char *names = files_memory(NAMES_MAX, 1);
    struct buf b = buf_over(names, NAMES_MAX);
    int error = sys_dir_list(dir, "", &b);
    size_t count = 0;
    for (size_t at = 0; !error && at < b.len; at += strlen(names + at) + 1) {
        count += is_offered(bytes_of_text(names + at));
    }
    c->entries = files_memory(count, sizeof *c->entries);
    for (size_t at = 0; !error && at < b.len; at += strlen(names + at) + 1) {
        if (is_offered(bytes_of_text(names + at))) {
            char *slug = make_slug(c, names + at);
            struct entry *e = &c->entries[c->count++];
            e->name = files_join(NULL, names + at);
            e->slug = slug;
            e->apps = files_memory(embedded_stub_count, sizeof *e->apps);
            e->arena.size_max = ENTRY_ARENA_MAX;
        }
    }
    free(names);
    return error;
}

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
    return c->at == c->count;
}

struct entry *
catalog_turn(struct catalog *c, const struct make_extra *extra, int64_t bytes_max)
{
    if (catalog_is_done(c)) {
        return NULL;
    }
    struct entry *e = &c->entries[c->at];
    if (e->state == ENTRY_WAITING) {
        make_open(&e->make, c->dir, e->name, 0);
        e->state = ENTRY_HASHING;
    }
    make_turn(&e->make, bytes_max);
    if (e->make.state == MAKE_HASHING) {
        return NULL;
    }
    if (e->make.state == MAKE_DONE) {
        finish(e, extra);
    } else {
        e->state = ENTRY_FAILED;
    }
    c->at++;
    c->ready += e->state == ENTRY_READY;
    return e;
}

const struct entry_app *
catalog_app(struct entry *e, size_t stub, size_t stub_len, const struct payload *settings)
{
    struct entry_app *app = &e->apps[stub];
    if (app->tail.len == 0) {
        struct payload p = *settings;
        p.torrent = e->metainfo;
        p.target = bytes_of_text(embedded_stubs[stub].target);
        app->tail = pack_tail(&p, stub_len);
        if (app->tail.len == 0) {
            return NULL;
        }
        uint8_t hash[SHA256_SIZE];
        struct buf etag = BUF(app->etag);
        sha256_of(app->tail, hash);
        buf_hex(&etag, bytes_of(hash, 8));
        buf_cstr(&etag);
    }
    return app;
}

struct entry *
catalog_by_slug(struct catalog *c, struct bytes slug)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (bytes_equal(bytes_of_text(c->entries[i].slug), slug)) {
            return &c->entries[i];
        }
    }
    return NULL;
}

struct entry *
catalog_by_hash(struct catalog *c, const uint8_t info_hash[SHA1_SIZE])
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct entry *e = &c->entries[i];
        if (e->state == ENTRY_READY && memcmp(e->torrent.info_hash, info_hash, SHA1_SIZE) == 0) {
            return e;
        }
    }
    return NULL;
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
catalog_by_path(struct catalog *c, struct bytes path, uint32_t *index)
{
    struct bytes rest = path;
    struct bytes name = bytes_cut(&rest, '/');
    for (uint32_t i = 0; i < c->count; i++) {
        struct entry *e = &c->entries[i];
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
        struct entry *e = &c->entries[i];
        for (size_t k = 0; k < embedded_stub_count; k++) {
            free((void *)(uintptr_t)e->apps[k].tail.ptr);
        }
        if (e->state != ENTRY_WAITING) {
            make_close(&e->make);
        }
        free((void *)(uintptr_t)e->metainfo.ptr);
        arena_free(&e->arena);
        free(e->safe_paths);
        free(e->apps);
        free(e->name);
        free(e->slug);
    }
    free(c->entries);
    sys_dir_close(&c->dir);
    *c = (struct catalog){0};
}
