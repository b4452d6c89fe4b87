/* The stub: reads the payload behind its own image and does what the options say.
 *
 * Order: options, payload, folder (the face may ask for it), sandbox, network. Whatever can be
 * wrong with what was asked for is found before the first byte goes out. */
#include "base/version.h"
#include "engine/app_file.h"
#include "engine/engine.h"
#include "ui/format.h"
#include "ui/glob.h"
#include "ui/long_text.h"
#include "ui/options.h"
#include "ui/session.h"
#include "ui/show.h"
#include "ui/text.h"
#include "ui/trouble.h"

enum {
    ARENA_MAX = 512 * 1024 * 1024,
    SEED_RATIO_DEFAULT_MILLI = 1000,
    SEED_MINUTES_DEFAULT = 60,
    SEED_MINUTES_MAX = 5270400, /* ten years, so that sums of milliseconds stay small */
    SEED_RATIO_MAX_MILLI = 1000000000,
    SOURCE_PEERS_MAX = ARG_LIST_MAX + NODES_MAX,
};

struct app {
    struct arena arena;
    struct language language;
    struct face face;
    bool *wanted; /* one a file; NULL = all */
    const char *folder;
    sys_dir dir;
    struct sys_wants *wants;
    bool clicked; /* started without a terminal on a desktop */
    struct options options;
    struct torrent torrent;
    struct app_file file;
    struct bytes peers[SOURCE_PEERS_MAX];
    uint8_t folder_mem[PATH_LEN_MAX * 2];
    uint8_t text_mem[PATH_LEN_MAX * 4];
};

/* Tells an error on the face and ends the run with `code`. */
static int
fail(struct app *app, int code, const char *word, struct buf *message)
{
    face_fail(&app->face, word, buf_bytes(message));
    struct face_news news = {.kind = NEWS_EXIT, .exit_code = code};
    app->face.kind->tell(&app->face, &news);
    return code;
}

/* "... %c ..." */
static int
fail_why(struct app *app, int code, const char *word, enum text_id id, const char *why)
{
    uint8_t mem[1024];
    struct buf message = BUF(mem);
    text_put(&message, &app->language, id, why);
    return fail(app, code, word, &message);
}

/* "... %f ... %c ..." */
static int
fail_path(struct app *app, int code, enum text_id id, const char *path, const char *why)
{
    uint8_t mem[1024];
    struct buf message = BUF(mem);
    text_put(&message, &app->language, id, bytes_first(bytes_of_text(path), 100), why);
    return fail(app, code, code == EXIT_USAGE ? "usage" : "path", &message);
}

static int
fail_damaged(struct app *app, const char *why)
{
    return fail_why(app, EXIT_DAMAGED, "damaged", TEXT_DAMAGED, why);
}

static int
fail_memory(struct app *app)
{
    return fail_why(app, EXIT_INCOMPLETE, "memory", TEXT_NO_MEMORY, NULL);
}

/* Marks the files that --only chooses. False: a pattern that matches nothing was told. */
static bool
choose_files(struct app *app)
{
    const struct torrent *t = &app->torrent;
    const struct options *o = &app->options;
    if (o->globs.count == 0) {
        return true;
    }
    app->wanted = arena_take(&app->arena, t->file_count, sizeof *app->wanted);
    if (!app->wanted) {
        fail_memory(app);
        return false;
    }
    for (uint32_t g = 0; g < o->globs.count; g++) {
        struct bytes pattern = bytes_of_text(o->globs.v[g]);
        bool any = false;
        for (uint32_t i = 0; i < t->file_count; i++) {
            const struct torrent_file *f = &t->files[i];
            if (!f->pad && glob_matches_path(pattern, bytes_of_text(f->path))) {
                app->wanted[i] = any = true;
            }
        }
        if (!any) {
            fail_path(app, EXIT_USAGE, TEXT_NO_MATCH, o->globs.v[g], NULL);
            return false;
        }
    }
    return true;
}

