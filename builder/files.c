#include "builder/files.h"

#include "builder/command.h"
#include "ui/session.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCE_ARENA_MAX = 512 * 1024 * 1024 };

void *
files_memory(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p) {
        complain(EXIT_INCOMPLETE, "not enough memory");
        exit(EXIT_INCOMPLETE);
    }
    return p;
}

int
files_read(const char *path, size_t max, struct bytes *out)
{
    sys_file f = SYS_NONE;
    *out = (struct bytes){0};
    int64_t error = sys_file_open_path(path, SYS_READ, &f);
    if (error != SYS_OK) {
        return (int)error;
    }
    int64_t size = sys_file_size(f);
    if (size > 0 && (uint64_t)size > max) {
        error = SYS_TOO_BIG;
    } else if (size < 0) {
        error = size;
    } else {
        uint8_t *data = files_memory((size_t)size, 1);
        int64_t got = sys_file_read(f, 0, data, (size_t)size);
        error = got < 0 ? got : SYS_OK;
        *out = bytes_of(data, got > 0 ? (size_t)got : 0);
        if (error != SYS_OK) {
            free(data);
            *out = (struct bytes){0};
        }
    }
    sys_file_close(&f);
    return (int)error;
}

int
files_write_parts(sys_dir dir, const char *path, const struct bytes *parts, size_t count,
                  bool executable)
{
    sys_file f = SYS_NONE;
    int how = SYS_WRITE | SYS_CREATE | SYS_TRUNCATE | (executable ? SYS_EXECUTABLE : 0);
    int64_t done = sys_file_open(dir, path, how, &f), at = 0;
    if (done != SYS_OK) {
        return (int)done;
    }
    for (size_t i = 0; i < count && done >= 0; i++) {
        done = sys_file_write(f, at, parts[i].ptr, parts[i].len);
        at += (int64_t)parts[i].len;
    }
    sys_file_close(&f);
    return done < 0 ? (int)done : SYS_OK;
}

/* Would a rename put a file where a device, a pipe or a folder is? To root that is allowed, and
 * /dev/null would be a file from then on. */
static int
check_free(sys_dir dir, const char *name)
{
    struct sys_stat st;
    sys_file f = SYS_NONE;
    int error = sys_stat(dir, name, &st);
    if (error != SYS_OK || !st.exists || st.is_link) {
        return error;
    }
    /* Whether it may be read is of no interest. */
    error = st.is_dir ? SYS_NOT_A_FILE : sys_file_open(dir, name, SYS_READ, &f);
    sys_file_close(&f);
    return error == SYS_NOT_A_FILE ? error : SYS_OK;
}

int
files_complain(const char *path, int error)
{
    if (error == SYS_NOT_A_FILE) {
        return complain(EXIT_DISK, "%s: no file can be there: a folder or device is in the way",
                        path);
    }
    return complain(EXIT_DISK, "%s: %s", path, sys_error_text(error));
}

int
files_write(const char *path, const struct bytes *parts, size_t count, bool executable)
{
    const char *name = sys_path_name(path);
    size_t folder_len = (size_t)(name - path);
    char *folder = files_memory(folder_len + 2, 1);
    char *temp = files_memory(strlen(name) + 16, 1);
    sys_dir dir = SYS_NONE;
    if (folder_len) {
        memcpy(folder, path, folder_len);
    } else {
        folder[0] = '.';
    }
    /* Two at once in one folder must not meet. */
    uint8_t chance[4];
    sys_random(chance, sizeof chance);
    struct buf b = buf_over(temp, strlen(name) + 16);
    buf_byte(&b, '.');
    buf_text(&b, name);
    buf_byte(&b, '.');
    buf_hex(&b, bytes_of(chance, sizeof chance));
    buf_cstr(&b);
    int error = *name ? sys_dir_open(folder, false, &dir) : SYS_NOT_A_FILE;
    error = error == SYS_OK ? check_free(dir, name) : error;
    if (error == SYS_OK) {
        error = files_write_parts(dir, temp, parts, count, executable);
        if (error == SYS_OK) {
            error = sys_rename(dir, temp, name, true);
        }
        if (error != SYS_OK) {
            sys_remove(dir, temp);
        }
    }
    sys_dir_close(&dir);
    free(folder);
    free(temp);
    return error;
}

bool
files_is_folder(const char *path)
{
    sys_dir dir = SYS_NONE;
    bool is = sys_dir_open(path, false, &dir) == SYS_OK;
    sys_dir_close(&dir);
    return is;
}

char *
files_join(const char *folder, const char *name)
{
    size_t room = (folder ? strlen(folder) : 0) + strlen(name) + 2;
    char *path = files_memory(room, 1);
    struct buf b = buf_over(path, room);
    if (folder && *folder) {
        buf_text(&b, folder);
        if (*sys_path_name(folder)) {
            buf_byte(&b, '/');
        }
    }
    buf_text(&b, name);
    buf_cstr(&b);
    return path;
}

static int
complain_damaged(const char *path, const char *kind, const struct fault *why)
{
    return complain(EXIT_DAMAGED, "%s: %s: %s (at byte %zu)", path, kind, why->what, why->where);
}

static int
open_torrent(struct source *s, const char *path)
{
    struct fault why = {0};
    int error = files_read(path, METAINFO_SIZE_MAX, &s->file);
    if (error == SYS_TOO_BIG) {
        return complain(EXIT_DAMAGED,
                        "%s is neither an app nor a torrent: too large (%d bytes "
                        "at most)",
                        path, METAINFO_SIZE_MAX);
    }
    if (error != SYS_OK) {
        return complain(EXIT_DISK, "%s: %s", path, sys_error_text(error));
    }
    if (!bytes_starts(s->file, BYTES("d"))) {
        return complain(EXIT_DAMAGED, "%s is neither an app nor a torrent (at byte 0)", path);
    }
    if (!torrent_parse(&s->torrent, s->file, &s->arena, &why)) {
        return complain_damaged(path, "the torrent cannot be used", &why);
    }
    s->has_torrent = true;
    return 0;
}

int
source_open(struct source *s, const char *path)
{
    struct fault why = {0};
    sys_file f = SYS_NONE;
    *s = (struct source){.arena = {.size_max = SOURCE_ARENA_MAX}};
    int error = sys_file_open_path(path, SYS_READ, &f);
    if (error != SYS_OK) {
        return complain(EXIT_DISK, "%s: %s", path, sys_error_text(error));
    }
    app_file_read(&s->app, f, &s->arena);
    sys_file_close(&f);
    switch (s->app.kind) {
    case APP_NOT: return open_torrent(s, path);
    case APP_STUB: return 0;
    case APP_UNREAD: return complain(EXIT_DISK, "%s: %s", path, sys_error_text(s->app.error));
    case APP_DAMAGED: return complain_damaged(path, "the app is damaged", &s->app.why);
    case APP_GOOD: break;
    }
    if (s->app.payload.torrent.len == 0) {
        return 0;
    }
    if (!torrent_parse(&s->torrent, s->app.payload.torrent, &s->arena, &why)) {
        return complain_damaged(path, "the torrent in it cannot be used", &why);
    }
    s->has_torrent = true;
    return 0;
}

void
source_close(struct source *s)
{
    arena_free(&s->arena);
    free((void *)(uintptr_t)s->file.ptr);
    *s = (struct source){0};
}
