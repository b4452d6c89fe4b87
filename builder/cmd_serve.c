/* samara serve: page, apps, torrents, tracker, web seed and seeding peer in one process, one
 * thread, one loop. */
#include "builder/serve.h"

#include "builder/command.h"
#include "builder/embedded.h"
#include "builder/files.h"
#include "builder/systemd_unit.h"
#include "sys/sys_service.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATUS_MS = 1000,
    STOP_MS = 1700,
};

static const char help[] =
    "Usage: samara serve DIR [--listen HOST:PORT] [--url PUBLIC_URL] [OPTIONS]\n"
    "Publishes every file and folder in DIR (but hidden ones, .part and .torrent): a page with\n"
    "the app, the .torrent and the file itself for each, and for all of them the tracker (HTTP\n"
    "and UDP), the web seed and a seeding peer. DIR is watched: what is new, changed or gone is\n"
    "offered, hashed again or withdrawn within seconds. Nothing is written to it.\n"
    "\n"
    "  --listen HOST:PORT   for the page, tracker and web seed (default: all addresses, port\n"
    "                       8080; port 0: any); the tracker by UDP has the same port number\n"
    "  --url PUBLIC_URL     how the world reaches the page; stands in torrents and apps\n"
    "                       (default: http:// and the address of --listen)\n"
    "  --port N             for the seeding peer (default: any free one)\n"
    "  --peer-up RATE       the seeding peer sends at most so many bytes a second (2M)\n"
    "  --web-up RATE        the same for content by HTTP, web seed and downloads together\n"
    "  --state DIR          keeps there over restarts what is counted, who is in the swarms and\n"
    "                       what was hashed (default: a folder in ~/.local/state/samara)\n"
    "  --no-state           keeps nothing\n"
    "  --user NAME          started by root, serve goes on as this user once its ports are\n"
    "                       open (default: the owner of DIR, or nobody)\n"
    "  --no-sandbox         does not lock itself in, for debuggers\n"
    "  --systemd            prints a unit for systemd that runs what is said here, and ends\n"
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
    const char *listen, *url, *state, *user;
    int64_t port, peer_up, web_up;
    bool log, no_udp, open_tracker, no_state, systemd, no_sandbox;
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
    {"--user", ARG_TEXT, offsetof(struct serve_options, user), 0, NULL},
    {"--no-sandbox", ARG_FLAG, offsetof(struct serve_options, no_sandbox), 0, NULL},
    {"--systemd", ARG_FLAG, offsetof(struct serve_options, systemd), 0, NULL},
    {"--log", ARG_FLAG, offsetof(struct serve_options, log), 0, NULL},
    {"--web-up", ARG_RATE, offsetof(struct serve_options, web_up), 0, NULL},
    {"--no-udp", ARG_FLAG, offsetof(struct serve_options, no_udp), 0, NULL},
    {"--open-tracker", ARG_FLAG, offsetof(struct serve_options, open_tracker), 0, NULL},
    PACK_ARGS(struct serve_options),
};

/* --- getting ready ---------------------------------------------------------------------------- */

/* A path as the user gave it, from the root on where the working folder is known. */
static void
put_absolute(struct buf *b, const char *path)
{
    if (path[0] != '/' && sys_current_folder(b)) {
        buf_byte(b, '/');
    }
    buf_text(b, path);
}

/* The usual place for what is kept over restarts, one for each folder: as systemd says, else where
 * programs of this user keep such things. False: there is none. */
static bool
put_usual_state(struct buf *b, const char *folder)
{
    const char *by_systemd = sys_env("STATE_DIRECTORY"), *xdg = sys_env("XDG_STATE_HOME");
    const char *home = sys_env("HOME"), *local = sys_env("LOCALAPPDATA");
    uint8_t mem[2 * PATH_LEN_MAX], hash[SHA1_SIZE];
    struct buf path = BUF(mem);
    if (by_systemd && *by_systemd) {
        buf_text(b, by_systemd);
        return !b->full;
    }
    if ((xdg && xdg[0] == '/') || local) {
        buf_text(b, xdg && xdg[0] == '/' ? xdg : local);
    } else if (home && *home) {
        buf_text(b, home);
        buf_text(b, "/.local/state");
    } else {
        return false;
    }
    put_absolute(&path, folder);
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    sha1_of(buf_bytes(&path), hash);
    buf_text(b, "/samara/serve-");
    buf_hex(b, bytes_of(hash, 8));
    return !b->full && !path.full;
}

