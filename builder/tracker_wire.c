/* The tracker's half of BEP 3, 15, 23 and 48. Requests come from anybody: nothing in them
 * is believed but its form, and UDP answers go out only where the table says so. */
#include "builder/tracker_wire.h"

#include "meta/bencode.h"

#include <string.h>

enum tracker_http
tracker_http_target(struct bytes target, struct bytes *query)
{
    struct bytes path = bytes_cut(&target, '?');
    *query = target;
    if (bytes_ends(path, BYTES("/announce"))) {
        return TRACKER_HTTP_ANNOUNCE;
    }
    return bytes_ends(path, BYTES("/scrape")) ? TRACKER_HTTP_SCRAPE : TRACKER_HTTP_OTHER;
}

/* Exactly `size` bytes from their escaped form. */
static bool
read_bytes(uint8_t *out, size_t size, struct bytes escaped)
{
    struct buf b = buf_over(out, size);
    return url_unescape(&b, escaped) && !b.full && b.len == size;
}

static bool
read_count(int64_t *out, struct bytes text)
{
    uint64_t v;
    if (!bytes_to_u64(text, INT64_MAX, &v)) {
        return false;
    }
    *out = (int64_t)v;
    return true;
}

static enum announce_event
read_event(struct bytes text)
{
    static const char *const names[] = {
        [EVENT_COMPLETED] = "completed", [EVENT_STARTED] = "started", [EVENT_STOPPED] = "stopped"};
    for (int event = EVENT_COMPLETED; event <= EVENT_STOPPED; event++) {
        if (bytes_equal(text, bytes_of_text(names[event]))) {
            return (enum announce_event)event;
        }
    }
    return EVENT_NONE;
}

/* Clients write their key as eight hex digits, which are its value, or as anything else:
 * then the same text gives the same value. */
static uint32_t
read_key(struct bytes text)
{
    uint32_t key = 0;
    uint8_t whole[4];
    if (bytes_from_hex(text, whole, sizeof whole)) {
        return be32(whole);
    }
    for (size_t i = 0; i < text.len; i++) {
        key = key * 31 + text.ptr[i];
    }
    return key;
}

struct parameters {
    bool info_hash, peer_id, port;
};

/* One parameter; NULL or what is wrong with it. */
static const char *
take_parameter(struct tracker_announce *a, struct parameters *seen, struct bytes name,
               struct bytes value)
{
    struct announce_request *r = &a->request;
    uint64_t v;

    if (bytes_equal(name, BYTES("info_hash"))) {
        seen->info_hash = true;
        return read_bytes(r->info_hash, SHA1_SIZE, value) ? NULL : "info_hash is not 20 bytes";
    } else if (bytes_equal(name, BYTES("peer_id"))) {
        seen->peer_id = true;
        return read_bytes(r->peer_id, 20, value) ? NULL : "peer_id is not 20 bytes";
    } else if (bytes_equal(name, BYTES("port"))) {
        seen->port = bytes_to_u64(value, UINT16_MAX, &v);
        r->port = (uint16_t)(seen->port ? v : 0);
    } else if (bytes_equal(name, BYTES("uploaded"))) {
        return read_count(&r->uploaded, value) ? NULL : "uploaded is not a number";
    } else if (bytes_equal(name, BYTES("downloaded"))) {
        return read_count(&r->downloaded, value) ? NULL : "downloaded is not a number";
    } else if (bytes_equal(name, BYTES("left"))) {
        return read_count(&r->left, value) ? NULL : "left is not a number";
    } else if (bytes_equal(name, BYTES("numwant"))) {
        r->numwant = bytes_to_u64(value, UINT32_MAX, &v) ? (uint32_t)v : TRACKER_NUMWANT_DEFAULT;
    } else if (bytes_equal(name, BYTES("event"))) {
        r->event = read_event(value);
    } else if (bytes_equal(name, BYTES("key"))) {
        r->key = read_key(value);
    } else if (bytes_equal(name, BYTES("compact"))) {
        a->compact = !bytes_equal(value, BYTES("0"));
    } else if (bytes_equal(name, BYTES("no_peer_id"))) {
        a->no_peer_id = bytes_equal(value, BYTES("1"));
    } else if (bytes_equal(name, BYTES("ip"))) {
        uint8_t text[48];
        struct buf b = BUF(text);
        if (!url_unescape(&b, value) || b.full || !addr_parse_ip(buf_bytes(&b), &a->ip)) {
            a->ip = (struct addr){0};
        }
    }
    return NULL;
}

