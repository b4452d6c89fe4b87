/* What an app carries behind the stub image: a torrent plus the publisher's settings.
 *
 * On disk: [stub image][deflated bencoded dictionary][64-byte trailer]; deflated means raw
 * deflate (RFC 1951), without the header and checksum of zlib or gzip. In a Windows
 * program that was signed after packing the certificate table follows the trailer.
 *
 * Trailer, integers big-endian:
 *    0  8  magic "SAMARA\r\n"
 *    8  4  format version, 1
 *   12  4  flags, 0
 *   16  8  payload offset from the start of the file = length of the stub image
 *   24  4  stored (deflated) length
 *   28  4  full (inflated) length
 *   32 32  SHA-256 of the stored payload
 *
 * Dictionary (unknown keys are ignored):
 *   "ca" PEM text, "license" text, "magnet" link (thin apps), "max-up" B/s, "message",
 *   "peers" list of HOST:PORT, "publisher", "seed-minutes", "seed-ratio" in thousandths,
 *   "target", "title", "torrent" the .torrent byte for byte, "trackers" list of tiers
 *   (lists of URLs), "webseeds" list of URLs. */
#ifndef META_PAYLOAD_H
#define META_PAYLOAD_H

#include "base/buf.h"
#include "base/limits.h"
#include "meta/bencode.h"

enum { TRAILER_SIZE = 64, PAYLOAD_VERSION = 1 };
#define PAYLOAD_MAGIC "SAMARA\r\n"

struct payload_trailer {
    uint32_t version;
    uint64_t offset;
    uint32_t stored_len;
    uint32_t full_len;
    uint8_t sha256[32];
};

/* Everything an app is told by its publisher. Slices point into the inflated payload
 * (when read) or into the builder's memory (when written). Empty or 0 = not given;
 * -1 = not given for numbers where 0 means something. */
struct payload {
    struct bytes torrent;
    struct bytes magnet;
    struct bytes target;
    struct bytes title, publisher, message, license;
    struct bytes ca;
    struct bytes trackers[TRACKERS_MAX];
    uint32_t tracker_tier[TRACKERS_MAX];
    uint32_t tracker_count;
    struct bytes webseeds[WEBSEEDS_MAX];
    uint32_t webseed_count;
    struct bytes peers[NODES_MAX];
    uint32_t peer_count;
    int64_t seed_ratio_milli; /* -1: default */
    int64_t seed_minutes;     /* -1: default */
    int64_t max_up;           /* B/s; -1: default */
};

/* Reads a trailer from its 64 bytes. False sets `*why`: no magic, a wrong version, or
 * impossible numbers (t->version is 0 only when there is no magic). Where the payload lies
 * in the file is for the caller to check. */
bool payload_read_trailer(struct payload_trailer *t, const uint8_t in[TRAILER_SIZE],
                          struct fault *why);

/* Where the trailer of a file ends, given its first `head` bytes (4 KiB are enough) and
 * its length: the file's length, or for a signed PE executable the start of its
 * certificate table. Up to 7 bytes of zero padding may stand between trailer and
 * certificate table; the caller tries them. */
uint64_t payload_trailer_end(struct bytes head, uint64_t file_len);

/* Checks length and hash of the stored bytes and inflates them into `out` (out_max >=
 * trailer.full_len). False sets `*why`. */
bool payload_inflate(const struct payload_trailer *t, struct bytes stored, uint8_t *out,
                     size_t out_max, struct fault *why);

/* Reads the inflated dictionary. False sets `*why`. */
bool payload_parse(struct payload *p, struct bytes full, struct fault *why);

/* Writes the dictionary of `p` into `b` (check b->full). */
void payload_write(const struct payload *p, struct buf *b);

/* Writes a trailer's 64 bytes. */
void payload_write_trailer(const struct payload_trailer *t, uint8_t out[TRAILER_SIZE]);

#endif