static int
write_torrent(struct app *app)
{
    const char *path = app->options.torrent_out;
    struct bytes torrent = app->torrent.metainfo;
    if (bytes_equal(bytes_of_text(path), BYTES("-"))) {
        return sys_print(SYS_OUT, torrent) == SYS_OK ? EXIT_COMPLETE : EXIT_DISK;
    }
    sys_file f = SYS_NONE;
    int64_t done = sys_file_open_path(path, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &f);
    if (done == SYS_OK) {
        done = sys_file_write(f, 0, torrent.ptr, torrent.len);
        sys_file_close(&f);
    }
    if (done < 0) {
        return fail_path(app, EXIT_DISK, TEXT_NO_FILE, path, trouble_reason(&app->language, done));
    }
    return EXIT_COMPLETE;
}

/* The download folder, unless another is chosen in the face. */
static void
propose_folder(struct app *app)
{
    struct buf b = BUF(app->folder_mem);
    app->folder = app->options.dir ? app->options.dir : ".";
    if (app->options.dir) {
        return;
    }
    /* To whom is asked it is said in full. */
    bool found = app->clicked           ? sys_downloads_folder(&b)
                 : app->face.kind->ask ? sys_current_folder(&b)
                                        : false;
    if (found && !b.full) {
        app->folder = buf_cstr(&b);
    }
}

/* Opens the download folder; returns an exit code or 0. */
static int
open_folder(struct app *app)
{
    bool check = app->options.action == ACTION_CHECK;
    int error = sys_dir_open(app->folder, !check, &app->dir);
    if (check && error == SYS_NOT_FOUND) {
        return fail_path(app, EXIT_INCOMPLETE, TEXT_NOTHING_THERE, app->folder, NULL);
    }
    if (error != SYS_OK) {
        return fail_path(app, EXIT_DISK, TEXT_NO_FOLDER, app->folder,
                         trouble_reason(&app->language, error));
    }
    return 0;
}

/* As typed in a face: "~" is the user's own folder. */
static void
take_folder(struct app *app, const char *typed)
{
    struct buf b = BUF(app->folder_mem);
    const char *home = sys_env("HOME");
    bool at_home = home && typed[0] == '~' && (typed[1] == '/' || typed[1] == '\0');
    buf_text(&b, at_home ? home : "");
    buf_text(&b, typed + at_home);
    app->folder = b.full ? "" : buf_cstr(&b);
}

/* Asks where to, until it is a folder that can be used. Returns an exit code or 0. */
static int
ask_for_folder(struct app *app, const struct face_start *start)
{
    struct face_start proposal = *start;
    app->face.listens = app->options.port >= 0 && !app->options.no_listen;
    for (;;) {
        proposal.dir = app->folder;
        if (!face_ask(&app->face, &proposal, app->wants)) {
            int code = sys_stop_requests() > 0 ? sys_stop_exit_code() : EXIT_STOPPED;
            struct face_news news = {.kind = NEWS_EXIT, .exit_code = code};
            app->face.kind->tell(&app->face, &news);
            return code;
        }
        take_folder(app, app->face.wish.folder);
        int error = sys_dir_open(app->folder, true, &app->dir);
        if (error == SYS_OK) {
            app->options.no_listen = !app->face.wish.listen;
            app->face.wish = (struct face_wish){0};
            return 0;
        }
        uint8_t mem[1200];
        struct buf message = BUF(mem);
        text_put(&message, &app->language, TEXT_NO_FOLDER,
                 bytes_first(bytes_of_text(app->folder), 300),
                 trouble_reason(&app->language, error));
        face_warn(&app->face, "path", buf_bytes(&message));
    }
}

/* The option, else the publisher's setting, else our own; not more than `max`. */
static int64_t
first_given(int64_t option, int64_t payload, int64_t otherwise, int64_t max)
{
    int64_t value = option >= 0 ? option : payload >= 0 ? payload : otherwise;
    return value < max ? value : max;
}

