/* The systems that apps are made for, as --target names them. */
#ifndef BUILDER_TARGETS_H
#define BUILDER_TARGETS_H

#include "ui/args.h"

enum { TARGETS_MAX = 16 };

/* Targets that this builder carries a stub for, each once, in the order given. */
struct targets {
    const char *v[TARGETS_MAX];
    size_t count;
};

/* Reads --target; without one: all with `all`, else the usual two. 0, or the exit code of what was
 * told on standard error. `*out` starts as {0}. */
int targets_choose(const struct arg_list *given, bool all, struct targets *out);

bool target_is_windows(const char *target);

#endif
