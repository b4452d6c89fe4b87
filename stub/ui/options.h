/* The app's command line. */
#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

#include "base/buf.h"
#include "base/limits.h"

enum { OPTION_PEERS_MAX = 64, OPTION_GLOBS_MAX = 64 };

enum option_action {
    ACTION_RUN,
    ACTION_CHECK,
    ACTION_LIST,
    ACTION_TORRENT_OUT,
    ACTION_ABOUT,
    ACTION_LICENSES,
    ACTION_VERSION,
    ACTION_HELP,
};

enum option_ui { UI_AUTO, UI_TTY, UI_WINDOW, UI_PAGE, UI_JSON, UI_NONE };

enum option_encryption { ENCRYPTION_PREFER, ENCRYPTION_REQUIRE, ENCRYPTION_OFF };

/* What was asked for. Texts point into argv. Numbers are -1 when not given. */
struct options {
    enum option_action action; /* the last one given counts */
    enum option_ui ui;
    const char *dir;         /* NULL = not given */
    const char *torrent_out; /* ACTION_TORRENT_OUT: a file, or "-" */
    int port;                /* -1 = any */
    bool no_listen;
    bool no_seed, seed_forever;
    int64_t seed_ratio_milli, seed_minutes;
    int64_t max_up, max_down; /* B/s; 0 = no limit */
    int64_t timeout_s;
    const char *peers[OPTION_PEERS_MAX];
    uint32_t peer_count;
    const char *globs[OPTION_GLOBS_MAX];
    uint32_t glob_count;
    bool no_trackers, no_webseeds;
    /* Taken and remembered; this version has none of what they switch off. */
    bool no_dht, no_pex, no_lsd, no_portmap, no_utp;
    enum option_encryption encryption;
};

/* Reads argv[1..argc). False: `error` holds one line that says what is wrong, with the
 * nearest right option. "--name value" and "--name=value" are both taken. */
bool options_parse(struct options *o, int argc, char *const argv[], struct buf *error);

#endif
