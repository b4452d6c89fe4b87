/* samara serve: page, apps, torrents, tracker, web seed and seeding peer in one process, one
 * thread, one loop. */
#include "builder/serve.h"

#include "builder/command.h"
#include "builder/embedded.h"
#include "builder/files.h"
#include "net/lookup.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PORT_DEFAULT = 8080,
    CLIENTS_MAX = HTTP_CLIENTS_MAX,
    STATUS_MS = 1000,
    STOP_MS = 1700,
    RESOLVE_MS = 5000,
};

static const char help[] =
    "Usage: samara serve DIR [--listen HOST:PORT] [--url PUBLIC_URL] [OPTIONS]\n"
    "Publishes every file and folder in DIR (but hidden ones, .part and .torrent): a page with\n"
    "the app, the .torrent and the file itself for each, and for all of them the tracker (HTTP\n"
    "and UDP), the web seed and a seeding peer. DIR is watched: what is new, changed or gone is\n"
    "offered, hashed again or withdrawn within seconds.\n"
    "\n"
    "  --listen HOST:PORT   for the page, tracker and web seed (default: all addresses, port\n"
    "                       8080; port 0: any); the tracker by UDP has the same port number\n"
    "  --url PUBLIC_URL     how the world reaches the page; stands in torrents and apps\n"
    "                       (default: http:// and the address of --listen)\n"
    "  --port N             for the seeding peer (default: any free one)\n"
    "  --peer-up RATE       the seeding peer sends at most so many bytes a second (2M)\n"
    "  --state DIR          keeps there over restarts what is counted, who is in the swarms and\n"
    "                       what was hashed (default: .samara in DIR, which is not offered)\n"
    "  --no-state           keeps nothing\n"
    "  --no-udp             no tracker by UDP\n"
    "  --open-tracker       the tracker takes any torrent, not only those of DIR\n"
    "  --log                a line of the common log format for each HTTP request on standard\n"
    "                       output\n"
    "\n"
    "The title is the page's, and the app's if there is one entry only. Trackers and web seeds\n"
    "are put into the torrents behind our own: the tracker by HTTP, then udp://, the host of\n"
    "--url and the port of --listen. With --listen at a loopback address and a public --url,\n"
    "which means that a web server passes requests on, there is no tracker by UDP.\n"
    "/status is for people, /metrics for Prometheus.\n"
    "\n" PACK_HELP "\n"
    "Example: samara serve ~/films --listen 0.0.0.0:80 --url http://films.example\n";

struct serve_options {
    int help;
    const char *listen, *url, *state;
    int64_t port, peer_up;
    bool log, no_udp, open_tracker, no_state;
    struct pack_options pack;
};

static const struct arg args[] = {
    ARG_HELP(struct serve_options),
    {"--listen", ARG_TEXT, offsetof(struct serve_options, listen), 0, NULL},
    {"--url", ARG_TEXT, offsetof(struct serve_options, url), 0, NULL},
    {"--port", ARG_NUMBER, offsetof(struct serve_options, port), 65535, NULL},
    {"--peer-up", ARG_RATE, offsetof(struct serve_options, peer_up), 0, NULL},
    {"--state", ARG_TEXT, offsetof(struct serve_options, state), 0, NULL},
    {"--no-state", ARG_FLAG, offsetof(struct serve_options, no_state), 0, NULL},
    {"--log", ARG_FLAG, offsetof(struct serve_options, log), 0, NULL},
    {"--no-udp", ARG_FLAG, offsetof(struct serve_options, no_udp), 0, NULL},
    {"--open-tracker", ARG_FLAG, offsetof(struct serve_options, open_tracker), 0, NULL},
    PACK_ARGS(struct serve_options),
};

/* --- getting ready ---------------------------------------------------------------------------- */

