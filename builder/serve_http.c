/* serve's addresses: page, torrents, apps, content. */
#include "builder/serve.h"

#include "builder/access_log.h"
#include "builder/embedded.h"
#include "builder/feed.h"
#include "builder/pack.h"
#include "builder/targets.h"
#include "net/http_reply.h"

static const char file_headers[] = "X-Content-Type-Options: nosniff\r\n";

/* "attachment" with the name in both forms (RFC 6266). */
static void
set_disposition(struct serve *s, struct bytes plain, struct bytes name, struct http_answer *a)
{
    struct buf b = BUF(s->disposition);
    buf_text(&b, "attachment; filename=\"");
    buf_add(&b, plain);
    buf_text(&b, "\"; filename*=UTF-8''");
    buf_url_escaped(&b, name, "");
    if (!b.full) {
        a->disposition = buf_cstr(&b);
    }
}

/* "/t/<slug or info-hash>.torrent" */
static void
answer_torrent(struct serve *s, struct bytes name, struct http_answer *a)
{
    uint8_t hash[SHA1_SIZE], mem[512];
    if (!bytes_ends(name, BYTES(".torrent"))) {
        return;
    }
    name.len -= 8;
    struct entry *e = catalog_by_slug(&s->catalog, name);
    if (!e && bytes_from_hex(name, hash, SHA1_SIZE)) {
        e = catalog_by_hash(&s->catalog, hash);
    }
    if (!e || e->state != ENTRY_READY) {
        return;
    }
    struct buf plain = BUF(mem), full = buf_over(mem + 200, 312), etag = BUF(s->etag);
    buf_text(&plain, e->slug);
    buf_text(&plain, ".torrent");
    buf_text(&full, e->torrent.name);
    buf_text(&full, ".torrent");
    set_disposition(s, buf_bytes(&plain), buf_bytes(&full), a);
    buf_hex(&etag, bytes_of(e->torrent.info_hash, SHA1_SIZE));
    a->status = 200;
    a->content_type = "application/x-bittorrent";
    a->extra_headers = file_headers;
    a->etag = buf_bytes(&etag);
    a->body = e->metainfo;
    a->body_is_static = true;
}

static void
answer_program(const struct app_image *image, const struct app *app, struct http_answer *a)
{
    a->content_type = "application/octet-stream";
    a->etag = bytes_of_text(app->program.etag);
    a->before[0] = image->program;
    a->body = app->tail;
}

static void
answer_archive(const struct app_image *image, const struct app *app, struct http_answer *a)
{
    a->content_type = "application/gzip";
    a->etag = bytes_of_text(app->archive.etag);
    a->before[0] = app->around.head;
    a->before[1] = image->packed.deflated;
    a->body = app->around.tail;
}

/* "/a/<slug>-<target>" and ".run", ".run.tar.gz" or ".exe" */
static void
answer_app(struct serve *s, struct bytes name, struct http_answer *a)
{
    bool archive = bytes_ends(name, BYTES(".tar.gz"));
    struct bytes program = bytes_first(name, name.len - (archive ? 7 : 0));
    for (size_t i = 0; i < embedded_stub_count; i++) {
        uint8_t mem[NAME_LEN_MAX * 4 + 16], end_mem[64];
        struct buf file = BUF(mem), end = BUF(end_mem);
        const char *target = embedded_stubs[i].target;
        pack_name(&end, "", target); /* "-<target>.run" */
        if (!bytes_ends(program, buf_bytes(&end)) || (archive && target_is_windows(target))) {
            continue;
        }
        struct bytes slug = bytes_first(program, program.len - end.len);
        struct entry *e = catalog_by_slug(&s->catalog, slug);
        const struct app *app = e && e->state == ENTRY_READY ? serve_app(s, e, i) : NULL;
        if (app) {
            pack_name(&file, e->torrent.name, target);
            buf_text(&file, archive ? ".tar.gz" : "");
            set_disposition(s, name, buf_bytes(&file), a);
            (archive ? answer_archive : answer_program)(serve_image(s, e, i), app, a);
            a->status = 200;
            a->extra_headers = file_headers;
            a->body_is_static = true;
        }
        return;
    }
}

/* Is there something of that name whose torrent is not made yet? A client that is told "not found"
 * does not come back: after a restart that would be all that were downloading. */
