/* What serve offers: every file and folder of one folder, each as a torrent made on the spot. */
#ifndef BUILDER_CATALOG_H
#define BUILDER_CATALOG_H

#include "builder/make_torrent.h"
#include "meta/payload.h"
#include "meta/torrent.h"

struct swarm;

enum entry_state {
    ENTRY_WAITING, /* for its turn to be hashed */
    ENTRY_HASHING,
    ENTRY_READY,  /* has a torrent */
    ENTRY_FAILED, /* `make.error` says why */
};

/* An app for one target: stub image (shared) and what stands behind it. */
struct entry_app {
    struct bytes tail; /* empty: not made yet */
    char etag[20];
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
    struct entry_app *apps; /* one an embedded stub */
    struct swarm *swarm;    /* the seeding peer; NULL = none */
    uint64_t webseed_sent;  /* bytes of content sent by HTTP */
    uint64_t announces[2];  /* to the tracker, by HTTP and UDP */
};

struct catalog {
    sys_dir dir;
    struct entry *entries; /* by name */
    uint32_t count;
    uint32_t at; /* entries before are READY or FAILED */
    uint32_t ready;
};

/* Finds the entries of the folder (which stays open, the catalog's from now on): files and folders
 * that are not hidden and do not end in .part or .torrent. A sys_error. */
int catalog_open(struct catalog *c, sys_dir dir);

/* Works on the entry at `at`: hashes at most `bytes_max`. The entry that became READY or FAILED by
 * it, else NULL. */
struct entry *catalog_turn(struct catalog *c, const struct make_extra *extra, int64_t bytes_max);
bool catalog_is_done(const struct catalog *c);

/* The app of an entry for the target `stub` (index of an embedded stub), made on first use from
 * `settings` (torrent, target and, if empty, title are filled in). NULL: too large. */
const struct entry_app *catalog_app(struct entry *e, size_t stub, size_t stub_len,
                                    const struct payload *settings);

struct entry *catalog_by_slug(struct catalog *c, struct bytes slug);
struct entry *catalog_by_hash(struct catalog *c, const uint8_t info_hash[SHA1_SIZE]);

/* The file of a READY entry behind a path as web seeds ask for it ("name" or "name/a/b"), by its
 * raw name or by the safe one that apps use. NULL: none. `*index` is its number. */
struct entry *catalog_by_path(struct catalog *c, struct bytes path, uint32_t *index);

void catalog_close(struct catalog *c);

#endif
