/* What serve offers: every file and folder of one folder, each as a torrent made on the spot. The
 * folder is looked at again and again: what is new is hashed, what changed is hashed anew, what
 * went away is withdrawn. */
#ifndef BUILDER_CATALOG_H
#define BUILDER_CATALOG_H

#include "builder/app.h"
#include "builder/make_torrent.h"
#include "meta/torrent.h"

struct swarm;

enum {
    CATALOG_LOOK_MS = 2000,   /* from the end of one look at all to the next */
    CATALOG_SETTLE_MS = 3000, /* so long nothing may change before what changed is hashed */
};

enum entry_state {
    ENTRY_WAITING, /* to be left alone by who writes it, or for its turn */
    ENTRY_HASHING,
    ENTRY_READY,  /* has a torrent */
    ENTRY_FAILED, /* `make.error` says why; until it changes */
};

/* Bytes and events of one entry; its owner keeps them over restarts. */
struct entry_counts {
    uint64_t by_webseed;   /* content sent by HTTP */
    uint64_t by_peer;      /* content sent by our own peer in earlier runs */
    uint64_t announces[2]; /* to the tracker, by HTTP and UDP */
    uint32_t completed;    /* downloads; while it is offered the tracker knows better */
    int64_t first_s;       /* since when it is offered, Unix seconds */
};

struct entry {
    enum entry_state state;
    char *name; /* in the folder, raw */
    char *slug; /* for addresses: letters, digits, '-', '.', '_'; unique */
    struct make_torrent make;
    struct bytes metainfo;   /* malloc'd */
    struct torrent torrent;  /* its paths are the raw ones of the disk */
    const char **safe_paths; /* the names that apps give the files; NULL: just the raw ones */
    struct arena arena;
    struct app *apps;    /* one a target */
    bool is_titled;      /* its apps have the publisher's title, not its own name */
    struct swarm *swarm; /* the seeding peer; NULL = none */
    struct entry_counts counts;

    /* private to the catalogue */
    uint8_t seen[SHA1_SIZE]; /* fingerprint at the last look */
    int64_t changed_ms;      /* when it was another one */

    struct entry *next; /* once it is withdrawn: of whoever has it */
};

struct catalog {
    sys_dir dir;
    sys_dir cache;          /* of hashes; SYS_NONE: none */
    struct entry **entries; /* by name */
    struct entry **by_hash; /* those READY, by info-hash; room for `count` */
    uint32_t count, ready, failed;
    size_t app_count; /* of an entry */

    /* private */
    struct entry *gone; /* withdrawn, to be taken by the owner */
    struct entry *hashing;
    uint32_t look_at; /* entries that this look has seen; == count: it is over */
    int64_t look_ms;  /* when the next one begins */
    bool is_tidy;
};

/* Looks at the folder for the first time. `dir` and `cache` (may be SYS_NONE) stay open and are the
 * catalogue's from now on. Entries are files and folders that are not hidden and do not end in
 * .part or .torrent. A sys_error. */
int catalog_open(struct catalog *c, sys_dir dir, sys_dir cache, size_t app_count);

/* Goes on looking for changes, for some milliseconds at most. If the folder cannot be read, all
 * stays as it is. Returns when it wants to be called again. */
int64_t catalog_look(struct catalog *c, int64_t now_ms);

/* An entry that was withdrawn, which is the caller's from now on: to be given to entry_free once
 * nothing needs it any more. NULL: there is none (left). */
struct entry *catalog_take_gone(struct catalog *c);
void entry_free(struct entry *e, size_t app_count);

/* Works on what is to be hashed, at most `bytes_max`. The entry that became READY or FAILED by it,
 * else NULL. */
struct entry *catalog_turn(struct catalog *c, const struct make_extra *extra, int64_t bytes_max,
                           int64_t now_ms);

/* Is there anything for catalog_turn to do now? And: at all, sooner or later? */
bool catalog_has_work(const struct catalog *c, int64_t now_ms);
bool catalog_is_done(const struct catalog *c);

/* App `n` of a READY entry, made on first use from `settings` (torrent and target are filled in).
 * NULL: too large. */
const struct app *entry_app(struct entry *e, size_t n, const struct app_image *image,
                            const struct payload *settings);

struct entry *catalog_by_slug(const struct catalog *c, struct bytes slug);
struct entry *catalog_by_hash(const struct catalog *c, const uint8_t info_hash[SHA1_SIZE]);

/* The file of a READY entry behind a path as web seeds ask for it ("name" or "name/a/b"), by its
 * raw name or by the safe one that apps use. NULL: none. `*index` is its number. */
struct entry *catalog_by_path(const struct catalog *c, struct bytes path, uint32_t *index);

void catalog_close(struct catalog *c);

#endif
