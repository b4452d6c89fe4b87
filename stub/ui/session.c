/* The loop: wants, poll, turn; now and then the face gets a copy of the status. */
#include "ui/session.h"

#include "ui/trouble.h"

enum {
    STOP_MS = 1700, /* from the first request to stop to the end, trackers or not */
    REST_MS = 8,    /* between two turns on a usual line */
};

/* True if one of them was an error. */
static bool
take_events(struct session *s)
{
    struct engine_event v;
    bool error = false;
    while (engine_take_event(s->engine, &v)) {
        struct face_news news = {.kind = v.kind == ENGINE_ERROR ? NEWS_ERROR : NEWS_WARNING,
                                 .code = v.code,
                                 .message = bytes_of_text(v.message),
                                 .by_engine = true};
        error |= v.kind == ENGINE_ERROR;
        s->face->kind->tell(s->face, &news);
    }
    return error;
}

/* Reacts to requests to stop; `*stop_ms` is the time of the first one. */
static void
heed_stop(struct session *s, int64_t *stop_ms, int64_t now_ms)
{
    int requests = sys_stop_requests();
    if (requests >= 2) {
        sys_exit(sys_stop_exit_code());
    }
    if ((requests == 1 || s->was_stopped) && *stop_ms == 0) {
        *stop_ms = now_ms;
        engine_stop(s->engine, now_ms);
    }
}

/* The content when it has its name, else the folder. */
static void
show_content(const struct session *s, const struct swarm_status *status)
{
    uint8_t mem[PATH_LEN_MAX * 3];
    struct buf b = BUF(mem);
    buf_text(&b, s->start.dir);
    if (status->complete) {
        buf_byte(&b, '/');
        buf_add(&b, s->start.name);
    }
    if (!b.full) {
        sys_show_file(buf_cstr(&b));
    }
}

static void
set_listening(struct session *s, bool on, int64_t now_ms)
{
    int error = engine_listen(s->engine, on, 0, now_ms);
    if (error != SYS_OK) {
        uint8_t mem[256];
        struct buf b = BUF(mem);
        text_put(&b, s->face->language, TEXT_NO_PORT,
                 trouble_reason(s->face->language, error));
        face_warn(s->face, "listen", buf_bytes(&b));
    }
    s->face->start.port = engine_port(s->engine);
    s->face->listens = engine_port(s->engine) != 0;
}

/* Does what the person wished for in the face. True if there was something. */
static bool
heed_wish(struct session *s, const struct swarm_status *status, int64_t now_ms)
{
    struct face *f = s->face;
    struct face_wish *w = &f->wish;
    bool goals = w->keep_sharing || w->share_less, listen = w->listen || w->deaf;
    bool pause = w->pause || w->resume;
    if (!w->stop && !pause && !w->limit && !listen && !goals && !w->show) {
        return false;
    }
    s->was_stopped = s->was_stopped || w->stop;
    if (pause) {
        swarm_pause(s->swarm, w->pause, now_ms);
    }
    if (w->limit) {
        f->start.max_up = w->max_up;
        engine_set_limits(s->engine, w->max_up, f->start.max_down);
    }
    if (listen) {
        set_listening(s, w->listen, now_ms);
    }
    if (goals) {
        f->keeps_sharing = w->keep_sharing;
        swarm_set_seed_goals(s->swarm, w->keep_sharing ? SEED_FOREVER : f->start.seed_ratio_milli,
                             w->keep_sharing ? SEED_FOREVER : f->start.seed_ms);
    }
    if (w->show) {
        show_content(s, status);
    }
    *w = (struct face_wish){0};
    return true;
}

static void
fill_details(const struct session *s, struct face_details *d, int64_t now_ms)
{
    d->map_len = swarm_map(s->swarm, d->map, FACE_MAP_MAX);
    d->peer_count = swarm_peers(s->swarm, d->peers, FACE_PEERS_MAX, now_ms);
}

