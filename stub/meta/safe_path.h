/* Names from strangers made into names that are safe on every system.
 *
 * The rules are those of DESIGN: the result is relative, never empty, valid UTF-8, with
 * no "..", no control or bidi characters, none of <>:"/\|?*, no trailing dots or spaces, no
 * reserved Windows name (CON, NUL, COM1... with any extension), each component at most
 * NAME_LEN_MAX bytes. The same input always gives the same result. */
#ifndef META_SAFE_PATH_H
#define META_SAFE_PATH_H

#include "base/buf.h"

/* Appends one safe component made from `name`. Control and bidi characters are dropped,
 * <>:"/\|?* become "_", a reserved name gets "_" in front. A name of which nothing is left
 * becomes "_", as do "." and "..". Over-long names are cut in the middle, at a character,
 * keeping a short extension. */
void safe_path_component(struct buf *out, struct bytes name);

/* A case-folding key of a safe path, so that two paths which would be one file on a
 * case-insensitive system get the same key (Latin, Greek, Cyrillic and Armenian letters are
 * folded; the rest counts as is). */
uint64_t safe_path_key(struct bytes path);

/* The same piece by piece: key_add(key_add(SAFE_PATH_KEY_START, "a"), "/b") is the key of
 * "a/b". Pieces end at characters. */
#define SAFE_PATH_KEY_START UINT64_C(0xcbf29ce484222325)
uint64_t safe_path_key_add(uint64_t key, struct bytes path);

/* Does a symlink at `path` to `target` (both '/'-separated) stay in the folder that `path`
 * begins in? False also when `target` is absolute or empty. `path` is the safe path of the
 * link itself. */
bool safe_path_link_stays_inside(struct bytes path, struct bytes target);

#endif
