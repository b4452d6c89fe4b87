/* What readers see of a published folder: its page, and the lines for a blog post. Both work
 * without script and load nothing from elsewhere. Pure. */
#ifndef BUILDER_PUBLISH_PAGE_H
#define BUILDER_PUBLISH_PAGE_H

#include "builder/offer.h"

/* index.html. A small script, named by its hash in the page's policy, only puts the button for the
 * visitor's system in front. */
void page_index(const struct offers *o, struct buf *out);

/* snippet.html: a block an offer, for pages of somebody else; no style, no script, no ids. */
void page_snippet(const struct offers *o, struct buf *out);

#endif
