/* The feed of a published folder: RSS 2.0 with an enclosure for each .torrent and the "torrent"
 * elements of the ezRSS namespace, which BitTorrent programs with feeds read. Pure.
 *
 * It is also where publish finds again what nothing else in the folder tells: the folder's address,
 * and when an offer was published (a .torrent may be older). */
#ifndef BUILDER_FEED_H
#define BUILDER_FEED_H

#include "builder/offer.h"

#define FEED_NAME "feed.xml"

/* Writes the feed; without the folder's address its links are relative, which few readers take. */
void feed_write(const struct offers *o, struct buf *out);

/* Was it written by feed_write? */
bool feed_is_ours(struct bytes feed);

/* The folder's address in a feed of ours, as given to feed_write; empty: not told. */
struct bytes feed_url(struct bytes feed);

/* When the torrent was published, by a feed of ours. */
bool feed_date(struct bytes feed, const uint8_t info_hash[SHA1_SIZE], int64_t *unix_s);

#endif
