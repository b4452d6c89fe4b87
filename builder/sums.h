/* SHA256SUMS: the list of files with their checksums that sha256sum (GNU coreutils) writes and
 * checks. In a folder made by publish it also tells which files are publish's. Pure, but for memory
 * of its own. */
#ifndef BUILDER_SUMS_H
#define BUILDER_SUMS_H

#include "base/buf.h"
#include "base/hash.h"

enum { SUMS_SIZE_MAX = 256 * 1024 * 1024 }; /* 500,000 files with long paths */

struct sum {
    char *name; /* path below the folder of the list */
    uint8_t hash[SHA256_SIZE];
};

/* {0} is an empty list. */
struct sums {
    struct sum *v;
    size_t count, max;
    bool sorted; /* by name, each once */
};

/* Adds the lines of a file. 0, or the number of the first line that is no such line. */
size_t sums_read(struct sums *s, struct bytes text);

/* Adds a file; of several with one name the last counts. */
void sums_add(struct sums *s, const char *name, const uint8_t hash[SHA256_SIZE]);

/* By name, each once: what the functions below need after adding. */
void sums_sort(struct sums *s);
const struct sum *sums_find(const struct sums *s, const char *name);

/* The place of the first name that does not come before `name`. */
size_t sums_from(const struct sums *s, const char *name);
void sums_write(const struct sums *s, struct buf *out);

void sums_free(struct sums *s);

#endif
