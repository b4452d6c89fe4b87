#include "builder/original.h"

#include "builder/command.h"
#include "builder/files.h"
#include "ui/session.h"

#include <stdlib.h>
#include <string.h>

enum { TURN_BYTES = 8 * 1024 * 1024 };

/* Cuts a path into folder and name, both in malloc'd memory. */
static void
split_path(const char *path, char **folder, char **name)
{
    uint8_t mem[PATH_LEN_MAX];
    struct buf here = BUF(mem);
    bool dot = path[0] == '.' && *sys_path_name(path + 1) == 0 && (!path[1] || !path[2]);
    char *whole = files_join(NULL, dot && sys_current_folder(&here) ? buf_cstr(&here) : path);
    size_t len = strlen(whole);
    while (len > 1 && *sys_path_name(whole) == 0) {
        whole[--len] = 0;
    }
    size_t at = (size_t)(sys_path_name(whole) - whole);
    *name = files_join(NULL, whole + at);
    whole[at] = 0;
    *folder = files_join(NULL, at ? whole : ".");
    free(whole);
}

static int
told(const struct make_torrent *m)
{
    int code = m->damaged_by_disk ? EXIT_DISK : EXIT_USAGE;
    return m->state == MAKE_FAILED ? complain(code, "%s", m->error) : 0;
}

int
original_open(struct original *c, const char *path, int64_t piece_length)
{
    *c = (struct original){0};
    char *folder;
    split_path(path, &folder, &c->name);
    int error = sys_dir_open(folder, false, &c->dir), code;
    if (error != SYS_OK) {
        code = complain(EXIT_DISK, "%s: %s", folder, sys_error_text(error));
    } else if (!*c->name || strcmp(c->name, ".") == 0 || strcmp(c->name, "..") == 0) {
        code = complain(EXIT_USAGE, "give the file or folder by its name, not as '%s'", path);
    } else {
        make_open(&c->make, c->dir, c->name, (uint32_t)piece_length);
        code = told(&c->make);
    }
    free(folder);
    return code;
}

int
original_hash(struct original *c)
{
    struct progress progress = {.what = "hashing"};
    while (c->make.state == MAKE_HASHING && sys_stop_requests() == 0) {
        make_turn(&c->make, TURN_BYTES);
        progress_show(&progress, c->make.done, c->make.size);
    }
    progress_end(&progress);
    if (c->make.state == MAKE_HASHING) {
        return complain(sys_stop_exit_code(), "stopped; nothing was written");
    }
    return told(&c->make);
}

void
original_close(struct original *c)
{
    make_close(&c->make);
    sys_dir_close(&c->dir);
    free(c->name);
    *c = (struct original){0};
}
