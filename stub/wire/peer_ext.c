/* The handshake of the extension protocol (BEP 10): a dictionary whose "m" maps names of
 * extensions to the numbers that its sender wants to see them under. */
#include "wire/peer_ext.h"

#include "meta/bencode.h"

/* Name, our own number, and where a struct peer_ext keeps the number; in the order of the
 * names, as bencode wants. */
static const struct {
    char name[12];
    uint8_t ours;
    size_t field;
} extensions[] = {
    {"lt_donthave", EXT_DONTHAVE, offsetof(struct peer_ext, donthave)},
    {"upload_only", EXT_UPLOAD_ONLY, offsetof(struct peer_ext, upload_only_id)},
    {"ut_metadata", EXT_METADATA, offsetof(struct peer_ext, metadata)},
    {"ut_pex", EXT_PEX, offsetof(struct peer_ext, pex)},
};

enum { EXTENSION_COUNT = sizeof extensions / sizeof *extensions };

static void
put_int(struct buf *b, const char *key, int64_t v)
{
    bencode_put_text(b, key);
    bencode_put_int(b, v);
}

static void
put_string(struct buf *b, const char *key, struct bytes v)
{
    bencode_put_text(b, key);
    bencode_put_string(b, v);
}

void
peer_ext_put_handshake(struct buf *b, const struct peer_ext *ours)
{
    const struct addr *ip = &ours->your_ip;

    buf_text(b, "d1:md");
    for (size_t i = 0; i < EXTENSION_COUNT; i++) {
        if (((const uint8_t *)ours)[extensions[i].field]) {
            put_int(b, extensions[i].name, extensions[i].ours);
        }
    }
    buf_byte(b, 'e');
    if (ours->metadata_size > 0) {
        put_int(b, "metadata_size", ours->metadata_size);
    }
    if (ours->port) {
        put_int(b, "p", ours->port);
    }
    if (ours->reqq) {
        put_int(b, "reqq", ours->reqq);
    }
    if (ours->upload_only) {
        put_int(b, "upload_only", 1);
    }
    if (ours->client.len) {
        put_string(b, "v", ours->client);
    }
    if (!addr_is_none(ip)) {
        put_string(b, "yourip", addr_is_v4(ip) ? bytes_of(ip->ip + 12, 4) : bytes_of(ip->ip, 16));
    }
    buf_byte(b, 'e');
}

/* The integer under `key` if it is in [0, max], else `otherwise`. */
static int64_t
get_int(struct bencode dict, const char *key, int64_t max, int64_t otherwise)
{
    int64_t v = bencode_get_int(dict, key, -1);
    return v >= 0 && v <= max ? v : otherwise;
}

bool
peer_ext_parse_handshake(struct peer_ext *theirs, struct bytes body)
{
    struct bencode dict;
    struct fault why;

    if (!bencode_check_prefix(body, &dict, &why) || bencode_type(dict) != BENCODE_DICT) {
        return false;
    }
    struct bencode m = bencode_get(dict, "m");
    for (size_t i = 0; i < EXTENSION_COUNT; i++) {
        uint8_t *id = (uint8_t *)theirs + extensions[i].field;
        *id = (uint8_t)get_int(m, extensions[i].name, UINT8_MAX, *id);
    }
    theirs->upload_only = get_int(dict, "upload_only", INT64_MAX, theirs->upload_only) != 0;
    theirs->reqq = (uint32_t)get_int(dict, "reqq", UINT32_MAX, theirs->reqq);
    theirs->metadata_size = get_int(dict, "metadata_size", INT64_MAX, theirs->metadata_size);
    theirs->port = (uint16_t)get_int(dict, "p", UINT16_MAX, theirs->port);
    theirs->client = bencode_get_string(dict, "v");
    struct bytes ip = bencode_get_string(dict, "yourip");
    if (ip.len == 4) {
        theirs->your_ip = addr_v4(ip.ptr, 0);
    } else if (ip.len == 16) {
        theirs->your_ip = addr_v6(ip.ptr, 0);
    }
    return true;
}
