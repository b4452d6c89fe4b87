/* POSIX: listing a folder, in byte order so that equal folders give equal torrents. */
#include "sys/sys_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* Sorts the NUL-terminated names that fill [text, text + len). False: no memory. */
static bool
sort_names(char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += text[i] == 0;
    }
    if (count < 2) {
        return true;
    }
    char *copy = malloc(len);
    const char **names = malloc(count * sizeof *names);
    if (copy && names) {
        memcpy(copy, text, len);
        for (size_t i = 0, at = 0; i < count; i++) {
            names[i] = copy + at;
            at += strlen(names[i]) + 1;
        }
        qsort(names, count, sizeof *names, compare_names);
        for (size_t i = 0; i < count; i++) {
            size_t size = strlen(names[i]) + 1;
            memcpy(text, names[i], size);
            text += size;
        }
    }
    bool sorted = copy && names;
    free(names);
    free(copy);
    return sorted;
}

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
    return sort_names((char *)out->ptr + start, out->len - start) ? SYS_OK : SYS_OTHER;
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
