/* The nearest right word to a mistyped one ("did you mean --no-seed?"). */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/bytes.h"

enum { NEAREST_LEN_MAX = 48 }; /* longer words are nobody's mistyped option */

/* Edits that make `b` of `a`: a byte put in, left out, changed, or swapped with its neighbour
 * (optimal string alignment); ASCII letters match in either case. NEAREST_LEN_MAX + 1 when a
 * word is longer than NEAREST_LEN_MAX. */
unsigned nearest_distance(struct bytes a, struct bytes b);

/* Offers words one by one; the best so far is `best`. */
struct nearest {
    struct bytes word;
    const char *best; /* NULL when none was near enough */
    unsigned distance;
};

/* A search for what `word` was meant to be. Near enough is at most a third of its letters, at
 * least two edits, or a word that begins with it. */
struct nearest nearest_to(struct bytes word);
void nearest_offer(struct nearest *n, const char *candidate);

#endif
