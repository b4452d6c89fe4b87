/* A folder that changes all at once: new files are written whole under other names, in a hidden
 * folder in it, and then renamed to where they belong. When one cannot be written, nothing has
 * changed. A file that already has the right bytes is not touched. Files of others are never
 * overwritten: what may be is what the list `known` names.
 *
 * Functions that return int answer 0 or the exit code of what was told on standard error. */
#ifndef BUILDER_STAGE_H
#define BUILDER_STAGE_H

#include "builder/command.h"
#include "builder/sums.h"
#include "sys/sys.h"

struct staged {
    char *temp, *path; /* below the folder */
};

struct stage {
    const char *folder; /* as the user gave it, for messages */
    sys_dir dir;
    const struct sums *known;
    struct staged *v;
    size_t count, max;
    char **gone; /* to be removed */
    size_t gone_count, gone_max;
    size_t kept; /* files that had the right bytes */
    bool committed;
    char chance[20];
};

/* `dir` and `known` stay the caller's. Leftovers of a run that was killed are removed. */
void stage_open(struct stage *s, const char *folder, sys_dir dir, const struct sums *known);

/* The file at `path` shall hold these bytes. */
int stage_bytes(struct stage *s, const char *path, const struct bytes *parts, size_t count,
                bool executable);

/* The file at `path` shall be the `size` bytes of `from` below `from_dir`: shared with it where the
 * disk can do that, else copied. `sha256` (NULL: not wanted) is that of the content. */
int stage_file(struct stage *s, const char *path, sys_dir from_dir, const char *from, int64_t size,
               uint8_t *sha256);

/* The file at `path`, which is known, shall go; folders that get empty by it, too. */
void stage_remove(struct stage *s, const char *path);

/* Renames and removes. The file staged last is renamed first. */
int stage_commit(struct stage *s);

/* What was not committed is removed. */
void stage_close(struct stage *s);

#endif
