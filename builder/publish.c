#include "builder/publish.h"

#include "builder/feed.h"
#include "builder/pack.h"
#include "builder/publish_page.h"
#include "builder/tarball.h"
#include "meta/safe_path.h"
#include "ui/session.h"
#include "wire/url.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARENA_MAX = 512 * 1024 * 1024,
    RENDER_MIN = 256 * 1024,
    RENDER_MAX = 256 * 1024 * 1024, /* of a page */
    FOLDER_URL_MAX = 1024,          /* leaves room for names behind it */
};

static void
release(struct bytes b)
{
    free((void *)(uintptr_t)b.ptr);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* So that nothing in it needs to be escaped in HTML and XML. */
static int
set_url(struct publish *p, const char *given)
{
    struct buf b = buf_over(p->url, FOLDER_URL_MAX);
    struct url url;
    buf_url_escaped(&b, bytes_of_text(given), ":/?#[]@!$()*+,;=%");
    while (b.len > 0 && b.ptr[b.len - 1] == '/') {
        b.len--;
    }
    buf_byte(&b, '/');
    buf_cstr(&b);
    if (b.full || !url_parse(&url, bytes_of_text(p->url)) || url.scheme == URL_UDP ||
        bytes_find(url.text, '?') < url.text.len || bytes_find(url.text, '#') < url.text.len) {
        return complain(EXIT_USAGE,
                        "--url takes http://HOST[:PORT][/PATH] or https://..., not '%s'", given);
    }
    return 0;
}

int
publish_open(struct publish *p, const char *folder, const char *url)
{
    *p = (struct publish){.arena = {.size_max = ARENA_MAX}};
    int code = url ? set_url(p, url) : 0;
    code = code ? code : shelf_open(&p->shelf, folder);
    if (code) {
        return code;
    }
    struct bytes before = feed_url(p->shelf.feed);
    struct url parts;
    if (!url && before.len < sizeof p->url && url_parse(&parts, before)) {
        memcpy(p->url, before.ptr, before.len);
    }
    p->url_is_new = before.len > 0 && !bytes_equal(before, bytes_of_text(p->url));
    stage_open(&p->stage, folder, p->shelf.dir, &p->shelf.known);
    return 0;
}

/* --- the torrent ------------------------------------------------------------------------------ */

static void
add_sources(struct publish *p, const struct publish_what *w)
{
    struct payload *from = w->settings;
    struct source_list *to = &p->lists;
    memcpy(to->trackers, from->trackers, sizeof to->trackers);
    memcpy(to->tracker_tier, from->tracker_tier, sizeof to->tracker_tier);
    to->tracker_count = from->tracker_count;
    if (w->with_content && p->url[0]) {
        struct buf b = BUF(p->webseed);
        buf_text(&b, p->url);
        buf_text(&b, CONTENT_FOLDER);
        to->webseeds[to->webseed_count++] = bytes_of_text(buf_cstr(&b));
    }
    for (uint32_t i = 0; i < from->webseed_count && to->webseed_count < WEBSEEDS_MAX; i++) {
        to->webseeds[to->webseed_count++] = from->webseeds[i];
    }
    from->tracker_count = from->webseed_count = 0;
}

static char *
metainfo_name(const struct torrent *t)
{
    uint8_t mem[NAME_LEN_MAX * 4], safe_mem[NAME_LEN_MAX * 4];
    struct buf name = BUF(mem), safe = BUF(safe_mem);
    buf_text(&name, t->name);
    buf_text(&name, ".torrent");
    safe_path_component(&safe, buf_bytes(&name));
    return files_join(NULL, buf_cstr(&safe));
}

static int
parse(struct publish *p, struct bytes metainfo)
{
    struct fault why = {0};
    arena_free(&p->arena);
    if (!torrent_parse(&p->torrent, metainfo, &p->arena, &why)) {
        return complain(EXIT_DAMAGED, "the torrent cannot be used: %s (at byte %zu)", why.what,
                        why.where);
    }
    return 0;
}

/* What was published under this name before. */
static void
find_old(struct publish *p)
{
    char *name = metainfo_name(&p->torrent);
    p->old = shelf_find(&p->shelf, name);
    free((char *)(uintptr_t)p->offer.metainfo.name);
    p->offer.metainfo.name = name;
}

/* The same torrent as before keeps its date. */
static bool
is_same_torrent(const struct publish *p)
{
    return p->old && memcmp(p->old->offer.torrent->info_hash, p->torrent.info_hash, SHA1_SIZE) == 0;
}

static int64_t
choose_date(const struct publish *p, const struct create_options *o)
{
    return o->date >= 0 ? o->date : is_same_torrent(p) ? p->old->offer.date : sys_unix_s();
}

/* The date says when it was published first, so the info-hash must be known before it is. */
static int
make(struct publish *p, const struct publish_what *w)
{
    const struct create_options *o = w->create;
    int code = 0;
    add_sources(p, w);
    for (int round = 0; round < 2 && !code; round++) {
        int64_t date = round ? choose_date(p, o) : 0;
        struct make_extra extra = create_options_extra(o, &p->lists, date);
        release(p->made);
        p->made = make_metainfo(&w->original->make, &extra);
        if (p->made.len == 0) {
            return complain(EXIT_USAGE,
                            "the torrent would be larger than %d bytes; choose longer pieces",
                            METAINFO_SIZE_MAX);
        }
        code = parse(p, p->made);
        if (!code && round == 0) {
            find_old(p);
        }
    }
    return code;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Long names are cut, so two may end up as one. */
static int
check_name(const struct publish *p, const char *name)
{
    for (size_t i = 0; i < p->shelf.count; i++) {
        const struct shelf_item *item = &p->shelf.items[i];
        if (item != p->old && shelf_belongs(item, name)) {
            return complain(EXIT_USAGE,
                            "%s/%s belongs to %s; publish one of them under another name",
                            p->shelf.folder, name, item->offer.metainfo.name);
        }
    }
    return 0;
}

static int
put_file(struct publish *p, struct offer_file *f, const struct bytes *parts, size_t count,
         bool executable)
{
    struct sha256 sha;
    sha256_init(&sha);
    f->size = 0;
    for (size_t i = 0; i < count; i++) {
        sha256_add(&sha, parts[i].ptr, parts[i].len);
        f->size += (int64_t)parts[i].len;
    }
    sha256_end(&sha, f->sha256);
    sums_add(&p->next, f->name, f->sha256);
    int code = check_name(p, f->name);
    return code ? code : stage_bytes(&p->stage, f->name, parts, count, executable);
}

static int
put_app(struct publish *p, const struct publish_what *w, const char *target)
{
    uint8_t mem[NAME_LEN_MAX * 4];
    struct buf name = BUF(mem);
    struct payload settings = *w->settings;
    struct offer_app *a = &p->offer.apps[p->offer.app_count++];
    pack_name(&name, p->torrent.name, target);
    *a = (struct offer_app){.target = target, .program.name = files_join(NULL, buf_cstr(&name))};
    settings.torrent = p->torrent.metainfo;
    settings.target = bytes_of_text(target);
    struct bytes parts[2] = {pack_program(target, w->icon, settings.title), {0}};
    parts[1] = pack_tail(&settings, parts[0].len);
    int code = parts[1].len ? put_file(p, &a->program, parts, 2, true)
                            : complain(EXIT_USAGE, "torrent and settings are larger than an app "
                                                   "may carry");
    if (!code && !target_is_windows(target)) {
        struct tarball_image image = tarball_image(parts[0]);
        struct tarball made = tarball_make(a->program.name, &image, parts[1]);
        struct bytes archive[3] = {made.head, image.deflated, made.tail};
        buf_text(&name, ".tar.gz");
        a->archive.name = files_join(NULL, buf_cstr(&name));
        code = put_file(p, &a->archive, archive, 3, false);
        tarball_free(&made);
        tarball_image_free(&image);
    }
    release(parts[0]);
    release(parts[1]);
    return code;
}

/* The known checksum of a file of content that did not change. */
static bool
reuse_sum(struct publish *p, const char *path, uint8_t sha256[SHA256_SIZE])
{
    const struct sum *known = is_same_torrent(p) ? sums_find(&p->shelf.known, path) : NULL;
    if (known) {
        memcpy(sha256, known->hash, SHA256_SIZE);
    }
    return known != NULL;
}

static int
put_content(struct publish *p, const struct original *from)
{
    int code = 0;
    for (uint32_t i = 0; i < from->make.file_count && !code; i++) {
        const struct make_file *f = &from->make.files[i];
        struct offer_file file = {.name = files_join(CONTENT_FOLDER, f->path), .size = f->size};
        bool known = reuse_sum(p, file.name, file.sha256);
        code = check_name(p, file.name);
        code = code ? code
                    : stage_file(&p->stage, file.name, from->dir, f->path, f->size,
                                 known ? NULL : file.sha256);
        sums_add(&p->next, file.name, file.sha256);
        if (from->make.single) {
            p->offer.content = file;
        } else {
            free((char *)(uintptr_t)file.name);
        }
    }
    return code;
}

/* Nothing is given now, but what is there still belongs to this torrent. */
static void
keep_content(struct publish *p)
{
    const struct sums *known = &p->shelf.known;
    for (size_t i = sums_from(known, CONTENT_FOLDER); is_same_torrent(p) && i < known->count; i++) {
        const struct sum *sum = &known->v[i];
        if (!bytes_starts(bytes_of_text(sum->name), BYTES(CONTENT_FOLDER))) {
            break;
        }
        if (shelf_belongs(p->old, sum->name)) {
            sums_add(&p->next, sum->name, sum->hash);
        }
    }
    if (is_same_torrent(p) && p->old->offer.content.name) {
        p->offer.content = p->old->offer.content;
        p->offer.content.name = files_join(NULL, p->offer.content.name);
    }
}

/* All else stays as it is, on the list too. */
static void
keep_others(struct publish *p)
{
    for (size_t i = 0; i < p->shelf.known.count; i++) {
        const struct sum *sum = &p->shelf.known.v[i];
        bool replaced = p->old && shelf_belongs(p->old, sum->name);
        if (!replaced && strcmp(sum->name, SUMS_NAME) != 0) {
            sums_add(&p->next, sum->name, sum->hash);
        }
    }
}

int
publish_add(struct publish *p, const struct publish_what *w)
{
    struct offer *o = &p->offer;
    int code = w->metainfo.len ? parse(p, w->metainfo) : make(p, w);
    if (code) {
        return code;
    }
    find_old(p);
    o->torrent = &p->torrent;
    o->title = w->settings->title.len ? w->settings->title : bytes_of_text(p->torrent.name);
    o->publisher = w->settings->publisher;
    o->message = w->settings->message;
    o->date = choose_date(p, w->create);
    o->trackers = w->settings->trackers;
    o->tracker_count = w->settings->tracker_count;
    o->webseeds = w->settings->webseeds;
    o->webseed_count = w->settings->webseed_count;
    keep_others(p);
    if (w->original && w->with_content) {
        code = put_content(p, w->original);
    } else {
        keep_content(p);
    }
    code = code ? code : put_file(p, &o->metainfo, &p->torrent.metainfo, 1, false);
    for (size_t i = 0; i < w->targets->count && !code; i++) {
        code = put_app(p, w, w->targets->v[i]);
    }
    return code;
}

/* --- pages ------------------------------------------------------------------------------------ */

typedef void renderer(const struct offers *o, struct buf *out);

static int
put_page(struct publish *p, const char *name, renderer *render, const struct offers *o)
{
    struct offer_file f = {.name = name};
    for (size_t max = RENDER_MIN; max <= RENDER_MAX; max *= 4) {
        uint8_t *mem = files_memory(max, 1);
        struct buf b = buf_over(mem, max);
        render(o, &b);
        struct bytes page = buf_bytes(&b);
        int code = b.full ? 0 : put_file(p, &f, &page, 1, false);
        free(mem);
        if (!b.full) {
            return code;
        }
    }
    return complain(EXIT_USAGE, "%s/%s would be larger than %d bytes", p->shelf.folder, name,
                    RENDER_MAX);
}

static int
put_sums(struct publish *p)
{
    sums_sort(&p->next);
    size_t room = 0;
    for (size_t i = 0; i < p->next.count; i++) {
        room += 2 * SHA256_SIZE + 4 + 2 * strlen(p->next.v[i].name);
    }
    uint8_t *mem = files_memory(room, 1);
    struct buf b = buf_over(mem, room);
    sums_write(&p->next, &b);
    struct bytes text = buf_bytes(&b);
    int code = stage_bytes(&p->stage, SUMS_NAME, &text, 1, false);
    free(mem);
    return code;
}

static int
newest_first(const void *a, const void *b)
{
    const struct offer *x = a, *y = b;
    return x->date != y->date ? (x->date < y->date ? 1 : -1)
                              : strcmp(x->metainfo.name, y->metainfo.name);
}

/* The page's title: the offer's, or the publisher of all, if it is one. */
static void
put_title(struct buf *b, const struct offer *v, size_t count)
{
    bool one = v[0].publisher.len > 0;
    for (size_t i = 1; i < count; i++) {
        one &= bytes_equal(v[i].publisher, v[0].publisher);
    }
    if (count == 1) {
        buf_add(b, v[0].title);
    } else {
        buf_text(b, one ? "Downloads from " : "Downloads");
        buf_add(b, one ? v[0].publisher : (struct bytes){0});
    }
}

static int
put_pages(struct publish *p, struct offer *v, size_t count)
{
    uint8_t mem[TEXT_LEN_MAX + 64];
    struct buf title = BUF(mem);
    qsort(v, count, sizeof *v, newest_first);
    put_title(&title, v, count);
    struct offers o = {
        .title = buf_bytes(&title), .url = bytes_of_text(p->url), .v = v, .count = count};
    int code = put_page(p, "snippet.html", page_snippet, &o);
    code = code ? code : put_page(p, FEED_NAME, feed_write, &o);
    return code ? code : put_page(p, "index.html", page_index, &o);
}

int
publish_write(struct publish *p)
{
    struct offer *v = files_memory(p->shelf.count + 1, sizeof *v);
    size_t count = 0;
    v[count++] = p->offer;
    for (size_t i = 0; i < p->shelf.count; i++) {
        if (&p->shelf.items[i] != p->old) {
            v[count++] = p->shelf.items[i].offer;
        }
    }
    int code = put_pages(p, v, count);
    free(v);
    code = code ? code : put_sums(p);
    for (size_t i = 0; i < p->shelf.known.count && !code; i++) {
        const char *name = p->shelf.known.v[i].name;
        if (strcmp(name, SUMS_NAME) != 0 && !sums_find(&p->next, name)) {
            stage_remove(&p->stage, name);
        }
    }
    return code ? code : stage_commit(&p->stage);
}

static void
free_name(struct offer_file *f)
{
    free((char *)(uintptr_t)f->name);
}

void
publish_close(struct publish *p)
{
    stage_close(&p->stage);
    for (size_t i = 0; i < p->offer.app_count; i++) {
        free_name(&p->offer.apps[i].program);
        free_name(&p->offer.apps[i].archive);
    }
    free_name(&p->offer.metainfo);
    free_name(&p->offer.content);
    release(p->made);
    sums_free(&p->next);
    arena_free(&p->arena);
    shelf_close(&p->shelf);
}