/* Options before the payload's settings before our own defaults. */
static void
set_up(struct app *app, struct engine_config *engine, struct swarm_config *swarm)
{
    const struct options *o = &app->options;
    const struct payload *p = &app->file.payload;
    *engine = (struct engine_config){
        .port = (uint16_t)(o->port > 0 ? o->port : 0),
        .max_up = (uint64_t)first_given(o->max_up, p->max_up, 0, INT64_MAX),
        .max_down = (uint64_t)first_given(o->max_down, -1, 0, INT64_MAX),
        .use_trackers = !o->no_trackers,
        .use_webseeds = !o->no_webseeds,
        .ca_pem = p->ca,
    };
    *swarm = (struct swarm_config){
        .torrent = &app->torrent,
        .wanted = app->wanted,
        .check_only = o->action == ACTION_CHECK,
        .quiet_ms = first_given(o->timeout_s, -1, 0, INT32_MAX) * 1000,
        .seed_ratio_milli = first_given(o->seed_ratio_milli, p->seed_ratio_milli,
                                        SEED_RATIO_DEFAULT_MILLI, SEED_RATIO_MAX_MILLI),
        .seed_ms =
            first_given(o->seed_minutes, p->seed_minutes, SEED_MINUTES_DEFAULT, SEED_MINUTES_MAX) *
            60000,
    };
    if (o->seed_forever) {
        swarm->seed_ratio_milli = swarm->seed_ms = SEED_FOREVER;
    }
    if (o->no_seed) {
        swarm->seed_ms = 0;
    }
    uint32_t peers = 0;
    for (uint32_t i = 0; i < o->peers.count; i++) {
        app->peers[peers++] = bytes_of_text(o->peers.v[i]);
    }
    for (uint32_t i = 0; i < p->peer_count; i++) {
        app->peers[peers++] = p->peers[i];
    }
    swarm->sources = (struct swarm_sources){p->trackers, p->tracker_tier,  p->tracker_count,
                                            p->webseeds, p->webseed_count, app->peers,
                                            peers};
}

/* What the faces are told; `size` and `files` are of what is wanted. */
static struct face_start
face_start_of(const struct app *app, const struct engine_config *e, const struct swarm_config *s)
{
    const struct payload *p = &app->file.payload;
    const struct torrent *t = &app->torrent;
    struct face_start start = {.name = bytes_of_text(t->name),
                               .title = p->title,
                               .publisher = p->publisher,
                               .message = p->message,
                               .info_hash = t->info_hash,
                               .dir = app->folder,
                               .seed_ratio_milli = s->seed_ratio_milli,
                               .seed_ms = s->seed_ms,
                               .max_up = e->max_up,
                               .max_down = e->max_down,
                               .will_share = !s->check_only,
                               .is_there = s->check_only};
    for (uint32_t i = 0; i < t->file_count; i++) {
        if (!t->files[i].pad && (!app->wanted || app->wanted[i])) {
            start.size += t->files[i].length;
            start.files++;
        }
    }
    return start;
}

/* Downloads and shares, or checks. */
static int
run(struct app *app)
{
    struct engine_config engine_config;
    struct swarm_config swarm_config;
    app->wants = arena_take(&app->arena, 1, sizeof *app->wants);
    if (!app->wants) {
        return fail_memory(app);
    }
    propose_folder(app);
    set_up(app, &engine_config, &swarm_config);
    struct face_start start = face_start_of(app, &engine_config, &swarm_config);
    bool asks = app->face.kind->ask && !swarm_config.check_only;
    int error = asks ? ask_for_folder(app, &start) : open_folder(app);
    if (error) {
        return error;
    }
    start.dir = app->folder;
    swarm_config.dir = app->dir;
    engine_config.listen = !app->options.no_listen && !swarm_config.check_only;
    sys_sandbox(app->dir, SYS_NONE);
    struct engine *engine = engine_new(&engine_config, &error);
    if (!engine) {
        return fail_why(app, EXIT_INCOMPLETE, "listen", TEXT_NO_PORT,
                        trouble_reason(&app->language, error));
    }
    struct session session = {
        .engine = engine,
        .swarm = engine_add(engine, &swarm_config, sys_now_ms()),
        .face = &app->face,
        .wants = app->wants,
        .start = start,
    };
    if (!session.swarm) {
        return fail_memory(app);
    }
    int code = session_run(&session);
    engine_free(engine);
    return code;
}

