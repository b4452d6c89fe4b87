/* Names from strangers made into names that are safe on every system.
 *
 * The rules are those of DESIGN: the result is relative, never empty, valid UTF-8, with
 * no "..", no control or bidi characters, none of <>:"/\|?*, no trailing dots or spaces, no
 * reserved Windows name (CON, NUL, COM1... with any extension), each component at most
 * NAME_LEN_MAX bytes. The same input always gives the same result. */
#ifndef META_SAFE_PATH_H
#define META_SAFE_PATH_H

#include "base/buf.h"

/* Appends one safe component made from `name`. A name of which nothing is left becomes "_".
 * "." and ".." become "_". Over-long names are cut in the middle, keeping a short extension. */
void safe_path_component(struct buf *out, struct bytes name);

/* A case-folding key of a safe path, so that two paths which would be one file on a
 * case-insensitive or Unicode-normalising system get the same key (ASCII, Latin-1,
 * Latin Extended-A, Greek and Cyrillic letters are folded; the rest is compared as is). */
uint64_t safe_path_key(struct bytes path);

/* Where a symlink at `path` to `target` (both '/'-separated) would lead: false when it
 * leaves the folder, is absolute, or is empty. `path` is the safe path of the link itself. */
bool safe_path_link_stays_inside(struct bytes path, struct bytes target);

#endif
