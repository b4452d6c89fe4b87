/* A unit file for systemd (systemd.service(5)) that runs `serve`. Pure. */
#ifndef BUILDER_SYSTEMD_UNIT_H
#define BUILDER_SYSTEMD_UNIT_H

#include "base/buf.h"

struct systemd_unit {
    struct bytes program; /* absolute path */
    struct bytes folder;  /* that is served, absolute path */
    struct bytes place;   /* the working folder, for other paths in `args` */
    const char *user;     /* NULL: one of systemd's making, who owns nothing */
    char *const *args;    /* all behind the program's name, as the user gave them ... */
    int arg_count;
    int folder_at; /* ... where args[folder_at] is the folder */
};

void systemd_unit_put(struct buf *out, const struct systemd_unit *u);

#endif
