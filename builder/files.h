/* Whole files in and out of the builder's memory, and what stands in them. */
#ifndef BUILDER_FILES_H
#define BUILDER_FILES_H

#include "engine/app_file.h"
#include "meta/torrent.h"

/* The whole file in malloc'd memory (at least one byte is allocated). SYS_TOO_BIG when it is
 * longer than `max`; else a sys_error. */
int files_read(const char *path, size_t max, struct bytes *out);

/* Writes a file whole or not at all: under another name first, then renamed over the file or link
 * that stands there; SYS_NOT_A_FILE when it is anything else, and nothing is written. The folder
 * must exist. */
int files_write(const char *path, const struct bytes *parts, size_t count, bool executable);

/* Says in one line why files_write failed; returns the exit code. */
int files_complain(const char *path, int error);

/* Writes a new file below `dir`; when it fails a part may be left. */
int files_write_parts(sys_dir dir, const char *path, const struct bytes *parts, size_t count,
                      bool executable);

/* Does a folder stand at this path? */
bool files_is_folder(const char *path);

/* "folder/name" in malloc'd memory; without a folder a copy of the name. */
char *files_join(const char *folder, const char *name);

/* Memory or the end of the program. */
void *files_memory(size_t count, size_t size);

/* A torrent from a file: a .torrent, or an app that carries one. */
struct source {
    struct app_file app;    /* kind APP_NOT: the file is a .torrent */
    struct torrent torrent; /* when has_torrent */
    bool has_torrent;
    struct arena arena;
    struct bytes file; /* of a .torrent, malloc'd */
};

/* Reads it; 0 or the exit code (3 damaged, 4 unreadable), told on standard error in one line
 * with the position. A bare stub and a thin app are good, without a torrent. */
int source_open(struct source *s, const char *path);
void source_close(struct source *s);

#endif