static void
open_state(struct serve *s, const struct serve_options *o, sys_dir *cache)
{
    uint8_t mem[2 * PATH_LEN_MAX];
    struct buf usual = BUF(mem);
    if (o->no_state) {
        return;
    }
    if (o->state) {
        serve_state_open(s, o->state, cache);
    } else if (put_usual_state(&usual, s->folder)) {
        serve_state_open(s, buf_cstr(&usual), cache);
    } else {
        note("nothing is kept over restarts; --state DIR says where it shall be");
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
    struct serve_network network = {.listen = o->listen,
                                    .url = o->url,
                                    .port = (uint16_t)o->port,
                                    .peer_up = o->peer_up > 0 ? (uint64_t)o->peer_up : 0,
                                    .web_up = o->web_up > 0 ? (uint64_t)o->web_up : 0,
                                    .with_udp = !o->no_udp};
    return serve_network_open(s, &network);
}

/* The ports are open: nothing that follows needs a right that most programs have not. */
static int
give_up_rights(struct serve *s, const struct serve_options *o)
{
    const char *user = o->user;
    char name[SYS_USER_NAME_MAX];
    int error = sys_drop_root(user, s->catalog.dir, s->state_dir, name);
    if (error == SYS_NOT_FOUND) {
        return complain(EXIT_USAGE, "there is no user '%s' on this machine", user);
    }
    if (error && user) {
        return complain(EXIT_INCOMPLETE, "cannot go on as user %s: %s", user,
                        sys_error_text(error));
    }
    if (error) { /* root of a container, which is not everybody's root */
        note("keeps the rights it has, there being no other user here: %s", sys_error_text(error));
    } else if (name[0]) {
        note("goes on as user %s, with no right of root but to read files; --user names another",
             name);
    }
    if (!o->no_sandbox) {
        sys_sandbox(s->catalog.dir, s->state_dir);
    }
    return 0;
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
    int64_t entries_ms = now_ms;
    s->started_ms = s->saved_ms = now_ms;
    s->sent_before = serve_sent(s, now_ms);
    while (!heed_stop(s, &stop_ms, now_ms)) {
        sys_wants_start(w, now_ms + STATUS_MS);
        if (stop_ms == 0) {
            sys_wants_wake(w, entries_ms);
        }
        http_server_wants(s->http, w, now_ms);
        serve_udp_wants(&s->udp, w);
        engine_wants(s->engine, w, now_ms);
        sys_poll(w);
        now_ms = sys_now_ms();
        serve_udp_turn(s, w, now_ms);
        http_server_turn(s->http, w, &s->scratch, now_ms);
        engine_turn(s->engine, w, now_ms);
        if (stop_ms == 0) {
            entries_ms = serve_entries_turn(s, now_ms);
        }
        if ((stop_ms || entries_ms > now_ms) && now_ms - drawn_ms >= STATUS_MS) {
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
    code = code ? code : give_up_rights(s, o);
    if (!code) {
        serve_network_settle(s);
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

static int
print_unit(const char *folder, int argc, char *argv[])
{
    uint8_t program_mem[PATH_LEN_MAX], place_mem[PATH_LEN_MAX], folder_mem[2 * PATH_LEN_MAX];
    uint8_t mem[65536];
    struct buf program = BUF(program_mem), place = BUF(place_mem), path = BUF(folder_mem);
    struct buf unit = BUF(mem);
    char user[SYS_USER_NAME_MAX];
    sys_dir dir = SYS_NONE;
    int error = sys_dir_open(folder, false, &dir);
    if (error) {
        return complain(EXIT_DISK, "%s: %s", folder, sys_error_text(error));
    }
    if (!sys_self_path(&program) || !sys_current_folder(&place)) {
        return complain(EXIT_INCOMPLETE, "--systemd is for Linux");
    }
    put_absolute(&path, folder);
    bool owned = sys_owner(dir, user);
    sys_dir_close(&dir);
    struct systemd_unit u = {.program = buf_bytes(&program),
                             .folder = buf_bytes(&path),
                             .place = buf_bytes(&place),
                             .user = owned ? user : NULL,
                             .args = argv,
                             .arg_count = argc};
    while (argv[u.folder_at] != folder) {
        u.folder_at++;
    }
    systemd_unit_put(&unit, &u);
    if (unit.full) {
        return complain(EXIT_USAGE, "that is too much for a unit");
    }
    return sys_print(SYS_OUT, buf_bytes(&unit)) == SYS_OK ? 0 : EXIT_DISK;
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
    if (o.systemd) {
        return print_unit(names.v[0], argc, argv);
    }
    struct serve *s = files_memory(1, sizeof *s);
    code = serve(s, &o, names.v[0]);
    free(s);
    return code;
}
