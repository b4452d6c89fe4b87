/* The view model of the page and the window: everything that they show, in words, made from how
 * things stand. They only draw it. Pure: no clock, no system. */
#ifndef UI_SHEET_H
#define UI_SHEET_H

#include "ui/face.h"

enum sheet_kind {
    SHEET_ASK,      /* what, how big, from whom; where to? */
    SHEET_PROGRESS, /* with trouble that passes by itself */
    SHEET_DONE,     /* complete; may still be shared */
    SHEET_TROUBLE,  /* it has ended and is not complete */
    SHEET_END,      /* it has ended; the page or window may be closed */
};

/* Texts of a sheet; those that do not belong to it are empty. Some may have line feeds. Strangers'
 * texts are harmless characters (format_foreign), but still strangers': to be drawn, never to be
 * read as markup. */
enum sheet_line {
    SHEET_HEADING,
    SHEET_TITLE,     /* of the content */
    SHEET_SIZE,      /* "1.2 GiB in 3 files" */
    SHEET_PUBLISHER, /* "Published by ... (as this file says)" */
    SHEET_MESSAGE,   /* the publisher's */
    SHEET_NOTE,      /* what is shared with whom, till when */
    SHEET_FOLDER,    /* where it goes */
    SHEET_STATUS,    /* "42.0% of 1.2 GiB"; or how it ended */
    SHEET_DOWN,
    SHEET_UP,
    SHEET_LEFT,    /* "3:20", or "-" */
    SHEET_PEOPLE,  /* "5", "5 + 1 from the web" */
    SHEET_SHARED,  /* what was passed on */
    SHEET_WHAT,    /* trouble: what happened, */
    SHEET_REMEDY,  /* what can be done, */
    SHEET_EXACTLY, /* and the engine's own words */
    SHEET_TAB,     /* for the title of a window: "42.0% - Title" */
    SHEET_LINES,
};

enum sheet_button {
    SHEET_START = 1,
    SHEET_STOP = 2,
    SHEET_PAUSE = 4,
    SHEET_RESUME = 8,
    SHEET_SHOW = 16,
    SHEET_KEEP = 32, /* a box to tick, as the next; `keeps_sharing` says how it stands */
    SHEET_LISTEN = 64,
    SHEET_LIMIT = 128, /* of sending to others */
};

/* The newest trouble that was told. */
struct sheet_trouble {
    const char *code; /* NULL: none yet */
    bool is_error;
    int64_t age_ms; /* since it was told */
    char message[512];
};

struct sheet_facts {
    const struct language *language;
    const struct face_start *start;
    const struct swarm_status *status; /* NULL: nothing has begun */
    const struct sheet_trouble *trouble;
    bool listens, keeps_sharing;
    bool over; /* the program ends */
};

struct sheet {
    enum sheet_kind kind;
    int permille;                   /* of the bar; -1: there is none */
    unsigned buttons;               /* of enum sheet_button */
    struct bytes line[SHEET_LINES]; /* they point into `mem` */
    uint8_t mem[TEXT_LEN_MAX * 4 + PATH_LEN_MAX * 4 + 4096];
};

/* Takes a warning or an error as the newest trouble, unless it is a warning behind an error, which
 * says why all has ended. False: it was not taken. */
bool sheet_take_trouble(struct sheet_trouble *t, const struct face_news *n);

void sheet_make(struct sheet *out, const struct sheet_facts *in);

#endif
