/* POSIX: listing a folder, in byte order so that equal folders give equal torrents. */
#include "sys/sys_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int
list_stream(DIR *d, struct buf *out)
{
    size_t start = out->len;
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e) {
            break;
        }
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            buf_add(out, bytes_of(e->d_name, strlen(e->d_name) + 1));
        }
    }
    if (errno) {
        return posix_reason(errno);
    }
    if (out->full) {
        return SYS_FULL;
    }
    return sys_sort_names(out, start);
}

int
sys_dir_list(sys_dir dir, const char *path, struct buf *out)
{
    sys_dir folder = SYS_NONE;
    int error = posix_open_folder(dir, path, &folder);
    if (error != SYS_OK) {
        return error;
    }
    DIR *d = fdopendir((int)folder);
    if (!d) {
        sys_dir_close(&folder);
        return SYS_OTHER;
    }
    error = list_stream(d, out);
    closedir(d);
    return error;
}
