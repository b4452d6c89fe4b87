/* serve's addresses: page, torrents, apps, content. */
#include "builder/serve.h"

#include "builder/access_log.h"
#include "builder/embedded.h"
#include "builder/pack.h"
#include "net/http_reply.h"

static const char page_headers[] =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Cache-Control: no-cache\r\n";
static const char file_headers[] = "X-Content-Type-Options: nosniff\r\n";

static void
answer_page(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    struct buf page = BUF(s->page);
    struct bytes query = q->query;
    uint64_t from = 0;
    if (bytes_starts(query, BYTES("from="))) {
        bytes_to_u64(bytes_skip(query, 5), UINT32_MAX, &from);
    }
    site_index(&s->site, (uint32_t)from, &page);
    a->status = 200;
    a->content_type = "text/html; charset=utf-8";
    a->extra_headers = page_headers;
    a->body = buf_bytes(&page);
}

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

/* "/a/<slug>-<target>.run" or ".exe" */
static void
answer_app(struct serve *s, struct bytes name, struct http_answer *a)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        uint8_t mem[NAME_LEN_MAX * 4], end_mem[64];
        struct buf file = BUF(mem), end = BUF(end_mem);
        const char *target = embedded_stubs[i].target;
        pack_name(&end, "", target); /* "-<target>.run" */
        if (!bytes_ends(name, buf_bytes(&end))) {
            continue;
        }
        struct entry *e = catalog_by_slug(&s->catalog, bytes_first(name, name.len - end.len));
        const struct entry_app *app = NULL;
        if (e && e->state == ENTRY_READY) {
            app = catalog_app(e, i, s->stubs[i].len, &s->settings);
        }
        if (app) {
            pack_name(&file, e->torrent.name, target);
            set_disposition(s, name, buf_bytes(&file), a);
            a->status = 200;
            a->content_type = "application/octet-stream";
            a->extra_headers = file_headers;
            a->etag = bytes_of_text(app->etag);
            a->before = s->stubs[i];
            a->body = app->tail;
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
        const struct entry *e = &s->catalog.entries[i];
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
    a->counter = &e->webseed_sent;
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
        access.len = r.memory[0].len + r.memory[1].len + (uint64_t)r.file_left;
        serve_client(q, &access.from);
        access_log_put(&line, &access);
        sys_print(SYS_OUT, buf_bytes(&line));
    }
}

void
serve_handle(void *context, const struct http_request *q, struct http_answer *a)
{
    struct serve *s = context;
    struct bytes path = bytes_skip(q->path, 1);
    struct bytes rest = path;
    struct bytes room = bytes_cut(&rest, '/');
    if (path.len == 0 || bytes_equal(path, BYTES("index.html"))) {
        answer_page(s, q, a);
    } else if (bytes_equal(path, BYTES("status"))) {
        serve_status(s, q, a);
    } else if (bytes_equal(path, BYTES("metrics"))) {
        serve_metrics(s, q, a);
    } else if (bytes_equal(path, BYTES("announce"))) {
        serve_announce(s, q, a);
    } else if (bytes_equal(path, BYTES("scrape"))) {
        serve_scrape(s, q, a);
    } else if (bytes_equal(room, BYTES("t"))) {
        answer_torrent(s, rest, a);
    } else if (bytes_equal(room, BYTES("a"))) {
        answer_app(s, rest, a);
    } else if (bytes_equal(room, BYTES("f"))) {
        answer_content(s, rest, a);
    }
    count_request(s, q, a);
}