/* Does what needs the payload. */
static int
act(struct app *app)
{
    struct fault why = {0};
    if (app->file.payload.torrent.len == 0) {
        return fail_why(app, EXIT_INCOMPLETE, "magnet", TEXT_THIN, NULL);
    }
    if (!torrent_parse(&app->torrent, app->file.payload.torrent, &app->arena, &why)) {
        return fail_damaged(app, why.what);
    }
    if (!choose_files(app)) {
        return EXIT_USAGE;
    }
    switch (app->options.action) {
    case ACTION_LIST: show_list(&app->torrent, app->wanted); return EXIT_COMPLETE;
    case ACTION_ABOUT: show_about(&app->file.payload, &app->torrent); return EXIT_COMPLETE;
    case ACTION_TORRENT_OUT: return write_torrent(app);
    case ACTION_LICENSES: show_licenses(&app->file.payload); return EXIT_COMPLETE;
    case ACTION_RUN:
    case ACTION_CHECK:
    case ACTION_VERSION:
    case ACTION_HELP: break;
    }
    return run(app);
}

static int
start(struct app *app)
{
    sys_file self = SYS_NONE;
    int error = sys_self_open(&self);
    if (error == SYS_OK) {
        app_file_read(&app->file, self, &app->arena);
        sys_file_close(&self);
    } else {
        app->file = (struct app_file){.kind = APP_UNREAD, .error = error};
    }
    switch (app->file.kind) {
    case APP_GOOD: return act(app);
    case APP_DAMAGED: return fail_damaged(app, app->file.why.what);
    case APP_UNREAD: return fail_damaged(app, trouble_reason(&app->language, app->file.error));
    case APP_NOT:
    case APP_STUB: break;
    }
    if (app->options.action == ACTION_LICENSES) {
        show_licenses(NULL);
        return EXIT_COMPLETE;
    }
    sys_print(SYS_ERR, BYTES("This is a samara stub: a BitTorrent client without a torrent in it.\n"
                             "\"samara pack FILE.torrent\" makes an app of it.\n"));
    return EXIT_USAGE;
}

/* Programs read JSON: it stays in English. */
static void
choose_language(struct app *app)
{
    uint8_t mem[32];
    struct buf tag = BUF(mem);
    if (app->options.ui != UI_JSON && sys_language(&tag)) {
        language_choose(&app->language, buf_bytes(&tag));
    }
}

int
main(int argc, char *argv[])
{
    struct app app = {.arena = {.size_max = ARENA_MAX}};
    uint8_t mem[512];
    struct buf error = BUF(mem), out = BUF(app.text_mem);
    const char *name = argc > 0 ? argv[0] : "samara";
    sys_init();
    if (!options_parse(&app.options, argc, argv, &error)) {
        buf_text(&out, name);
        buf_text(&out, ": ");
        buf_add(&out, buf_bytes(&error));
        buf_byte(&out, '\n');
        sys_print(SYS_ERR, buf_bytes(&out));
        return EXIT_USAGE;
    }
    if (app.options.action == ACTION_HELP) {
        buf_text(&out, "Usage: ");
        buf_text(&out, name);
        buf_text(&out, " [OPTIONS]\n");
        sys_print(SYS_OUT, buf_bytes(&out));
        long_text_print(LONG_TEXT_HELP);
        return EXIT_COMPLETE;
    }
    if (app.options.action == ACTION_VERSION) {
        sys_print(SYS_OUT, BYTES("samara " SAMARA_VERSION "\n"));
        return EXIT_COMPLETE;
    }
    choose_language(&app);
    app.clicked = sys_started_by_click();
    /* A click gives no options; who gives some (a service, a script) waits for no page. */
    face_choose(&app.face, app.options.ui, app.clicked && argc <= 1, &app.language);
    if (app.face.kind->ask) {
        sys_opener_start();
    }
    int code = start(&app);
    arena_free(&app.arena);
    return code;
}
