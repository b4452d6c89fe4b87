/* What the app prints when it is asked about itself: --about, --list, --licenses. Tables of names
 * and numbers that scripts read too: in English always. */
#ifndef UI_SHOW_H
#define UI_SHOW_H

#include "meta/payload.h"
#include "meta/torrent.h"

void show_about(const struct payload *p, const struct torrent *t);

/* One line a file, only the wanted ones (NULL = all), with the sum below. */
void show_list(const struct torrent *t, const bool *wanted);

/* The publisher's licence, if there is one, and the program's own. `p` may be NULL. */
void show_licenses(const struct payload *p);

#endif
