/* The metainfo of a torrent (BEP 3, 12, 19, 27, 47, 5) as one checked model.
 *
 * v1 and hybrid torrents are read; of a hybrid the v1 half is used and the v2 info-hash
 * is remembered. A v2-only torrent is refused with a clear message (its place in the
 * model: info_hash_v2 and piece hashes by merkle tree, see DESIGN). */
#ifndef META_TORRENT_H
#define META_TORRENT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "meta/bencode.h"

struct torrent_file {
    int64_t offset;    /* in the torrent's byte stream */
    int64_t length;
    const char *path;  /* safe, '/'-separated, unique, below the download folder; for a
                        * torrent of many files it begins with the torrent's name */
    const char *link;  /* symlink: where to, relative to the link, checked; else NULL */
    bool pad;          /* BEP 47 padding: zeros, never stored; its path may not be unique */
    bool executable;   /* BEP 47 'x' */
};

/* Tracker tiers (BEP 12) as one flat list: url and number of its tier, ascending. */
struct torrent_tracker {
    struct bytes url;
    uint32_t tier;
};

struct torrent_node {
    struct bytes host;
    uint16_t port;
};

struct torrent {
    struct bytes metainfo;  /* whole .torrent, the caller's memory, must outlive this */
    struct bytes info;      /* its info dictionary, byte for byte */
    uint8_t info_hash[SHA1_SIZE];
    bool has_v2;            /* hybrid: info_hash_v2 is valid */
    uint8_t info_hash_v2[SHA256_SIZE];

    const char *name;       /* safe; the file, or the folder that holds the files */
    bool single;            /* one file, not in a folder of its own */
    bool is_private;        /* BEP 27 */
    int64_t size;           /* all files, padding included */
    uint32_t piece_length;
    uint32_t piece_count;
    const uint8_t *piece_hashes; /* piece_count * SHA1_SIZE, inside `info` */

    struct torrent_file *files;
    uint32_t file_count;

    struct torrent_tracker trackers[TRACKERS_MAX];
    uint32_t tracker_count;
    struct bytes webseeds[WEBSEEDS_MAX];
    uint32_t webseed_count;
    struct torrent_node nodes[NODES_MAX];
    uint32_t node_count;

    struct bytes comment;   /* valid UTF-8 or empty */
    struct bytes created_by;
    struct bytes source;
    int64_t creation_date;  /* Unix seconds, 0 if unknown */
};

/* Reads `metainfo`. Tables and paths live in `arena`. False sets `*why` and leaves nothing
 * usable. Key variants taken: name.utf-8 and path.utf-8 before name and path, announce and
 * announce-list together (the list wins, BEP 12), url-list as string or list, httpseeds
 * ignored, unknown URL schemes ignored, private as any non-zero int. Of `length` and
 * `files` together `files` counts, as with libtorrent. A link that leaves the torrent or
 * leads in a circle becomes an empty file. White space behind the end is no fault. */
bool torrent_parse(struct torrent *t, struct bytes metainfo, struct arena *arena,
                   struct fault *why);

/* Reads a bare info dictionary (BEP 9); no trackers, web seeds or nodes. */
bool torrent_parse_info(struct torrent *t, struct bytes info, struct arena *arena,
                        struct fault *why);

#endif