/* "1.2.3.4:80", "[::1]:80", "localhost:80", ":80", "80" */
static int
parse_listen(const char *text, struct addr *out)
{
    uint8_t mem[64];
    struct buf b = BUF(mem);
    struct bytes whole = bytes_of_text(text);
    uint64_t port = PORT_DEFAULT;
    *out = (struct addr){.port = PORT_DEFAULT};
    if (!text || addr_parse(whole, out)) {
        return 0;
    }
    struct bytes digits = bytes_starts(whole, BYTES(":")) ? bytes_skip(whole, 1) : whole;
    if (bytes_to_u64(digits, 65535, &port)) {
        out->port = (uint16_t)port;
        return 0;
    }
    if (bytes_starts(whole, BYTES("localhost:"))) {
        buf_text(&b, "127.0.0.1");
        buf_add(&b, bytes_skip(whole, 9));
        if (addr_parse(buf_bytes(&b), out)) {
            return 0;
        }
    }
    return complain(EXIT_USAGE, "--listen takes a numeric HOST:PORT such as 0.0.0.0:8080, not '%s'",
                    text);
}

/* The public URL, without a slash at the end. */
static int
set_url(struct serve *s, const char *given)
{
    struct buf b = buf_over(s->url, sizeof s->url - 32);
    struct addr at = http_server_addr(s->http);
    struct url url;
    if (given) {
        buf_text(&b, given);
        while (b.len > 0 && b.ptr[b.len - 1] == '/') {
            b.len--;
        }
    } else {
        buf_text(&b, "http://");
        if (serve_is_wildcard(&at)) {
            buf_text(&b, "127.0.0.1:");
            buf_u64(&b, at.port);
        } else {
            addr_print(&b, &at);
        }
    }
    buf_cstr(&b);
    if (b.full || !url_parse(&url, buf_bytes(&b)) || url.scheme == URL_UDP || url.query.len > 0) {
        return complain(EXIT_USAGE,
                        "--url takes http://HOST[:PORT][/PATH] or https://..., not '%s'", given);
    }
    struct buf base = BUF(s->base);
    url_unescape(&base, bytes_equal(url.path, BYTES("/")) ? (struct bytes){0} : url.path);
    buf_cstr(&base);
    snprintf(s->home_url, sizeof s->home_url, "%s/", s->url);
    snprintf(s->announce_url, sizeof s->announce_url, "%.2000s/announce", s->url);
    snprintf(s->files_url, sizeof s->files_url, "%.2000s/f/", s->url);
    return 0;
}

/* What the public URL's host means; it may well be unknown here. */
static void
resolve_url(struct serve *s)
{
    struct lookup lookup = {0};
    struct url url;
    int64_t deadline_ms = sys_now_ms() + RESOLVE_MS;
    if (!url_parse(&url, bytes_of_text(s->url)) || !lookup_start(&lookup, url.host, 1)) {
        return;
    }
    int result = lookup_poll(&lookup);
    while (result == SYS_AGAIN && sys_now_ms() < deadline_ms && sys_stop_requests() == 0) {
        sys_wants_start(&s->wants, deadline_ms);
        sys_poll(&s->wants);
        result = lookup_poll(&lookup);
    }
    if (result != SYS_OK) {
        lookup_cancel(&lookup);
        note("%.*s cannot be looked up from here", (int)url.host.len, (const char *)url.host.ptr);
        return;
    }
    for (size_t i = 0; i < lookup.count && s->url_addr_count < SERVE_SELF_MAX; i++) {
        s->url_addrs[s->url_addr_count] = lookup.addrs[i];
        s->url_addrs[s->url_addr_count++].port = 0;
    }
}

static bool
means_loopback(const struct serve *s)
{
    for (size_t i = 0; i < s->url_addr_count; i++) {
        if (addr_is_loopback(&s->url_addrs[i])) {
            return true;
        }
    }
    return false;
}

/* The tracker by UDP. A public URL in front of a listener that only this machine can reach means
 * that a web server stands between, which does not pass datagrams on. */
