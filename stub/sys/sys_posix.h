/* What the sys_posix files share. Nobody above sys/ includes this. */
#ifndef SYS_SYS_POSIX_H
#define SYS_SYS_POSIX_H

#include "sys/sys.h"

/* The enum sys_error of an errno. */
int posix_reason(int error_number);

/* Makes the sys_poll under way, or else the next one, return. Safe in signal handlers and in
 * helper threads. */
void posix_wake(void);

/* Gives up the spare descriptor (true: there was one) and takes it back. With it a listener
 * can still turn connections away when the process has no descriptor left. */
bool posix_spare_give(void);
void posix_spare_take(void);

/* Opens a folder below `at` ("" = itself) so that it can be read. */
int posix_open_folder(sys_dir at, const char *path, sys_dir *out);

/* Where Linux systems keep their trust anchors; ends with NULL. */
extern const char *const posix_roots_paths[];

#endif
