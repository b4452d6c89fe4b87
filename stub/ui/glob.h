/* Shell patterns for --only: choosing files by name. */
#ifndef UI_GLOB_H
#define UI_GLOB_H

#include "base/bytes.h"

/* Does `text` match the pattern as a whole? '*' stands for any bytes, '/' included; '?' for one
 * UTF-8 character; [abc], [a-z], [!a-z] for one ASCII character of (not of) the set; '\' takes
 * the next character as it is. A '[' without its ']' is an ordinary character. Case counts.
 * The time is bounded by the product of the lengths. */
bool glob_match(struct bytes pattern, struct bytes text);

/* Does the pattern choose this file? It may match the whole path, the path without its first
 * folder (the torrent's own), the last component, or a folder in front ("docs" and "docs/"
 * choose everything in docs). */
bool glob_matches_path(struct bytes pattern, struct bytes path);

#endif