static void
open_udp(struct serve *s)
{
    struct addr at = http_server_addr(s->http);
    struct buf b = BUF(s->udp_url);
    struct url url;
    if ((addr_is_loopback(&at) && !means_loopback(s)) || !url_parse(&url, bytes_of_text(s->url))) {
        return;
    }
    int error = serve_udp_open(&s->udp, &at);
    if (error != SYS_OK) {
        note("the tracker cannot listen on UDP port %u: %s; there is none but by HTTP", at.port,
             sys_error_text(error));
        return;
    }
    bool is_v6 = memchr(url.host.ptr, ':', url.host.len) != NULL;
    buf_text(&b, is_v6 ? "udp://[" : "udp://");
    buf_add(&b, url.host);
    buf_text(&b, is_v6 ? "]:" : ":");
    buf_u64(&b, at.port);
    buf_text(&b, "/announce");
    buf_cstr(&b);
}

/* Our own tracker and web seed in front of those that were given; these go into the torrents, so
 * the apps need not be told again.
 *
 * HTTP and UDP are the same tracker, so one of them is enough. They are a tier each, not one
 * together, which clients would shuffle (BEP 12): HTTP surely leads here, because the torrent or
 * the app came that way, through whatever router or web server is in front. UDP may be dropped on
 * the way, which a client notices after 15 s. */
static void
set_sources(struct serve *s)
{
    struct source_list *to = &s->sources;
    struct payload *p = &s->settings;
    to->trackers[to->tracker_count++] = bytes_of_text(s->announce_url);
    if (s->udp_url[0]) {
        to->tracker_tier[to->tracker_count] = 1;
        to->trackers[to->tracker_count++] = bytes_of_text(s->udp_url);
    }
    uint32_t own = s->own_tracker_count = to->tracker_count;
    for (uint32_t i = 0; i < p->tracker_count && to->tracker_count < TRACKERS_MAX; i++) {
        to->tracker_tier[to->tracker_count] = p->tracker_tier[i] + own;
        to->trackers[to->tracker_count++] = p->trackers[i];
    }
    to->webseeds[to->webseed_count++] = bytes_of_text(s->files_url);
    for (uint32_t i = 0; i < p->webseed_count && to->webseed_count < WEBSEEDS_MAX; i++) {
        to->webseeds[to->webseed_count++] = p->webseeds[i];
    }
    p->tracker_count = p->webseed_count = 0;
    s->extra = (struct make_extra){.sources = to, .date = -1};
}

/* Where things are kept over restarts: as said, as systemd says, or out of sight in the folder. */
static void
open_state(struct serve *s, const struct serve_options *o, sys_dir *cache)
{
    const char *by_systemd = sys_env("STATE_DIRECTORY");
    const char *given = o->state ? o->state : by_systemd;
    if (!o->no_state) {
        char *path = given ? files_join(NULL, given) : files_join(s->folder, ".samara");
        serve_state_open(s, path, cache);
        free(path);
    }
}

static int
open_catalog(struct serve *s, const struct serve_options *o, const char *folder)
{
    sys_dir dir = SYS_NONE, cache = SYS_NONE;
    s->folder = folder;
    int error = sys_dir_open(folder, false, &dir);
    if (error == SYS_OK) {
        open_state(s, o, &cache);
        error = catalog_open(&s->catalog, dir, cache, embedded_stub_count);
    }
    return error ? complain(EXIT_DISK, "%s: %s", folder, sys_error_text(error)) : 0;
}

/* The images of the apps: with the title for the only entry that there is. */
static void
make_images(struct serve *s, struct bytes icon)
{
    bool titled = s->catalog.count == 1 && s->settings.title.len > 0;
    s->images = files_memory(embedded_stub_count, sizeof *s->images);
    for (size_t i = 0; i < embedded_stub_count; i++) {
        s->images[i] = app_image_make(embedded_stubs[i].target, icon, (struct bytes){0});
    }
    if (titled) {
        s->catalog.entries[0]->is_titled = true;
        s->titled_images = files_memory(embedded_stub_count, sizeof *s->titled_images);
        for (size_t i = 0; i < embedded_stub_count; i++) {
            s->titled_images[i] =
                app_image_make(embedded_stubs[i].target, icon, s->settings.title);
        }
    }
}

