/* The torrent's bytes on the disk: where they lie, what their files are called, how they get
 * their final names.
 *
 * While incomplete a file is NAME.part (its state file: engine/store_state.h). A file whose
 * every piece is verified is pushed to disk and renamed to NAME. What stands at NAME already:
 *   - a file, not longer than the torrent's, without a NAME.part beside it: it is checked like
 *     a .part. All good: it stays. At least one good piece: it is adopted (renamed to .part and
 *     completed; an unwanted one keeps its name). None: it is left alone.
 *   - anything else is left alone.
 * When our file is complete, what was left alone is moved aside to "NAME.old" (".old2" ...),
 * unless it is the same byte for byte: then it stays and our copy goes. So nothing of the
 * user's is lost.
 *
 * Padding files are never stored: reads give zeros, writes go nowhere. Offsets are those of the
 * torrent's byte stream. The store believes nothing: the caller hashes. */
#ifndef ENGINE_STORE_H
#define ENGINE_STORE_H

#include "base/arena.h"
#include "engine/open_files.h"
#include "meta/geometry.h"
#include "sys/sys.h"

enum { STORE_SYNCS_MAX = 4 }; /* at once: the disk can do small files together */

enum store_file_place {
    STORE_ABSENT, /* nothing on disk yet */
    STORE_PART,   /* NAME.part */
    STORE_FINAL,  /* NAME */
};

struct store_file {
    uint8_t place; /* enum store_file_place */
    bool wanted;
    bool in_the_way;      /* something else stands at NAME */
    bool finished;        /* complete and under NAME */
    uint32_t pieces_left; /* pieces that touch it and are not verified */
    int64_t size;         /* on disk when opened */
    int64_t allocated;    /* of it, not in holes, as far as known */
};

struct store {
    const struct torrent *t;
    sys_dir dir;
    bool read_only;
    struct store_file *files;
    struct open_files open;
    uint32_t files_left; /* wanted and not finished */
    bool links_made;     /* the torrent's symlinks, after all files */
    uint32_t *finishing; /* files to be synced and renamed, a queue of file_count */
    uint32_t finishing_at, finishing_count;
    uint32_t syncs_begun;      /* of `finishing`, from its start */
    int sync[STORE_SYNCS_MAX]; /* of finishing[i] at i % MAX: ticket, or how it ended */
    int64_t compared;          /* of it, bytes found equal to what stands at NAME */
    int error;                 /* the first sys_error that is not SYS_FULL, sticky */
    char error_path[256];      /* the file it happened to */
};

/* Looks at what is there; makes nothing. `wanted` as in swarm_config. Tables in `arena`. SYS_OK or
 * the reason (then error_path). With `read_only` only files under their final names count. */
int store_open(struct store *s, const struct torrent *t, sys_dir dir, const bool *wanted,
               bool read_only, struct arena *arena);

/* Bytes that still have to be allocated on the disk at most, for the check before the start. */
int64_t store_space_needed(const struct store *s);

/* SYS_TOO_BIG when a wanted file is larger than the file system can hold (then error_path),
 * else SYS_OK. */
int store_check_sizes(struct store *s);

/* Could there be data in this range at all? False when a part of it lies in an absent file or
 * behind a file's end, or when all of it lies in holes: then it need not be hashed. */
bool store_may_have(struct store *s, int64_t offset, int64_t len);

/* Reads exactly len bytes; a missing part gives SYS_NOT_FOUND. */
int store_read(struct store *s, int64_t offset, void *out, size_t len);

/* Writes slices that follow each other; makes files (sparse, at full length) when needed. SYS_OK,
 * SYS_FULL (nothing counts as written, try again later), or another reason, which is sticky in
 * `error`. Not before store_checked, and only to pieces that are not verified. */
int store_write(struct store *s, int64_t offset, const struct bytes *v, size_t count);

/* The open file and offset in it behind a stream offset, and how many bytes from there lie in this
 * file (for sendfile). SYS_NOT_FOUND for padding or missing files. The handle stays the store's:
 * good until the next call. */
int store_locate(struct store *s, int64_t offset, sys_file *f, int64_t *file_offset, int64_t *run);

/* Keeps that handle open beyond the next call, for a range that waits in conn_put_file; as many
 * releases must follow. False: too many are held, send the bytes from memory instead. */
bool store_hold(struct store *s, sys_file f);
void store_release(struct store *s, sys_file f);

/* A piece was verified: counts down its files; complete ones join the queue for their names. */
void store_piece_good(struct store *s, uint32_t piece);

/* The check of existing content is over; `have` as in base/bits.h. Adopts or leaves files under
 * their final names, makes empty files and puts complete files into the queue. */
void store_checked(struct store *s, const uint8_t *have);

/* Works on the queue: sync, move aside, rename; at the end it makes the torrent's symlinks. True
 * when there is nothing left to do now. False: turn again, at once, unless store_syncing: then
 * sys_poll wakes up when the time has come. */
bool store_turn(struct store *s);
bool store_syncing(const struct store *s);

/* Every wanted file is finished. */
bool store_finished(const struct store *s);

/* Removes the .part files of unwanted files (boundary pieces of --only) and folders left empty. */
void store_remove_unwanted(struct store *s);

/* Closes all files. */
void store_close(struct store *s);

#endif
