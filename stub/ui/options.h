/* The app's command line. */
#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

#include "ui/args.h"

enum option_action {
    ACTION_RUN,
    ACTION_CHECK,
    ACTION_LIST,
    ACTION_ABOUT,
    ACTION_LICENSES,
    ACTION_VERSION,
    ACTION_HELP,
    ACTION_TORRENT_OUT,
};

enum option_ui { UI_AUTO, UI_TTY, UI_WINDOW, UI_PAGE, UI_JSON, UI_NONE };

enum option_encryption { ENCRYPTION_PREFER, ENCRYPTION_REQUIRE, ENCRYPTION_OFF };

/* What was asked for. Texts point into argv. Numbers are -1 when not given. */
struct options {
    enum option_action action; /* the last one given counts; --torrent-out before all */
    enum option_ui ui;
    const char *dir;         /* NULL = not given */
    const char *torrent_out; /* a file, or "-" */
    int64_t port;            /* 0 = any */
    bool no_listen;
    bool no_seed, seed_forever;
    int64_t seed_ratio_milli, seed_minutes;
    int64_t max_up, max_down; /* B/s; 0 = no limit */
    int64_t timeout_s;
    struct arg_list peers, globs;
    bool no_trackers, no_webseeds;
    /* Taken and remembered; this version has none of what they switch off. */
    bool no_dht, no_pex, no_lsd, no_portmap, no_utp;
    enum option_encryption encryption;
};

/* Reads argv[1..argc). False: `error` holds one line that says what is wrong. */
bool options_parse(struct options *o, int argc, char *const argv[], struct buf *error);

#endif
