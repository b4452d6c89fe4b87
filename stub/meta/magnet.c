/* Magnet links (BEP 9, 53): "magnet:?" and parameters, in any order, "&" between them. */
#include "meta/magnet.h"

#include "meta/sources.h"

static int
hex_value(uint8_t c)
{
    uint8_t value;
    const uint8_t pair[2] = {'0', c};
    return bytes_from_hex(bytes_of(pair, 2), &value, 1) ? value : -1;
}

/* Resolves %XX, and '+' as a space where `plus_is_space`, into `mem`. Empty when it does
 * not fit or an escape is bad. */
static struct bytes
unescape(struct bytes in, struct buf *mem, bool plus_is_space)
{
    size_t before = mem->len;
    if (in.len > mem->max - mem->len) {
        return (struct bytes){0};
    }
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        if (c == '%') {
            int high = in.len - i > 2 ? hex_value(in.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_value(in.ptr[i + 2]) : -1;
            if (low < 0) {
                mem->len = before;
                return (struct bytes){0};
            }
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        buf_byte(mem, c);
    }
    return bytes_skip(buf_bytes(mem), before);
}

/* RFC 4648 base32 of exactly 20 bytes. */
static bool
from_base32(struct bytes in, uint8_t out[SHA1_SIZE])
{
    uint32_t bits = 0;
    int held = 0;
    size_t at = 0;
    if (in.len != 32) {
        return false;
    }
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        uint32_t value = c >= '2' && c <= '7' ? c - '2' + 26u : (c | 32u) - 'a';
        if (value > 31 || (value > 25 && !(c >= '2' && c <= '7'))) {
            return false;
        }
        bits = bits << 5 | value;
        held += 5;
        if (held >= 8) {
            held -= 8;
            out[at++] = (uint8_t)(bits >> held);
        }
    }
    return true;
}

static void
take_hash(struct magnet *m, struct bytes topic)
{
    const struct bytes v1 = BYTES("urn:btih:"), v2 = BYTES("urn:btmh:1220");
    if (bytes_equal_nocase(bytes_first(topic, v1.len), v1)) {
        struct bytes hash = bytes_skip(topic, v1.len);
        m->has_v1 |= bytes_from_hex(hash, m->info_hash, SHA1_SIZE) ||
                     from_base32(hash, m->info_hash);
    } else if (bytes_equal_nocase(bytes_first(topic, v2.len), v2)) {
        struct bytes hash = bytes_skip(topic, v2.len); /* 1220: SHA-256, 32 bytes */
        m->has_v2 |= bytes_from_hex(hash, m->info_hash_v2, SHA256_SIZE);
    }
}

static void
take_parameter(struct magnet *m, struct bytes key, struct bytes raw, struct buf *mem)
{
    bool is_name = bytes_equal(key, BYTES("dn"));
    struct bytes value = unescape(raw, mem, is_name);
    if (value.len == 0) {
        return;
    }
    if (bytes_equal(key, BYTES("xt"))) {
        take_hash(m, value);
    } else if (is_name) {
        m->name = m->name.len ? m->name : value;
    } else if (bytes_equal(key, BYTES("tr")) && source_is_tracker(value)) {
        source_add(m->trackers, &m->tracker_count, TRACKERS_MAX, value);
    } else if (bytes_equal(key, BYTES("ws")) && source_is_webseed(value)) {
        source_add(m->webseeds, &m->webseed_count, WEBSEEDS_MAX, value);
    } else if (bytes_equal(key, BYTES("x.pe"))) {
        source_add(m->peers, &m->peer_count, MAGNET_PEERS_MAX, value);
    } else if (bytes_equal(key, BYTES("so"))) {
        m->select = m->select.len ? m->select : value;
    }
}

/* "tr.1" means "tr". */
static struct bytes
without_number(struct bytes key)
{
    size_t dot = bytes_find(key, '.');
    uint64_t number;
    return bytes_to_u64(bytes_skip(key, dot + 1), UINT64_MAX, &number) ? bytes_first(key, dot)
                                                                       : key;
}

bool
magnet_parse(struct magnet *m, struct bytes link, struct buf *mem)
{
    const struct bytes scheme = BYTES("magnet:?");
    *m = (struct magnet){0};
    link = bytes_trim(link);
    if (!bytes_equal_nocase(bytes_first(link, scheme.len), scheme)) {
        return false;
    }
    struct bytes rest = bytes_skip(link, scheme.len);
    while (rest.len) {
        struct bytes value = bytes_cut(&rest, '&');
        struct bytes key = bytes_cut(&value, '=');
        take_parameter(m, without_number(key), value, mem);
    }
    return m->has_v1 || m->has_v2;
}