static int
exit_code(const struct session *s, const struct swarm_status *status)
{
    if (sys_stop_requests() > 0) {
        return sys_stop_exit_code();
    }
    if (s->was_stopped && status->outcome == OUTCOME_INCOMPLETE) {
        return EXIT_STOPPED;
    }
    switch (status->outcome) {
    case OUTCOME_COMPLETE: return EXIT_COMPLETE;
    case OUTCOME_DISK: return EXIT_DISK;
    case OUTCOME_TIMED_OUT: return EXIT_TIMED_OUT;
    case OUTCOME_NONE:
    case OUTCOME_INCOMPLETE: break;
    }
    return EXIT_INCOMPLETE;
}

static int
tell_end(struct session *s, const struct swarm_status *status, bool error_told)
{
    int code = exit_code(s, status);
    if (!error_told && (code == EXIT_DISK || code == EXIT_TIMED_OUT)) {
        uint8_t mem[1024];
        struct buf b = BUF(mem);
        const char *word = code == EXIT_DISK ? "disk" : "timeout";
        trouble_put_words(&b, s->face->language, word, true);
        face_fail(s->face, word, buf_bytes(&b));
    }
    struct face_news news = {.kind = NEWS_EXIT, .status = status, .exit_code = code};
    s->face->kind->tell(s->face, &news);
    return code;
}

/* On usual lines a packet comes each millisecond: a turn for each would be most of our work. On
 * fast ones, and while a fast one gets going (much was moved since `before`), there is always
 * enough to do. */
static bool
may_rest(const struct swarm_status *status, int64_t before)
{
    enum { RATE_MAX = 16 << 20, MOVED_MAX = 65536 };
    uint64_t rate = status->down_rate + status->up_rate;
    int64_t moved = status->downloaded + status->uploaded - before;
    return rate > 0 && rate < RATE_MAX && moved < MOVED_MAX;
}

int
session_run(struct session *s)
{
    struct swarm_status status;
    int64_t now_ms = sys_now_ms(), drawn_ms = 0, stop_ms = 0;
    bool complete_told = false, error_told = false;
    swarm_status(s->swarm, &status, now_ms);
    s->start.size = status.size;
    s->start.port = engine_port(s->engine);
    s->face->listens = s->start.port != 0;
    face_open(s->face, &s->start);
    for (;;) {
        heed_stop(s, &stop_ms, now_ms);
        error_told |= take_events(s);
        int64_t moved_before = status.downloaded + status.uploaded;
        swarm_status(s->swarm, &status, now_ms);
        if (status.complete && !complete_told) {
            struct face_news news = {.kind = NEWS_COMPLETE, .status = &status};
            s->face->kind->tell(s->face, &news);
            complete_told = true;
        }
        bool over = engine_stopped(s->engine) || status.phase == SWARM_STOPPED;
        if (over || (stop_ms != 0 && now_ms - stop_ms >= STOP_MS)) {
            break;
        }
        if (drawn_ms == 0 || now_ms - drawn_ms >= FACE_DRAW_MS) {
            if (s->face->details) {
                fill_details(s, s->face->details, now_ms);
            }
            s->face->kind->draw(s->face, &status, now_ms);
            drawn_ms = now_ms;
        }
        bool is_quiet = status.down_rate == 0 && status.up_rate == 0 &&
                        status.phase != SWARM_CHECKING && status.phase != SWARM_FINISHING;
        sys_wants_start(s->wants, drawn_ms + (is_quiet ? FACE_QUIET_MS : FACE_DRAW_MS));
        if (stop_ms != 0) {
            sys_wants_wake(s->wants, stop_ms + STOP_MS);
        }
        if (may_rest(&status, moved_before)) {
            sys_wants_rest(s->wants, now_ms + REST_MS);
        }
        engine_wants(s->engine, s->wants, now_ms);
        if (s->face->kind->wants) {
            s->face->kind->wants(s->face, s->wants, now_ms);
        }
        sys_poll(s->wants);
        now_ms = sys_now_ms();
        engine_turn(s->engine, s->wants, now_ms);
        if (s->face->kind->turn) {
            s->face->kind->turn(s->face, s->wants, now_ms);
            drawn_ms = heed_wish(s, &status, now_ms) ? 0 : drawn_ms; /* it is shown at once */
        }
    }
    return tell_end(s, &status, error_told);
}