const char *
tracker_http_announce(struct tracker_announce *a, struct bytes query)
{
    struct parameters seen = {0};
    const char *why = NULL;

    *a = (struct tracker_announce){.compact = true};
    a->request.numwant = TRACKER_NUMWANT_DEFAULT;
    a->request.left = INT64_MAX; /* who does not say is no seed */
    while (query.len && why == NULL) {
        struct bytes value = bytes_cut(&query, '&');
        struct bytes name = bytes_cut(&value, '=');
        why = take_parameter(a, &seen, name, value);
    }
    if (why) {
        return why;
    }
    return !seen.info_hash ? "no info_hash"
           : !seen.peer_id ? "no peer_id"
           : !seen.port    ? "no port"
                           : NULL;
}

bool
tracker_http_scrape(struct bytes *query, uint8_t info_hash[SHA1_SIZE])
{
    while (query->len) {
        struct bytes value = bytes_cut(query, '&');
        struct bytes name = bytes_cut(&value, '=');
        if (bytes_equal(name, BYTES("info_hash")) && read_bytes(info_hash, SHA1_SIZE, value)) {
            return true;
        }
    }
    return false;
}

static void
put_int(struct buf *b, const char *key, int64_t value)
{
    bencode_put_text(b, key);
    bencode_put_int(b, value);
}

/* The address without the v4-mapping. */
static struct bytes
ip_bytes(const struct addr *a)
{
    return addr_is_v4(a) ? bytes_of(a->ip + 12, 4) : bytes_of(a->ip, 16);
}

/* Peers of one family, compact. */
static void
put_family(struct buf *b, const struct tracker_reply *r, bool v6)
{
    for (size_t i = 0; i < r->peer_count; i++) {
        const struct addr *peer = &r->peers[i].addr;
        if (addr_is_v4(peer) != v6) {
            size_t ip_len = v6 ? 16 : 4;
            uint8_t packed[18];
            memcpy(packed, peer->ip + 16 - ip_len, ip_len);
            put_be16(packed + ip_len, peer->port);
            buf_add(b, bytes_of(packed, ip_len + 2));
        }
    }
}

static size_t
count_v6(const struct tracker_reply *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->peer_count; i++) {
        count += !addr_is_v4(&r->peers[i].addr);
    }
    return count;
}

static void
put_compact_peers(struct buf *b, const struct tracker_reply *r)
{
    size_t v6_count = count_v6(r);

    bencode_put_text(b, "peers");
    buf_u64(b, (r->peer_count - v6_count) * 6);
    buf_byte(b, ':');
    put_family(b, r, false);
    if (v6_count) {
        bencode_put_text(b, "peers6");
        buf_u64(b, v6_count * 18);
        buf_byte(b, ':');
        put_family(b, r, true);
    }
}

static void
put_peer_list(struct buf *b, const struct tracker_reply *r, bool no_peer_id)
{
    bencode_put_text(b, "peers");
    buf_byte(b, 'l');
    for (size_t i = 0; i < r->peer_count; i++) {
        const struct tracker_peer *peer = &r->peers[i];
        uint8_t text[48];
        struct buf ip = BUF(text);
        addr_print_ip(&ip, &peer->addr);
        buf_byte(b, 'd');
        bencode_put_text(b, "ip");
        bencode_put_string(b, buf_bytes(&ip));
        if (!no_peer_id) {
            bencode_put_text(b, "peer id");
            bencode_put_string(b, bytes_of(peer->peer_id, sizeof peer->peer_id));
        }
        put_int(b, "port", peer->addr.port);
        buf_byte(b, 'e');
    }
    buf_byte(b, 'e');
}

void
tracker_put_announce(struct buf *b, const struct tracker_reply *r, bool compact, bool no_peer_id)
{
    buf_byte(b, 'd');
    put_int(b, "complete", r->seeds);
    if (!addr_is_none(&r->external)) {
        bencode_put_text(b, "external ip");
        bencode_put_string(b, ip_bytes(&r->external));
    }
    put_int(b, "incomplete", r->leechers);
    put_int(b, "interval", r->interval_s);
    put_int(b, "min interval", r->interval_min_s);
    if (compact) {
        put_compact_peers(b, r);
    } else {
        put_peer_list(b, r, no_peer_id);
    }
    buf_byte(b, 'e');
}

void
tracker_put_failure(struct buf *b, const char *reason)
{
    buf_byte(b, 'd');
    bencode_put_text(b, "failure reason");
    bencode_put_text(b, reason);
    buf_byte(b, 'e');
}

