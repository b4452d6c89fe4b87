/* Files come out of the content's memory; what is wrong with them depends on the kind. */
#include "sim/webseed_actor.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* The file that a path names: "/data/" and the torrent's path. */
static const struct torrent_file *
file_of_path(const struct webseed_actor *w, struct bytes path)
{
    const struct torrent *t = &w->content->torrent;
    struct bytes root = w->kind == WEBSEED_MOVED ? BYTES("/moved/") : BYTES("/data/");
    if (!bytes_starts(path, root)) {
        return NULL;
    }
    path = bytes_skip(path, root.len);
    for (uint32_t i = 0; i < t->file_count; i++) {
        if (bytes_equal(path, bytes_of_text(t->files[i].path))) {
            return &t->files[i];
        }
    }
    return NULL;
}

static void
on_request(void *context, const struct http_request *q, struct http_answer *a)
{
    struct webseed_actor *w = context;
    w->requests++;
    if (w->kind == WEBSEED_MOVED && bytes_starts(q->path, BYTES("/data/"))) {
        static char location[600];
        struct buf b = BUF(location);
        buf_text(&b, "/moved/");
        buf_add(&b, bytes_skip(q->path, 6));
        a->status = 302;
        a->location = buf_cstr(&b);
        return;
    }
    const struct torrent_file *f = file_of_path(w, q->path);
    if (!f || w->kind == WEBSEED_MISSING) {
        return;
    }
    const uint8_t *data = w->kind == WEBSEED_LYING ? w->lies : w->content->data;
    size_t cut = w->kind == WEBSEED_CUT ? (size_t)f->length / 3 : 0;
    a->status = 200;
    a->content_type = "application/octet-stream";
    a->body = bytes_of(data + f->offset, (size_t)f->length - cut);
    a->body_is_static = true;
    a->no_ranges = w->kind == WEBSEED_WHOLE;
}

static void
on_wants(void *context, struct sys_wants *wants, int64_t now_ms)
{
    struct webseed_actor *w = context;
    http_server_wants(w->server, wants, now_ms);
}

static void
on_turn(void *context, const struct sys_wants *wants, int64_t now_ms)
{
    struct webseed_actor *w = context;
    http_server_turn(w->server, wants, w->scratch, now_ms);
}

void
webseed_start_on(struct webseed_actor *w)
{
    sim_enter(w->host);
    w->scratch = malloc(sizeof *w->scratch);
    w->lies = malloc(w->content->size + 1);
    check(w->scratch && w->lies);
    memcpy(w->lies, w->content->data, w->content->size);
    for (size_t i = 0; i < w->content->size; i += 5000) {
        w->lies[i] ^= 1;
    }
    int error = SYS_OK;
    struct http_server_config config = {
        .listen = {.port = 80}, .handler = on_request, .context = w, .clients_max = 32};
    w->server = http_server_open(&config, &error);
    check(w->server);
    struct sim_actor actor = {on_wants, on_turn, w};
    sim_start(w->host, &actor);
    sim_say(sim_host_world(w->host), "a web seed of kind %d", w->kind);
}

void
webseed_end(struct webseed_actor *w)
{
    sim_enter(w->host);
    http_server_close(w->server);
    free(w->scratch);
    free(w->lies);
    sim_end(w->host);
}
