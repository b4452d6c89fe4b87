/* What the platforms share. Nobody above sys/ includes this. */
#ifndef SYS_SYS_COMMON_H
#define SYS_SYS_COMMON_H

#include "sys/sys.h"

/* One number out of many, so that a change of any changes it (for sys_stat's stamp). */
uint64_t sys_stamp_add(uint64_t stamp, uint64_t v);

/* Puts the names that follow each other from `start` to the end of `out`, each with its NUL, into
 * byte order. SYS_OK, or SYS_OTHER when memory is short. */
int sys_sort_names(struct buf *out, size_t start);

#endif