/* The entry with the lowest info-hash above `last` (NULL: of all), or NULL. */
static const struct tracker_stats *
next_by_hash(const struct tracker_stats *stats, size_t count, const uint8_t *last)
{
    const struct tracker_stats *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *hash = stats[i].info_hash;
        if ((!last || memcmp(hash, last, SHA1_SIZE) > 0) &&
            (!best || memcmp(hash, best->info_hash, SHA1_SIZE) < 0)) {
            best = &stats[i];
        }
    }
    return best;
}

void
tracker_put_scrape(struct buf *b, const struct tracker_stats *stats, size_t count)
{
    const struct tracker_stats *t = next_by_hash(stats, count, NULL);

    buf_text(b, "d5:filesd");
    for (; t; t = next_by_hash(stats, count, t->info_hash)) {
        bencode_put_string(b, bytes_of(t->info_hash, SHA1_SIZE));
        buf_byte(b, 'd');
        put_int(b, "complete", t->seeds);
        put_int(b, "downloaded", t->completed);
        put_int(b, "incomplete", t->leechers);
        buf_byte(b, 'e');
    }
    buf_text(b, "ee");
}

/* A counter of 64 bits; nobody has moved more than int64 holds. */
static int64_t
udp_count(const uint8_t *p)
{
    uint64_t v = be64(p);
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static void
read_udp_announce(struct tracker_announce *a, const uint8_t *p)
{
    static const uint8_t none[4];
    struct announce_request *r = &a->request;
    uint32_t event = be32(p + 80);

    memcpy(r->info_hash, p + 16, SHA1_SIZE);
    memcpy(r->peer_id, p + 36, sizeof r->peer_id);
    r->downloaded = udp_count(p + 56);
    r->left = udp_count(p + 64);
    r->uploaded = udp_count(p + 72);
    r->event = event <= EVENT_STOPPED ? (enum announce_event)event : EVENT_NONE;
    if (memcmp(p + 84, none, sizeof none) != 0) {
        a->ip = addr_v4(p + 84, 0);
    }
    r->key = be32(p + 88);
    r->numwant = be32(p + 92);
    r->port = be16(p + 96);
}

bool
tracker_udp_parse(struct tracker_udp_request *q, struct bytes packet)
{
    if (packet.len < UDP_CONNECT_SIZE) {
        return false;
    }
    *q = (struct tracker_udp_request){.connection = be64(packet.ptr),
                                      .transaction = be32(packet.ptr + 12)};
    switch (be32(packet.ptr + 8)) {
    case UDP_CONNECT: q->action = UDP_CONNECT; return q->connection == UDP_TRACKER_MAGIC;
    case UDP_ANNOUNCE:
        q->action = UDP_ANNOUNCE;
        if (packet.len < UDP_ANNOUNCE_SIZE) {
            return false;
        }
        read_udp_announce(&q->announce, packet.ptr);
        return true;
    case UDP_SCRAPE:
        q->action = UDP_SCRAPE;
        q->hashes = bytes_skip(packet, UDP_CONNECT_SIZE);
        q->hashes.len -= q->hashes.len % SHA1_SIZE;
        return q->hashes.len > 0;
    default: return false;
    }
}

static void
put_udp_head(struct buf *b, uint32_t action, uint32_t transaction)
{
    buf_be32(b, action);
    buf_be32(b, transaction);
}

void
tracker_udp_put_connect(struct buf *b, uint32_t transaction, uint64_t connection)
{
    put_udp_head(b, UDP_CONNECT, transaction);
    buf_be64(b, connection);
}

void
tracker_udp_put_announce(struct buf *b, uint32_t transaction, const struct tracker_reply *r,
                         bool v6)
{
    put_udp_head(b, UDP_ANNOUNCE, transaction);
    buf_be32(b, r->interval_s);
    buf_be32(b, r->leechers);
    buf_be32(b, r->seeds);
    put_family(b, r, v6);
}

void
tracker_udp_put_scrape(struct buf *b, uint32_t transaction, const struct tracker_stats *stats,
                       size_t count)
{
    put_udp_head(b, UDP_SCRAPE, transaction);
    for (size_t i = 0; i < count; i++) {
        buf_be32(b, stats[i].seeds);
        buf_be32(b, stats[i].completed);
        buf_be32(b, stats[i].leechers);
    }
}

void
tracker_udp_put_error(struct buf *b, uint32_t transaction, const char *reason)
{
    put_udp_head(b, UDP_ERROR, transaction);
    buf_text(b, reason);
}
