/* The options that say what torrent is made: of create and publish. */
#ifndef BUILDER_CREATE_OPTIONS_H
#define BUILDER_CREATE_OPTIONS_H

#include "builder/make_torrent.h"

struct create_options {
    int v1, v2, hybrid;
    const char *comment, *source;
    bool is_private;
    int64_t piece_length, date; /* 0: chosen; -1: not given */
    struct arg_list nodes;
};
#define CREATE_OPTIONS_DEFAULT \
    { \
        .date = -1 \
    }

/* Lines of an option table for the field `create` of a struct. */
#define CREATE_AT(type, field) (offsetof(type, create) + offsetof(struct create_options, field))
#define CREATE_ARGS(type) \
    {"--node", ARG_PEER, CREATE_AT(type, nodes), 0, NULL}, \
        {"--private", ARG_FLAG, CREATE_AT(type, is_private), 0, NULL}, \
        {"--comment", ARG_TEXT, CREATE_AT(type, comment), 0, NULL}, \
        {"--source", ARG_TEXT, CREATE_AT(type, source), 0, NULL}, \
        {"--piece-length", ARG_RATE, CREATE_AT(type, piece_length), 0, NULL}, \
        {"--date", ARG_NUMBER, CREATE_AT(type, date), 0, NULL}, \
        {"--v1", ARG_SET, CREATE_AT(type, v1), 1, NULL}, \
        {"--v2", ARG_SET, CREATE_AT(type, v2), 1, NULL}, \
    { \
        "--hybrid", ARG_SET, CREATE_AT(type, hybrid), 1, NULL \
    }

#define CREATE_HELP \
    "  --node HOST:PORT     a DHT node to start from (again for more)\n" \
    "  --private            peers only from the trackers\n" \
    "  --comment TEXT       for people\n" \
    "  --source TEXT        changes the info-hash; trackers ask for it\n" \
    "  --piece-length N     a power of two from 16K on (default: for 1,000 to 2,000 pieces)\n" \
    "  --date SECONDS       creation date (default: now); the same date and content give the\n" \
    "                       same bytes\n" \
    "  --v1                 the first format of torrents: the only one in this version\n"

/* 0, or the exit code of what was told on standard error. */
int create_options_check(const struct create_options *o);

/* What they say beside the content; `sources` has to outlive it. */
struct make_extra create_options_extra(const struct create_options *o,
                                       const struct source_list *sources, int64_t date);

#endif