static void
free_images(struct app_image *images)
{
    for (size_t i = 0; images && i < embedded_stub_count; i++) {
        app_image_free(&images[i]);
    }
    free(images);
}

static int
open_network(struct serve *s, const struct serve_options *o)
{
    struct http_server_config http = {
        .handler = serve_handle, .context = s, .clients_max = CLIENTS_MAX};
    int error;
    int code = parse_listen(o->listen, &http.listen);
    if (code) {
        return code;
    }
    s->http = http_server_open(&http, &error);
    if (!s->http) {
        return complain(EXIT_INCOMPLETE, "cannot listen on port %u: %s; try another --listen",
                        http.listen.port, sys_error_text(error));
    }
    struct engine_config engine = {.port = (uint16_t)o->port,
                                   .listen = true,
                                   .use_trackers = true,
                                   .ca_pem = s->settings.ca,
                                   .max_up = o->peer_up > 0 ? (uint64_t)o->peer_up : 0};
    s->engine = engine_new(&engine, &error);
    if (!s->engine) {
        return complain(EXIT_INCOMPLETE, "the peer cannot listen on port %d: %s", (int)o->port,
                        sys_error_text(error));
    }
    return set_url(s, o->url);
}

static void
tell_where(const struct serve *s, const struct serve_options *o)
{
    struct addr at = http_server_addr(s->http);
    uint8_t mem[64];
    struct buf b = BUF(mem);
    addr_print(&b, &at);
    printf("samara serves %s: %u %s\n", s->folder, s->catalog.count,
           s->catalog.count == 1 ? "entry" : "entries");
    printf("  page     %s/\n", s->url);
    printf("  tracker  %s\n", s->announce_url);
    if (s->udp_url[0]) {
        printf("           %s\n", s->udp_url);
    }
    printf("  web seed %s\n", s->files_url);
    printf("  peer     port %u\n", engine_port(s->engine));
    printf("  listens  %s\n", buf_cstr(&b));
    if (!o->url && (serve_is_wildcard(&at) || addr_is_loopback(&at))) {
        puts("Only this machine can reach that address. For others, give --url: it stands in the\n"
             "torrents and apps.");
    }
    puts("Ctrl-C stops it.");
    fflush(stdout);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void
put_sent(struct buf *b, const struct serve_sent *sent)
{
    format_size(b, NULL, (int64_t)sent->by_webseed);
    buf_text(b, " by web seed, ");
    format_size(b, NULL, (int64_t)sent->by_peer);
    buf_text(b, " by peer");
}

static struct serve_sent
sent_in_this_run(const struct serve *s, int64_t now_ms)
{
    struct serve_sent sent = serve_sent(s, now_ms);
    sent.by_webseed -= s->sent_before.by_webseed;
    sent.by_peer -= s->sent_before.by_peer;
    return sent;
}

static void
draw_status(const struct serve *s, int64_t now_ms)
{
    uint8_t mem[512], line_mem[600];
    struct buf b = BUF(mem), line = BUF(line_mem);
    int width = sys_terminal_width(SYS_OUT);
    if (width < 20) {
        return;
    }
    struct serve_sent sent = sent_in_this_run(s, now_ms);
    buf_text(&b, "sent ");
    put_sent(&b, &sent);
    buf_text(&b, "  ");
    format_rate(&b, NULL, sent.peer_rate);
    buf_text(&b, sent.peers == 1 ? "  1 peer" : "  ");
    if (sent.peers != 1) {
        buf_u64(&b, sent.peers);
        buf_text(&b, " peers");
    }
    buf_byte(&line, '\r');
    format_fit(&line, buf_bytes(&b), (size_t)width - 1);
    buf_text(&line, "\x1b[K");
    sys_print(SYS_OUT, buf_bytes(&line));
}

static void
take_events(struct serve *s)
{
    struct engine_event v;
    while (engine_take_event(s->engine, &v)) {
        note("%s", v.message);
    }
}

/* True when it is over. */
static bool
heed_stop(struct serve *s, int64_t *stop_ms, int64_t now_ms)
{
    int requests = sys_stop_requests();
    if (requests >= 2) {
        sys_exit(sys_stop_exit_code());
    }
    if (requests == 1 && *stop_ms == 0) {
        *stop_ms = now_ms;
        engine_stop(s->engine, now_ms);
    }
    return *stop_ms && (engine_stopped(s->engine) || now_ms - *stop_ms >= STOP_MS);
}

static void
run(struct serve *s)
{
    struct sys_wants *w = &s->wants;
    int64_t now_ms = sys_now_ms(), stop_ms = 0, drawn_ms = now_ms;
    bool busy = true;
    s->started_ms = s->saved_ms = now_ms;
    s->sent_before = serve_sent(s, now_ms);
    while (!heed_stop(s, &stop_ms, now_ms)) {
        sys_wants_start(w, busy ? now_ms : now_ms + STATUS_MS);
        http_server_wants(s->http, w, now_ms);
        serve_udp_wants(&s->udp, w);
        engine_wants(s->engine, w, now_ms);
        sys_poll(w);
        now_ms = sys_now_ms();
        serve_udp_turn(s, w, now_ms);
        http_server_turn(s->http, w, &s->scratch, now_ms);
        engine_turn(s->engine, w, now_ms);
        busy = stop_ms == 0 && serve_entries_turn(s, now_ms);
        if (!busy && now_ms - drawn_ms >= STATUS_MS) {
            draw_status(s, now_ms);
            drawn_ms = now_ms;
        }
        take_events(s);
        serve_state_save(s, now_ms, false);
    }
    serve_state_save(s, now_ms, true);
    uint8_t mem[256];
    struct buf b = BUF(mem);
    struct serve_sent sent = sent_in_this_run(s, now_ms);
    progress_end(&s->progress);
    put_sent(&b, &sent);
    printf("%sSent %s. Goodbye.\n", sys_terminal_width(SYS_OUT) ? "\r\x1b[K" : "", buf_cstr(&b));
    printf("web seed bytes: %llu\npeer bytes: %llu\n", (unsigned long long)sent.by_webseed,
           (unsigned long long)sent.by_peer);
}

static int
serve(struct serve *s, const struct serve_options *o, const char *folder)
{
    struct pack_files files;
    uint64_t seed;
    int code = pack_options_apply(&o->pack, &s->settings, &files);
    code = code ? code : open_catalog(s, o, folder);
    code = code ? code : open_network(s, o);
    if (!code) {
        resolve_url(s);
        if (!o->no_udp) {
            open_udp(s);
        }
        set_sources(s);
        sys_random(&seed, sizeof seed);
        s->wants_log = o->log;
        s->tracker = tracker_table_new(SERVE_INTERVAL_S, seed);
        if (o->open_tracker) {
            tracker_table_open(s->tracker);
        }
        s->title = o->pack.title ? o->pack.title : "Downloads";
        make_images(s, files.icon);
        tell_where(s, o);
        run(s);
    }
    if (s->http) {
        http_server_close(s->http);
    }
    serve_entries_free(s);
    serve_udp_close(&s->udp);
    if (s->engine) {
        engine_free(s->engine);
    }
    tracker_table_free(s->tracker);
    catalog_close(&s->catalog);
    serve_state_close(s);
    free_images(s->images);
    free_images(s->titled_images);
    pack_files_free(&files);
    return code;
}

int
cmd_serve(int argc, char *argv[])
{
    struct serve_options o = {.pack = PACK_OPTIONS_DEFAULT};
    struct arg_list names = {0};
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (names.count != 1) {
        return complain(EXIT_USAGE, "serve takes one DIR, not %u; see samara serve --help",
                        names.count);
    }
    struct serve *s = files_memory(1, sizeof *s);
    code = serve(s, &o, names.v[0]);
    free(s);
    return code;
}
