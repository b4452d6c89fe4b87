/* Open handles of a torrent's files, at most OPEN_FILES_MAX: the one not used for longest gives
 * way. Files are named by an index of the owner's. {0} is a valid start. */
#ifndef ENGINE_OPEN_FILES_H
#define ENGINE_OPEN_FILES_H

#include "base/limits.h"
#include "sys/sys.h"

struct open_file {
    uint32_t file; /* index + 1; 0 = none: free, or held after its file was closed */
    bool writable;
    uint16_t held;
    sys_file handle;
    uint64_t used; /* counter for least recently used */
};

struct open_files {
    struct open_file v[OPEN_FILES_MAX];
    uint64_t use_counter;
};

/* The handle of a file, opened (`how` as for sys_file_open) if it is not, or not for writing. */
int open_files_get(struct open_files *o, uint32_t file, sys_dir dir, const char *path, int how,
                   sys_file *f);

/* Closes a file, for example because its name is about to change. */
void open_files_close(struct open_files *o, uint32_t file);

/* Keeps a handle open, whatever happens to its file, until as many releases. False: too many are
 * held already. */
bool open_files_hold(struct open_files *o, sys_file f);
void open_files_release(struct open_files *o, sys_file f);

/* Closes all, held ones too. */
void open_files_close_all(struct open_files *o);

#endif
