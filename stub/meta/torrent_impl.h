/* Between the files that together are torrent_parse; nobody else includes this. */
#ifndef META_TORRENT_IMPL_H
#define META_TORRENT_IMPL_H

#include "meta/torrent.h"

/* Room for " (NNNNNN)" behind a path, and its NUL. */
enum { PATH_MARK_MAX = 16 };

struct torrent_reader {
    struct torrent *t;
    struct arena *arena;
    struct bytes whole; /* what `why->where` counts from */
    struct fault *why;
};

/* Says what is wrong with `v`; always false. */
bool torrent_refuse(struct torrent_reader *r, struct bencode v, const char *what);

/* Fills t->files, file_count and size from the "files" list. Needs t->name and t->info_hash. */
bool torrent_read_files(struct torrent_reader *r, struct bencode files);

/* Fills in t->files[0] and size of a torrent of one file. */
bool torrent_read_single(struct torrent_reader *r, struct bencode length, struct bytes attr);

/* Makes the paths of all stored files unique, and takes links away that lead in circles.
 * targets[i] is the key of the path that file i links to, 0 if it is no link. */
bool torrent_make_paths_unique(struct torrent_reader *r, const uint64_t *targets);

/* Trackers, web seeds and nodes from the outer dictionary. */
void torrent_read_trackers(struct torrent *t, struct bencode announce, struct bencode list);
void torrent_read_webseeds(struct torrent *t, struct bencode url_list);
void torrent_read_nodes(struct torrent *t, struct bencode nodes);

#endif
