/* Content under the names that the publisher gave it. Apps use safe names; the original on the
 * publisher's disk may have others ("a:b.txt"). */
#ifndef BUILDER_RAW_PATHS_H
#define BUILDER_RAW_PATHS_H

#include "meta/torrent.h"
#include "sys/sys.h"

/* Where nothing stands under a file's safe path but a file under its raw one does, the torrent's
 * path is changed to the raw one (in `arena`). Raw paths that would lead elsewhere are not used. */
void raw_paths_find(struct torrent *t, sys_dir dir, struct arena *arena);

#endif
