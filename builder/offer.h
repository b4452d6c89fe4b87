/* What a published folder offers: plain data that its page, feed and snippet are made of. */
#ifndef BUILDER_OFFER_H
#define BUILDER_OFFER_H

#include "base/hash.h"
#include "builder/targets.h"
#include "meta/torrent.h"

struct offer_file {
    const char *name; /* path below the folder; NULL: there is none */
    int64_t size;
    uint8_t sha256[SHA256_SIZE];
    bool is_unsummed; /* the checksum is not known */
};

struct offer_app {
    const char *target;
    struct offer_file program;
    struct offer_file archive; /* the program once more, in a .tar.gz */
};

/* One torrent with all that belongs to it. Texts are as the publisher wrote them. */
struct offer {
    const struct torrent *torrent;
    struct bytes title, publisher, message; /* the first is never empty */
    const char *page; /* path of a page of its own; NULL: it is on the folder's */
    int64_t date;                           /* of its publishing, Unix seconds */
    struct offer_file metainfo;             /* the .torrent */
    struct offer_app apps[TARGETS_MAX];
    size_t app_count;
    struct offer_file content; /* where it is a single file and in the folder, too */
    /* What the apps know besides the torrent. */
    const struct bytes *trackers, *webseeds;
    uint32_t tracker_count, webseed_count;
};

/* What a page has a line for and no more: an offer with a page of its own, or one that is not ready
 * yet. */
struct offer_line {
    struct bytes name;
    const char *link; /* path below the folder; NULL: none */
    char note[64];    /* "34 MiB", "is being prepared" */
};

/* All offers of a folder, newest first. */
struct offers {
    struct bytes title; /* of the page; never empty */
    struct bytes url;   /* of the folder, with '/' at its end; empty: unknown */
    const struct offer *v;
    size_t count;
    const struct offer_line *lines; /* behind them */
    size_t line_count;
    const char *more;    /* link to the page where it goes on; NULL: none */
    const char *up;      /* from the page to the folder, as "../"; NULL: it is in it */
    bool is_from_server; /* of serve: there are no SHA256SUMS, but a status page */
    bool refresh;        /* the page will soon be another one */
};

/* The magnet link (BEP 9) as text or attribute of HTML and XML. Not for private torrents, which may
 * be had from their trackers only. */
void offer_put_magnet(struct buf *out, const struct offer *o);

/* Text from the publisher as text or attribute of HTML and XML: control characters, bidi controls
 * and what is no UTF-8 become U+FFFD, line feeds stay. */
void offer_put_text(struct buf *out, struct bytes text);

/* A file as a link's address: `base` (may be empty) and its escaped path. */
void offer_put_link(struct buf *out, struct bytes base, const char *name);

/* "Windows", "Linux", and "64-bit PC" for a target. */
const char *offer_system(const char *target);
const char *offer_machine(const char *target);

#endif
