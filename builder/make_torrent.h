/* Making metainfo (BEP 3, v1) of a file or folder, hashed slice by slice so that a server goes on
 * living meanwhile. */
#ifndef BUILDER_MAKE_TORRENT_H
#define BUILDER_MAKE_TORRENT_H

#include "base/hash.h"
#include "builder/sources_args.h"
#include "sys/sys.h"

enum {
    MAKE_PIECE_LENGTH_MIN = 16 * 1024,
    MAKE_PIECE_LENGTH_CHOSEN_MAX = 16 * 1024 * 1024,
    MAKE_PIECES_AIM = 2000, /* the chosen length gives 1,000 to so many pieces */
};

struct make_file {
    char *path; /* below the folder `base`, raw as it is on the disk; begins with the name */
    int64_t size;
    uint64_t stamp; /* of sys_stat */
};

enum make_state { MAKE_HASHING, MAKE_DONE, MAKE_FAILED };

struct make_torrent {
    enum make_state state;
    char error[512];      /* MAKE_FAILED: one sentence with the path */
    bool damaged_by_disk; /* the failure came from the disk, not from what was asked for */
    const char *name;     /* of the file, or of the folder that holds the files */
    bool single;
    struct make_file *files; /* by raw bytes of path */
    uint32_t file_count;
    int64_t size;
    uint32_t piece_length, piece_count;
    uint8_t *hashes; /* piece_count * SHA1_SIZE */
    int64_t done;    /* bytes hashed */

    /* private */
    sys_dir base;
    bool only_looks;
    uint32_t files_max;
    uint32_t file_at, piece_at;
    int64_t file_done;
    sys_file file;
    struct sha1 sha;
    uint8_t *slice;
};

/* What is said beside the content. */
struct make_extra {
    const struct source_list *sources; /* trackers and web seeds */
    const struct arg_list *nodes;      /* HOST:PORT, checked; may be NULL */
    const char *comment, *source;      /* NULL: none */
    bool is_private;
    int64_t date; /* Unix seconds; -1: not said */
};

/* A power of two that gives about 1,000 to 2,000 pieces. */
uint32_t make_piece_length(int64_t size);

/* Looks at the file or folder `name` in the folder `base` (which stays the caller's and must stay
 * open) and makes ready to hash. `piece_length` 0: chosen; else a power of two from
 * MAKE_PIECE_LENGTH_MIN on. Refused: symlinks, devices, names that are not UTF-8, nothing at
 * all, files that cannot be read. */
void make_open(struct make_torrent *m, sys_dir base, const char *name, uint32_t piece_length);

/* What file or folder `name` is, without a look into files: changes when a name, a size or what the
 * disk tells of changes does; also when the reason for which it is refused does. */
void make_fingerprint(sys_dir base, const char *name, uint8_t out[SHA1_SIZE]);

/* Hashes at most `bytes_max` more. */
void make_turn(struct make_torrent *m, int64_t bytes_max);

/* Instead of hashing: the hashes are known, `m->piece_count` of SHA1_SIZE each. */
void make_use_hashes(struct make_torrent *m, const uint8_t *hashes);

/* The .torrent in malloc'd memory, once MAKE_DONE. The same content and extras give the same bytes.
 * Empty when it is larger than METAINFO_SIZE_MAX. */
struct bytes make_metainfo(const struct make_torrent *m, const struct make_extra *extra);

void make_close(struct make_torrent *m);

#endif
