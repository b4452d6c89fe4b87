/* The options that say what an app is told by its publisher: of pack and serve. */
#ifndef BUILDER_PACK_OPTIONS_H
#define BUILDER_PACK_OPTIONS_H

#include "builder/sources_args.h"
#include "meta/payload.h"

struct pack_options {
    const char *title, *publisher, *message;
    const char *license, *ca; /* files */
    struct arg_list trackers, webseeds, peers;
    int64_t seed_ratio_milli, seed_minutes, max_up; /* -1: not given */
    int thin;
    const char *sign, *icon;
};
#define PACK_OPTIONS_DEFAULT \
    { \
        .seed_ratio_milli = -1, .seed_minutes = -1, .max_up = -1 \
    }

enum { PACK_MINUTES_MAX = 10 * 366 * 24 * 60 };

/* Lines of an option table for the field `pack` of a struct. */
#define PACK_AT(type, field) (offsetof(type, pack) + offsetof(struct pack_options, field))
#define PACK_ARGS(type) \
    {"--title", ARG_TEXT, PACK_AT(type, title), 0, NULL}, \
        {"--publisher", ARG_TEXT, PACK_AT(type, publisher), 0, NULL}, \
        {"--message", ARG_TEXT, PACK_AT(type, message), 0, NULL}, \
        {"--license", ARG_TEXT, PACK_AT(type, license), 0, NULL}, \
        {"--ca", ARG_TEXT, PACK_AT(type, ca), 0, NULL}, \
        {"--tracker", ARG_EACH, PACK_AT(type, trackers), 0, NULL}, \
        {"--webseed", ARG_EACH, PACK_AT(type, webseeds), 0, NULL}, \
        {"--peer", ARG_PEER, PACK_AT(type, peers), 0, NULL}, \
        {"--seed-ratio", ARG_RATIO, PACK_AT(type, seed_ratio_milli), 0, NULL}, \
        {"--seed-minutes", ARG_NUMBER, PACK_AT(type, seed_minutes), PACK_MINUTES_MAX, NULL}, \
        {"--max-up", ARG_RATE, PACK_AT(type, max_up), 0, NULL}, \
        {"--thin", ARG_SET, PACK_AT(type, thin), 1, NULL}, \
        {"--sign", ARG_TEXT, PACK_AT(type, sign), 0, NULL}, \
    { \
        "--icon", ARG_TEXT, PACK_AT(type, icon), 0, NULL \
    }

#define PACK_HELP \
    "What the app is told\n" \
    "  --title TEXT  --publisher TEXT  --message TEXT   shown to the reader\n" \
    "  --license FILE       licence of the content, shown by the app's --licenses\n" \
    "  --tracker URL        one more tracker; again = next tier, comma = same tier\n" \
    "  --webseed URL        one more web seed (again for more)\n" \
    "  --peer HOST:PORT     a peer to try first (again for more)\n" \
    "  --ca FILE            trust these certificates (PEM) besides the system's\n" \
    "  --seed-ratio R  --seed-minutes M   how long the app shares after completion\n" \
    "  --icon FILE.ico      the icon of apps for Windows\n" \
    "  --max-up RATE        the app sends at most so many bytes a second (500K, 2M)\n"

/* Fills the settings of `p` (not torrent and target). `*mem` takes the files' contents, to be
 * freed by the caller after use. 0, or the exit code of what was told. */
struct pack_files {
    struct bytes license, ca, icon;
    struct source_list sources;
};
int pack_options_apply(const struct pack_options *o, struct payload *p, struct pack_files *files);
void pack_files_free(struct pack_files *files);

#endif
