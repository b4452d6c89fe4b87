/* What stands in a published folder already, read back from its files: SHA256SUMS names all that
 * publish made, each .torrent is an offer, its apps carry title, publisher and message, the feed
 * knows address and dates. */
#ifndef BUILDER_SHELF_H
#define BUILDER_SHELF_H

#include "builder/files.h"
#include "builder/offer.h"
#include "builder/sums.h"

#define SUMS_NAME "SHA256SUMS"
#define CONTENT_FOLDER "content/"

/* An offer and what its texts point into. */
struct shelf_item {
    struct offer offer;
    struct source metainfo, app;
};

struct shelf {
    const char *folder; /* as the user gave it */
    sys_dir dir;
    struct sums known; /* all files that publish made and that are still there, SUMS_NAME too */
    struct bytes feed; /* empty: none */
    struct shelf_item *items;
    size_t count;
};

/* Opens the folder, which is made if it is not there. 0, or the exit code of what was told on
 * standard error; shelf_close in any case. */
int shelf_open(struct shelf *s, const char *folder);

/* The offer with a .torrent of this name, or NULL. */
const struct shelf_item *shelf_find(const struct shelf *s, const char *metainfo_name);

/* Does the known file belong to the offer? Its .torrent, apps and content do. */
bool shelf_belongs(const struct shelf_item *item, const char *name);

/* Appends the path of the content of a torrent in a published folder, by the name in its metainfo,
 * which is the publisher's own. */
void shelf_put_content_path(struct buf *out, const struct torrent *t);

void shelf_close(struct shelf *s);

#endif
