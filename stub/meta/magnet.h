/* Magnet links (BEP 9, 53): xt=urn:btih (hex or base32) and urn:btmh, dn, tr, ws, x.pe, so. */
#ifndef META_MAGNET_H
#define META_MAGNET_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/limits.h"

enum { MAGNET_PEERS_MAX = 16, MAGNET_MEM_MAX = 8192 };

struct magnet {
    bool has_v1, has_v2;
    uint8_t info_hash[SHA1_SIZE];
    uint8_t info_hash_v2[SHA256_SIZE];
    struct bytes name;
    struct bytes trackers[TRACKERS_MAX];
    uint32_t tracker_count;
    struct bytes webseeds[WEBSEEDS_MAX];
    uint32_t webseed_count;
    struct bytes peers[MAGNET_PEERS_MAX]; /* HOST:PORT */
    uint32_t peer_count;
    struct bytes select; /* "so", BEP 53, as written */
};

/* Reads a link. Unescaped texts are written to `mem`, which the result points into; it
 * must outlive `*m`. False when it is no magnet link or has no usable hash. */
bool magnet_parse(struct magnet *m, struct bytes link, struct buf *mem);

#endif
