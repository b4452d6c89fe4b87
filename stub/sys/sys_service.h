/* Contract of the builder alone: what a service wants of its system. */
#ifndef SYS_SYS_SERVICE_H
#define SYS_SYS_SERVICE_H

#include "sys/sys.h"

enum { SYS_USER_NAME_MAX = 64 };

/* A program that root started goes on as `user` (name or number), or, if that is NULL, as the owner
 * of the folder `dir`, or as "nobody" if that is root too. Of root's rights it keeps that to read
 * files, because root's folders often are for nobody else. The folder `own` (may be SYS_NONE)
 * becomes that user's. `name` says who it is now; empty: it was not root, and nothing happened.
 * SYS_NOT_FOUND: there is no such user. Where programs have no such rights nothing happens. To be
 * called before there are threads. */
int sys_drop_root(const char *user, sys_dir dir, sys_dir own, char name[SYS_USER_NAME_MAX]);

/* Who owns a folder, by name; false: root, somebody without a name, or the system does not tell. */
bool sys_owner(sys_dir dir, char name[SYS_USER_NAME_MAX]);

/* The program's own file as an absolute path. */
bool sys_self_path(struct buf *out);

#endif
