/* Options are a table: name, how its value is read, and where it goes. */
#include "ui/options.h"

#include "base/nearest.h"
#include "base/rate.h"
#include "ui/format.h"

#include <stddef.h>

enum {
    SECONDS_MAX = 10 * 366 * 86400, /* ten years: the sums in milliseconds stay small */
    RATIO_MILLI_MAX = 1000000000,
};

enum option_kind {
    OPTION_FLAG,    /* bool */
    OPTION_ACTION,  /* sets `action` to `number` */
    OPTION_OUT,     /* text, and sets `action` */
    OPTION_TEXT,    /* const char * */
    OPTION_PORT,    /* int */
    OPTION_RATE,    /* int64_t, with K, M, G */
    OPTION_RATIO,   /* int64_t thousandths */
    OPTION_NUMBER,  /* int64_t up to `number` */
    OPTION_PEER,    /* list */
    OPTION_GLOB,    /* list */
    OPTION_UI,      /* sets `ui` from a word */
    OPTION_SET_UI,  /* sets `ui` to `number` */
    OPTION_ENCRYPT, /* sets `encryption` from a word */
};

struct option {
    const char *name;
    enum option_kind kind;
    size_t at; /* of the field in struct options */
    int number;
};

#define AT(field) offsetof(struct options, field)

static const struct option option_table[] = {
    {"--dir", OPTION_TEXT, AT(dir), 0},
    {"--port", OPTION_PORT, AT(port), 0},
    {"--no-listen", OPTION_FLAG, AT(no_listen), 0},
    {"--no-seed", OPTION_FLAG, AT(no_seed), 0},
    {"--seed-ratio", OPTION_RATIO, AT(seed_ratio_milli), 0},
    {"--seed-minutes", OPTION_NUMBER, AT(seed_minutes), SECONDS_MAX / 60},
    {"--seed-forever", OPTION_FLAG, AT(seed_forever), 0},
    {"--max-up", OPTION_RATE, AT(max_up), 0},
    {"--max-down", OPTION_RATE, AT(max_down), 0},
    {"--ui", OPTION_UI, 0, 0},
    {"--json", OPTION_SET_UI, 0, UI_JSON},
    {"--peer", OPTION_PEER, 0, 0},
    {"--no-trackers", OPTION_FLAG, AT(no_trackers), 0},
    {"--no-dht", OPTION_FLAG, AT(no_dht), 0},
    {"--no-pex", OPTION_FLAG, AT(no_pex), 0},
    {"--no-lsd", OPTION_FLAG, AT(no_lsd), 0},
    {"--no-webseeds", OPTION_FLAG, AT(no_webseeds), 0},
    {"--no-portmap", OPTION_FLAG, AT(no_portmap), 0},
    {"--no-utp", OPTION_FLAG, AT(no_utp), 0},
    {"--encryption", OPTION_ENCRYPT, 0, 0},
    {"--only", OPTION_GLOB, 0, 0},
    {"--list", OPTION_ACTION, 0, ACTION_LIST},
    {"--check", OPTION_ACTION, 0, ACTION_CHECK},
    {"--torrent-out", OPTION_OUT, AT(torrent_out), ACTION_TORRENT_OUT},
    {"--timeout", OPTION_NUMBER, AT(timeout_s), SECONDS_MAX},
    {"--about", OPTION_ACTION, 0, ACTION_ABOUT},
    {"--info", OPTION_ACTION, 0, ACTION_ABOUT}, /* what makeself's users try */
    {"--licenses", OPTION_ACTION, 0, ACTION_LICENSES},
    {"--version", OPTION_ACTION, 0, ACTION_VERSION},
    {"--help", OPTION_ACTION, 0, ACTION_HELP},
    {"-h", OPTION_ACTION, 0, ACTION_HELP},
};
enum { OPTION_COUNT = sizeof option_table / sizeof option_table[0] };

static bool
has_value(const struct option *option)
{
    return option->kind != OPTION_FLAG && option->kind != OPTION_ACTION &&
           option->kind != OPTION_SET_UI;
}

static const struct option *
find_option(struct bytes name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (bytes_equal(bytes_of_text(option_table[i].name), name)) {
            return &option_table[i];
        }
    }
    return NULL;
}

/* The place of `text` in a list of words, or -1. */
static int
find_word(const char *text, const char *const words[], int count)
{
    for (int i = 0; i < count; i++) {
        if (bytes_equal(bytes_of_text(text), bytes_of_text(words[i]))) {
            return i;
        }
    }
    return -1;
}

static bool
set_number(int64_t *field, const char *text, int64_t max)
{
    uint64_t value;
    if (!bytes_to_u64(bytes_of_text(text), (uint64_t)max, &value)) {
        return false;
    }
    *field = (int64_t)value;
    return true;
}

static bool
set_rate(int64_t *field, const char *text)
{
    uint64_t value;
    if (!rate_parse(text, &value) || value > INT64_MAX / 1024) {
        return false;
    }
    *field = (int64_t)value;
    return true;
}

