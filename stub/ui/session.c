/* The loop: wants, poll, turn; now and then the face gets a copy of the status. */
#include "ui/session.h"

#include "ui/trouble.h"

enum { STOP_MS = 1700 }; /* from the first request to stop to the end, trackers or not */

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
    if (requests == 1 && *stop_ms == 0) {
        *stop_ms = now_ms;
        engine_stop(s->engine, now_ms);
    }
}

static int
exit_code(const struct swarm_status *status)
{
    if (sys_stop_requests() > 0) {
        return sys_stop_exit_code();
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
    int code = exit_code(status);
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

int
session_run(struct session *s)
{
    struct swarm_status status;
    int64_t now_ms = sys_now_ms(), drawn_ms = 0, stop_ms = 0;
    bool complete_told = false, error_told = false;
    swarm_status(s->swarm, &status, now_ms);
    s->start.size = status.size;
    s->start.port = engine_port(s->engine);
    face_open(s->face, &s->start);
    for (;;) {
        heed_stop(s, &stop_ms, now_ms);
        error_told |= take_events(s);
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
            s->face->kind->draw(s->face, &status, now_ms);
            drawn_ms = now_ms;
        }
        bool is_quiet = status.down_rate == 0 && status.up_rate == 0 &&
                        status.phase != SWARM_CHECKING && status.phase != SWARM_FINISHING;
        sys_wants_start(s->wants, drawn_ms + (is_quiet ? FACE_QUIET_MS : FACE_DRAW_MS));
        if (stop_ms != 0) {
            sys_wants_wake(s->wants, stop_ms + STOP_MS);
        }
        engine_wants(s->engine, s->wants, now_ms);
        sys_poll(s->wants);
        now_ms = sys_now_ms();
        engine_turn(s->engine, s->wants, now_ms);
    }
    return tell_end(s, &status, error_told);
}
