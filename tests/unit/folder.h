/* A folder of the test's own, with small text files. */
#ifndef UNIT_FOLDER_H
#define UNIT_FOLDER_H

#include "sys/sys.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
    char path[64];
    sys_dir dir;
};

static inline void
folder_make(struct folder *f)
{
    snprintf(f->path, sizeof f->path, "/tmp/samara-test-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    assert_int_equal(sys_dir_open(f->path, false, &f->dir), SYS_OK);
}

/* Writes a file, anew if it is there. */
static inline void
folder_put(const struct folder *f, const char *name, const char *text)
{
    sys_file file = SYS_NONE;
    int how = SYS_WRITE | SYS_CREATE | SYS_TRUNCATE;
    assert_int_equal(sys_file_open(f->dir, name, how, &file), SYS_OK);
    assert_true(sys_file_write(file, 0, text, strlen(text)) >= 0);
    sys_file_close(&file);
}

/* The clocks of file systems are coarse: what is written from here on has another time. */
static inline void
folder_wait_for_clock(void)
{
    usleep(20000);
}

static inline int
folder_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static inline int
folder_remove(struct folder *f)
{
    sys_dir_close(&f->dir);
    return nftw(f->path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
