/* Announces to HTTP trackers: the query of BEP 3 and the bencoded answer in all its forms
 * (BEP 7 IPv6, 23 compact, 24 external ip, 31 retry in). */
#include "wire/announce.h"

#include "meta/bencode.h"

enum { IPV4_SIZE = 4, IPV6_SIZE = 16, PORT_SIZE = 2 };

static void
put_bytes(struct buf *b, const char *key, struct bytes value)
{
    buf_text(b, key);
    buf_url_escaped(b, value, "");
}

static void
put_int(struct buf *b, const char *key, int64_t value)
{
    buf_text(b, key);
    buf_i64(b, value);
}

void
announce_http_target(struct buf *b, const struct url *u, const struct announce_request *r)
{
    static const char events[] = "\0&event=completed\0&event=started\0&event=stopped";
    _Static_assert(EVENT_NONE == 0 && EVENT_COMPLETED == 1 && EVENT_STARTED == 2 &&
                       EVENT_STOPPED == 3,
                   "texts in the order of BEP 15");
    uint8_t key[4];

    buf_add(b, u->path.len ? u->path : BYTES("/"));
    buf_byte(b, '?');
    buf_add(b, u->query);
    buf_text(b, u->query.len ? "&" : "");
    put_bytes(b, "info_hash=", bytes_of(r->info_hash, SHA1_SIZE));
    put_bytes(b, "&peer_id=", bytes_of(r->peer_id, sizeof r->peer_id));
    put_int(b, "&port=", r->port);
    put_int(b, "&uploaded=", r->uploaded);
    put_int(b, "&downloaded=", r->downloaded);
    put_int(b, "&left=", r->left);
    put_be32(key, r->key);
    buf_text(b, "&key=");
    buf_hex(b, bytes_of(key, sizeof key));
    put_int(b, "&numwant=", r->numwant);
    buf_text(b, "&compact=1&no_peer_id=1");
    buf_text(b, text_at(events, r->event));
    if (r->tracker_id.len) {
        put_bytes(b, "&trackerid=", r->tracker_id);
    }
}

static void
add_peer(struct announce_answer *a, const struct addr *peer)
{
    if (a->peer_count < ANNOUNCE_PEERS_MAX && !addr_is_unusable(peer)) {
        a->peers[a->peer_count++] = *peer;
    }
}

void
announce_take_compact(struct announce_answer *a, struct bytes peers, bool v6)
{
    size_t ip_size = v6 ? IPV6_SIZE : IPV4_SIZE;

    for (; peers.len >= ip_size + PORT_SIZE; peers = bytes_skip(peers, ip_size + PORT_SIZE)) {
        uint16_t port = be16(peers.ptr + ip_size);
        struct addr peer = v6 ? addr_v6(peers.ptr, port) : addr_v4(peers.ptr, port);
        add_peer(a, &peer);
    }
}

static void
take_peers(struct announce_answer *a, struct bencode peers, bool v6)
{
    struct bencode_walk w = bencode_walk(peers);

    announce_take_compact(a, bencode_string(peers), v6);
    while (a->peer_count < ANNOUNCE_PEERS_MAX && bencode_next(&w)) {
        struct addr peer;
        int64_t port = bencode_get_int(w.value, "port", 0);
        if (port > 0 && port <= UINT16_MAX &&
            addr_parse_ip(bencode_get_string(w.value, "ip"), &peer)) {
            peer.port = (uint16_t)port;
            add_peer(a, &peer);
        }
    }
}

static uint32_t
get_u32(struct bencode dict, const char *key)
{
    int64_t v = bencode_get_int(dict, key, 0);
    return v > 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static int64_t
get_count(struct bencode dict, const char *key)
{
    int64_t v = bencode_get_int(dict, key, -1);
    return v < 0 ? -1 : v;
}

static void
take_failure(struct announce_answer *a, struct bencode dict)
{
    struct bytes retry = bencode_get_string(dict, "retry in");
    uint64_t minutes = get_u32(dict, "retry in");

    a->failure = bencode_get_string(dict, "failure reason");
    if (a->failure.len == 0) {
        a->failure = BYTES("no reason given");
    }
    a->retry_never = bytes_equal(retry, BYTES("never"));
    bytes_to_u64(retry, UINT32_MAX, &minutes); /* BEP 31's own examples are strings */
    a->retry_min = (uint32_t)minutes;
}

static struct addr
external_ip(struct bytes ip)
{
    return ip.len == IPV4_SIZE   ? addr_v4(ip.ptr, 0)
           : ip.len == IPV6_SIZE ? addr_v6(ip.ptr, 0)
                                 : (struct addr){0};
}

bool
announce_http_parse(struct announce_answer *a, struct bytes body)
{
    struct bencode dict;
    struct fault why;

    *a = (struct announce_answer){.seeds = -1, .leechers = -1};
    /* A prefix is enough: some trackers are scripts that end their output with a line end. */
    if (!bencode_check_prefix(body, &dict, &why) || bencode_type(dict) != BENCODE_DICT) {
        return false;
    }
    if (bencode_type(bencode_get(dict, "failure reason")) != BENCODE_NONE) {
        take_failure(a, dict);
        return true;
    }
    a->warning = bencode_get_string(dict, "warning message");
    a->tracker_id = bencode_get_string(dict, "tracker id");
    a->interval_s = get_u32(dict, "interval");
    a->interval_min_s = get_u32(dict, "min interval");
    a->seeds = get_count(dict, "complete");
    a->leechers = get_count(dict, "incomplete");
    a->external = external_ip(bencode_get_string(dict, "external ip"));
    take_peers(a, bencode_get(dict, "peers"), false);
    take_peers(a, bencode_get(dict, "peers6"), true);
    return true;
}
