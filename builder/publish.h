/* What goes into a published folder, and putting it there: one torrent with its apps and content is
 * added to what is on the shelf, page, feed, snippet and checksums are made anew, and all of it
 * appears at once. What is right already is left as it is.
 *
 * Functions that return int answer 0 or the exit code of what was told on standard error. */
#ifndef BUILDER_PUBLISH_H
#define BUILDER_PUBLISH_H

#include "builder/create_options.h"
#include "builder/original.h"
#include "builder/shelf.h"
#include "builder/stage.h"

struct publish {
    struct shelf shelf;
    struct stage stage;
    struct sums next;             /* SHA256SUMS to be */
    char url[URL_LEN_MAX + 1];    /* of the folder, with '/' at its end; "": unknown */
    bool url_is_new;              /* other than the one that the folder had */
    const struct shelf_item *old; /* what is replaced, or NULL */

    /* The new offer and what it points into. */
    struct offer offer;
    struct torrent torrent;
    struct arena arena;
    struct bytes made;        /* metainfo of our own */
    struct source_list lists; /* its trackers and web seeds */
    char webseed[URL_LEN_MAX + 16];
};

/* What is published. */
struct publish_what {
    struct bytes metainfo;           /* of a .torrent that is there; empty: made of `original` */
    const struct original *original; /* hashed; NULL: none */
    bool with_content;
    const struct create_options *create;
    struct payload *settings; /* of the apps; trackers and web seeds go into a torrent made here */
    struct bytes icon;
    const struct targets *targets;
};

/* Opens the folder. `url` NULL: as before, if it has one. publish_close in any case. */
int publish_open(struct publish *p, const char *folder, const char *url);

/* Once after publish_open; what `w` points to has to stay till publish_close. */
int publish_add(struct publish *p, const struct publish_what *w);
int publish_write(struct publish *p);
void publish_close(struct publish *p);

#endif