static bool
set_word(struct options *o, enum option_kind kind, const char *text)
{
    static const char *const uis[] = {"auto", "tty", "window", "page", "json", "none"};
    static const char *const modes[] = {"prefer", "require", "off"};
    int word = kind == OPTION_UI ? find_word(text, uis, 6) : find_word(text, modes, 3);
    if (word < 0) {
        return false;
    }
    if (kind == OPTION_UI) {
        o->ui = (enum option_ui)word;
    } else {
        o->encryption = (enum option_encryption)word;
    }
    return true;
}

/* "HOST:PORT", "[v6]:PORT"; whether the host exists is found out later. */
static bool
is_host_port(struct bytes text)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') {
        colon--;
    }
    uint64_t port = 0;
    bool has_host = colon > 1;
    return has_host && bytes_to_u64(bytes_skip(text, colon), 65535, &port) && port > 0;
}

static bool
add_to_list(const char **list, uint32_t *count, uint32_t max, const char *text)
{
    if (*count == max || !*text) {
        return false;
    }
    list[(*count)++] = text;
    return true;
}

/* Puts a value where it belongs. False: it is not a value for this option. */
static bool
take_value(struct options *o, const struct option *option, const char *text)
{
    void *field = (char *)o + option->at;
    int64_t port;
    switch (option->kind) {
    case OPTION_FLAG: *(bool *)field = true; return true;
    case OPTION_ACTION: o->action = (enum option_action)option->number; return true;
    case OPTION_OUT: o->action = (enum option_action)option->number; /* fall through */
    case OPTION_TEXT: *(const char **)field = text; return *text != 0;
    case OPTION_PORT:
        if (!set_number(&port, text, 65535)) {
            return false;
        }
        *(int *)field = (int)port;
        return true;
    case OPTION_RATE: return set_rate(field, text);
    case OPTION_RATIO: return format_parse_milli(text, RATIO_MILLI_MAX, field);
    case OPTION_NUMBER: return set_number(field, text, option->number);
    case OPTION_PEER:
        return is_host_port(bytes_of_text(text)) &&
               add_to_list(o->peers, &o->peer_count, OPTION_PEERS_MAX, text);
    case OPTION_GLOB: return add_to_list(o->globs, &o->glob_count, OPTION_GLOBS_MAX, text);
    case OPTION_SET_UI: o->ui = (enum option_ui)option->number; return true;
    case OPTION_UI:
    case OPTION_ENCRYPT: return set_word(o, option->kind, text);
    }
    return false;
}

/* What a value of this kind looks like, for the error text. */
static const char *
expected(enum option_kind kind)
{
    switch (kind) {
    case OPTION_FLAG:
    case OPTION_ACTION:
    case OPTION_SET_UI: return "no value";
    case OPTION_TEXT:
    case OPTION_OUT: return "a name";
    case OPTION_PORT: return "a number from 0 to 65535";
    case OPTION_RATE: return "bytes a second, such as 500K or 2M";
    case OPTION_RATIO: return "a number such as 1.5";
    case OPTION_NUMBER: return "a whole number";
    case OPTION_PEER: return "HOST:PORT";
    case OPTION_GLOB: return "a pattern such as '*.txt'";
    case OPTION_UI: return "tty, window, page, json or none";
    case OPTION_ENCRYPT: return "prefer, require or off";
    }
    return "";
}

static void
say_expected(struct buf *error, const struct option *option, const char *text)
{
    buf_text(error, option->name);
    buf_text(error, " takes ");
    buf_text(error, expected(option->kind));
    if (text) {
        buf_text(error, ", not '");
        format_foreign(error, bytes_of_text(text), false);
        buf_text(error, "'");
    }
}

static void
say_unknown(struct buf *error, struct bytes name)
{
    struct nearest near = nearest_to(name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        nearest_offer(&near, option_table[i].name);
    }
    buf_text(error, "there is no option '");
    format_foreign(error, name, false);
    buf_text(error, near.best ? "'; did you mean " : "'; --help lists them");
    buf_text(error, near.best ? near.best : "");
    buf_text(error, near.best ? "?" : "");
}

bool
options_parse(struct options *o, int argc, char *const argv[], struct buf *error)
{
    *o = (struct options){.port = -1,
                          .seed_ratio_milli = -1,
                          .seed_minutes = -1,
                          .max_up = -1,
                          .max_down = -1,
                          .timeout_s = -1};
    for (int i = 1; i < argc; i++) {
        struct bytes value = bytes_of_text(argv[i]);
        struct bytes name = bytes_cut(&value, '=');
        bool joined = name.len < bytes_of_text(argv[i]).len;
        const struct option *option = find_option(name);
        if (!option) {
            say_unknown(error, name);
            return false;
        }
        /* An argument ends in NUL, so what follows '=' is a text too. */
        const char *text = joined ? (const char *)value.ptr : NULL;
        if (has_value(option) != (text != NULL) && (text || i + 1 == argc)) {
            say_expected(error, option, text);
            return false;
        }
        if (has_value(option) && !text) {
            text = argv[++i];
        }
        if (!take_value(o, option, text)) {
            say_expected(error, option, text);
            return false;
        }
    }
    return true;
}
