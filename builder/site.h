/* What people see of serve in a browser. Pure: texts into a buffer. */
#ifndef BUILDER_SITE_H
#define BUILDER_SITE_H

#include "builder/catalog.h"

struct site {
    const char *title;
    struct catalog *catalog;
};

/* The index page from entry `from` on, as much as fits the buffer; the rest is a link away. */
void site_index(const struct site *s, uint32_t from, struct buf *out);

#endif
