/* What people and programs see of a running swarm: one table of three functions, chosen at run
 * time. A face is told things and asks nothing; it looks at copies of the status. */
#ifndef UI_FACE_H
#define UI_FACE_H

#include "engine/engine.h"
#include "ui/language.h"
#include "ui/options.h"

enum {
    FACE_DRAW_MS = 250,   /* at most four times a second */
    FACE_QUIET_MS = 1000, /* nothing moves: no need to wake up for it more often */
};

/* What is the same for the whole run. The texts outlive the face. */
struct face_start {
    struct bytes name;                      /* safe */
    struct bytes title, publisher, message; /* from the payload, as they are; may be empty */
    const uint8_t *info_hash;
    const char *dir;                   /* as given, or found out */
    int64_t size;                      /* of what is wanted */
    uint16_t port;                     /* 0: does not listen */
    int64_t seed_ratio_milli, seed_ms; /* as in struct swarm_config */
    uint64_t max_up;
    bool will_share; /* something is sent to others in this run */
    bool is_there;   /* nothing is fetched: seed, --check */
};

enum face_news_kind {
    NEWS_WARNING,  /* code, message */
    NEWS_ERROR,    /* code, message */
    NEWS_COMPLETE, /* status */
    NEWS_EXIT,     /* exit_code; status is NULL when it never started */
};

struct face_news {
    enum face_news_kind kind;
    const char *code;     /* CONTRACT's words: "disk-full", ... */
    struct bytes message; /* one sentence, maybe with a stranger's words in it */
    bool by_engine;       /* the message is in English; ui/trouble has words for people */
    const struct swarm_status *status;
    int exit_code;
};

struct face;

struct face_kind {
    /* The run begins; `f->start` is set. */
    void (*open)(struct face *f);
    /* Shows how things stand. Called at most every FACE_DRAW_MS. */
    void (*draw)(struct face *f, const struct swarm_status *s, int64_t now_ms);
    /* Something happened; after NEWS_EXIT nothing more comes. May come before `open`. */
    void (*tell)(struct face *f, const struct face_news *n);
};

/* `{.kind = ...}` is a valid start. The rest is for the faces. */
struct face {
    const struct face_kind *kind;
    const struct language *language; /* NULL: English */
    struct face_start start;
    bool line_open; /* tty: a status line stands on the screen, the cursor behind it */
    bool complete_told;
    int64_t told_ms; /* tty without cursor: when the last line was printed... */
    int told_tenth;  /* ...and at which tenth of the whole */
};

extern const struct face_kind face_tty, face_json, face_none;

/* The face for what was asked. UI_AUTO: tty. Window and page are not there yet: the face then
 * is tty where standard output is a terminal, else none, and says so. `language` (NULL: English)
 * outlives the face. */
void face_choose(struct face *f, enum option_ui ui, const struct language *language);

/* Is anything shared after completion? And when sharing ends, in one sentence. */
bool face_shares_after(const struct face_start *s);
void face_put_end_of_sharing(const struct face_start *s, const struct language *l, struct buf *out);

/* The name that people know the content by. */
struct bytes face_title(const struct face_start *s);

/* Shorthands. */
void face_open(struct face *f, const struct face_start *start);
void face_warn(struct face *f, const char *code, struct bytes message);
void face_fail(struct face *f, const char *code, struct bytes message);

#endif
