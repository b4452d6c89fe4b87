#include "ui/options.h"

enum { SECONDS_MAX = 10 * 366 * 86400 }; /* ten years: sums in milliseconds stay small */

#define AT(field) offsetof(struct options, field)

static const struct arg option_table[] = {
    {"--dir", ARG_TEXT, AT(dir), 0, NULL},
    {"--port", ARG_NUMBER, AT(port), 65535, NULL},
    {"--no-listen", ARG_FLAG, AT(no_listen), 0, NULL},
    {"--no-seed", ARG_FLAG, AT(no_seed), 0, NULL},
    {"--seed-ratio", ARG_RATIO, AT(seed_ratio_milli), 0, NULL},
    {"--seed-minutes", ARG_NUMBER, AT(seed_minutes), SECONDS_MAX / 60, NULL},
    {"--seed-forever", ARG_FLAG, AT(seed_forever), 0, NULL},
    {"--max-up", ARG_RATE, AT(max_up), 0, NULL},
    {"--max-down", ARG_RATE, AT(max_down), 0, NULL},
    {"--ui", ARG_WORD, AT(ui), 0, "auto|tty|window|page|json|none"},
    {"--json", ARG_SET, AT(ui), UI_JSON, NULL},
    {"--peer", ARG_PEER, AT(peers), 0, NULL},
    {"--no-trackers", ARG_FLAG, AT(no_trackers), 0, NULL},
    {"--no-dht", ARG_FLAG, AT(no_dht), 0, NULL},
    {"--no-pex", ARG_FLAG, AT(no_pex), 0, NULL},
    {"--no-lsd", ARG_FLAG, AT(no_lsd), 0, NULL},
    {"--no-webseeds", ARG_FLAG, AT(no_webseeds), 0, NULL},
    {"--no-portmap", ARG_FLAG, AT(no_portmap), 0, NULL},
    {"--no-utp", ARG_FLAG, AT(no_utp), 0, NULL},
    {"--encryption", ARG_WORD, AT(encryption), 0, "prefer|require|off"},
    {"--only", ARG_EACH, AT(globs), 0, NULL},
    {"--list", ARG_SET, AT(action), ACTION_LIST, NULL},
    {"--check", ARG_SET, AT(action), ACTION_CHECK, NULL},
    {"--torrent-out", ARG_TEXT, AT(torrent_out), 0, NULL},
    {"--timeout", ARG_NUMBER, AT(timeout_s), SECONDS_MAX, NULL},
    {"--about", ARG_SET, AT(action), ACTION_ABOUT, NULL},
    {"--info", ARG_SET, AT(action), ACTION_ABOUT, NULL}, /* what users of makeself try */
    {"--licenses", ARG_SET, AT(action), ACTION_LICENSES, NULL},
    {"--version", ARG_SET, AT(action), ACTION_VERSION, NULL},
    {"--help", ARG_SET, AT(action), ACTION_HELP, NULL},
    {"-h", ARG_SET, AT(action), ACTION_HELP, NULL},
};

bool
options_parse(struct options *o, int argc, char *const argv[], struct buf *error)
{
    *o = (struct options){.port = -1,
                          .seed_ratio_milli = -1,
                          .seed_minutes = -1,
                          .max_up = -1,
                          .max_down = -1,
                          .timeout_s = -1};
    size_t count = sizeof option_table / sizeof *option_table;
    if (!args_parse(option_table, count, o, NULL, argc, argv, error)) {
        return false;
    }
    if (o->torrent_out) {
        o->action = ACTION_TORRENT_OUT;
    }
    return true;
}
