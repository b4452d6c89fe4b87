/* Contract of the builder alone: a file in a second place without copying it. */
#ifndef SYS_SYS_LINK_H
#define SYS_SYS_LINK_H

#include "sys/sys.h"

/* Makes `to` below `to_dir`, where nothing stands and whose folder is there, the same as the
 * regular file `from`: a copy that shares the blocks of the disk until one of the two is written to
 * (reflink), else a second name of the same file (hard link) if everybody may read it. A sys_error:
 * the system or the disk can do neither, nothing was made, and copying is left. */
int sys_share_file(sys_dir from_dir, const char *from, sys_dir to_dir, const char *to);

#endif
