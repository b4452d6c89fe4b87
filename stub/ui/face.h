/* What people and programs see of a running swarm: one table of functions, chosen at run time. A
 * face is told things and looks at copies of the status. Some faces are asked too: their sockets
 * take part in the loop, and what the person wants lies in `wish` after each turn. */
#ifndef UI_FACE_H
#define UI_FACE_H

#include "engine/engine.h"
#include "ui/language.h"
#include "ui/options.h"

enum {
    FACE_DRAW_MS = 250,   /* at most four times a second */
    FACE_QUIET_MS = 1000, /* nothing moves: no need to wake up for it more often */
    FACE_MAP_MAX = 400,
    FACE_PEERS_MAX = 50,
};

/* What is the same for the whole run. The texts outlive the face. */
struct face_start {
    struct bytes name;                      /* safe */
    struct bytes title, publisher, message; /* from the payload, as they are; may be empty */
    const uint8_t *info_hash;
    const char *dir;                   /* as given, or found out */
    int64_t size;                      /* of what is wanted */
    uint32_t files;                    /* so many are wanted; 0: not known */
    uint16_t port;                     /* 0: does not listen */
    int64_t seed_ratio_milli, seed_ms; /* as in struct swarm_config */
    uint64_t max_up, max_down;
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

/* What the person wants done. Whoever does it sets it to {0}. */
struct face_wish {
    bool start; /* with `listen`, into `folder` */
    bool stop;
    bool pause, resume;
    bool limit; /* upload to `max_up` */
    bool listen, deaf;
    bool keep_sharing, share_less; /* until the end; or as it was asked for at the start */
    bool show;                     /* the content, in the file manager */
    uint64_t max_up;               /* 0 = no limit */
    char folder[PATH_LEN_MAX * 2];
};

/* For those who look closely; filled before `draw` while face.details points to one. */
struct face_details {
    uint32_t map_len, peer_count;
    uint8_t map[FACE_MAP_MAX]; /* swarm_map */
    struct swarm_peer peers[FACE_PEERS_MAX];
};

struct face;
struct page;

struct face_kind {
    /* The run begins; `f->start` is set. */
    void (*open)(struct face *f);
    /* Shows how things stand. Called at most every FACE_DRAW_MS. */
    void (*draw)(struct face *f, const struct swarm_status *s, int64_t now_ms);
    /* Something happened; after NEWS_EXIT nothing more comes. May come before `open`. */
    void (*tell)(struct face *f, const struct face_news *n);

    /* Faces that are asked; the others have NULL. `ask`: the person is to choose where to, before
     * anything is begun; called again when the folder was of no use. `wants` and `turn`: what it
     * waits for, and what came; they fill `f->wish`. */
    void (*ask)(struct face *f);
    void (*wants)(struct face *f, struct sys_wants *w, int64_t now_ms);
    void (*turn)(struct face *f, const struct sys_wants *w, int64_t now_ms);
};

/* `{.kind = ...}` is a valid start. The rest is for the faces. */
struct face {
    const struct face_kind *kind;
    const struct language *language; /* NULL: English */
    struct face_start start;
    struct face_wish wish;
    struct face_details *details; /* NULL: nobody looks */
    bool listens, keeps_sharing;  /* as things are now; kept by the session, as is start.max_up */
    struct page *page;            /* page, window: what they keep */
    bool line_open;  /* tty: a status line stands on the screen, the cursor behind it */
    int64_t told_ms; /* tty without cursor: when the last line was printed... */
    int told_tenth;  /* ...and at which tenth of the whole */
};

extern const struct face_kind face_tty, face_json, face_none, face_page;

/* What a double-click shows on this system: a window or the page. */
extern const struct face_kind *const face_desktop;

/* The face for what was asked. UI_AUTO: that of the desktop with `clicked`, else
 * tty. Where there is no window, the page stands in for it. `language` (NULL: English)
 * outlives the face. */
void face_choose(struct face *f, enum option_ui ui, bool clicked, const struct language *language);

/* Asks the person, alone, until f->wish says start (true) or stop. `f->start` is set, `start.dir`
 * being what is proposed. */
bool face_ask(struct face *f, const struct face_start *start, struct sys_wants *w);

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