static bool
is_coming(const struct serve *s, struct bytes path)
{
    struct bytes name = bytes_cut(&path, '/');
    for (uint32_t i = 0; i < s->catalog.count; i++) {
        const struct entry *e = s->catalog.entries[i];
        bool is_pending = e->state == ENTRY_WAITING || e->state == ENTRY_HASHING;
        if (is_pending && bytes_equal(bytes_of_text(e->name), name)) {
            return true;
        }
    }
    return false;
}

/* "/f/<name>[/...]": the content, for web seeds and for people. */
static void
answer_content(struct serve *s, struct bytes path, struct http_answer *a)
{
    uint32_t index = 0;
    struct sys_stat st;
    struct entry *e = catalog_by_path(&s->catalog, path, &index);
    if (!e && is_coming(s, path)) {
        a->status = 503;
        a->extra_headers = "Retry-After: 2\r\n";
    }
    if (!e) {
        return;
    }
    const struct make_file *f = &e->make.files[index];
    if (sys_stat(s->catalog.dir, f->path, &st) != SYS_OK || !st.exists || st.size != f->size ||
        sys_file_open(s->catalog.dir, f->path, SYS_READ, &a->file) != SYS_OK) {
        return; /* it went away, or is another one now */
    }
    struct buf etag = BUF(s->etag);
    buf_u64(&etag, st.stamp);
    buf_byte(&etag, '-');
    buf_u64(&etag, (uint64_t)st.size);
    a->status = 200;
    a->content_type = "application/octet-stream";
    a->extra_headers = file_headers;
    a->etag = buf_bytes(&etag);
    a->modified_s = st.modified_s;
    a->file_len = f->size;
    a->close_file = true;
    a->counter = &e->counts.by_webseed;
}

/* Conditions and ranges are the server's, so what becomes of the answer is asked there. What is
 * logged is what goes out if the client does not break off. */
static void
count_request(struct serve *s, const struct http_request *q, const struct http_answer *a)
{
    uint8_t mem[ACCESS_LINE_MAX];
    struct buf line = BUF(mem);
    struct http_reply r;
    http_reply_plan(&r, q->head, a);
    s->counts.http[r.status / 100 % 6]++;
    if (s->wants_log) {
        struct access access = {.method = q->head->method,
                                .target = q->head->target,
                                .minor_version = q->head->minor_version,
                                .status = r.status,
                                .unix_s = sys_unix_s()};
        access.len = (uint64_t)r.file_left;
        for (int i = 0; i < 3; i++) {
            access.len += r.memory[i].len;
        }
        serve_client(q, &access.from);
        access_log_put(&line, &access);
        sys_print(SYS_OUT, buf_bytes(&line));
    }
}

/* The request's path below our public URL, without '/' in front. A web server in front of us may
 * pass on the URL's own path or take it off. */
static struct bytes
path_of(const struct serve *s, struct bytes path)
{
    struct bytes base = bytes_of_text(s->base);
    if (base.len > 0 && bytes_starts(path, base) && bytes_skip(path, base.len).len > 0 &&
        path.ptr[base.len] == '/') {
        path = bytes_skip(path, base.len);
    }
    return bytes_skip(path, 1);
}

void
serve_handle(void *context, const struct http_request *q, struct http_answer *a)
{
    struct serve *s = context;
    struct bytes path = path_of(s, q->path);
    struct bytes rest = path;
    struct bytes room = bytes_cut(&rest, '/');
    if (s->base[0] && bytes_equal(q->path, bytes_of_text(s->base))) {
        a->status = 301; /* links of the page need the slash */
        a->location = s->home_url;
    } else if (path.len == 0 || bytes_equal(path, BYTES("index.html"))) {
        serve_index(s, q, a);
    } else if (bytes_equal(path, BYTES(FEED_NAME))) {
        serve_feed(s, a);
    } else if (bytes_equal(path, BYTES("status"))) {
        serve_status(s, q, a);
    } else if (bytes_equal(path, BYTES("metrics"))) {
        serve_metrics(s, q, a);
    } else if (bytes_equal(path, BYTES("announce"))) {
        serve_announce(s, q, a);
    } else if (bytes_equal(path, BYTES("scrape"))) {
        serve_scrape(s, q, a);
    } else if (bytes_equal(room, BYTES("i"))) {
        serve_item(s, rest, a);
    } else if (bytes_equal(room, BYTES("t"))) {
        answer_torrent(s, rest, a);
    } else if (bytes_equal(room, BYTES("a"))) {
        answer_app(s, rest, a);
    } else if (bytes_equal(room, BYTES("f"))) {
        answer_content(s, rest, a);
    }
    count_request(s, q, a);
}
