/* What clients send to our tracker, as an HTTP target and as a UDP packet: an announce that
 * was understood, written by our own client, is understood in the same way. */
#include "base/check.h"
#include "builder/tracker_wire.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct announce_request *a, const struct announce_request *b)
{
    check(memcmp(a->info_hash, b->info_hash, sizeof a->info_hash) == 0);
    check(memcmp(a->peer_id, b->peer_id, sizeof a->peer_id) == 0);
    check(a->port == b->port && a->left == b->left && a->uploaded == b->uploaded);
    check(a->downloaded == b->downloaded && a->event == b->event && a->numwant == b->numwant);
    check(a->key == b->key);
}

static void
try_http(struct bytes target, const struct url *u)
{
    struct tracker_announce a, again;
    struct bytes query, rebuilt;
    uint8_t mem[1024], info_hash[SHA1_SIZE];
    struct buf b = BUF(mem);

    tracker_http_target(target, &query);
    if (tracker_http_announce(&a, query) == NULL) {
        announce_http_target(&b, u, &a.request);
        check(tracker_http_target(buf_bytes(&b), &rebuilt) == TRACKER_HTTP_ANNOUNCE);
        check(tracker_http_announce(&again, rebuilt) == NULL);
        check_same(&a.request, &again.request);
    }
    while (tracker_http_scrape(&query, info_hash)) {
    }
}

static void
try_udp(struct bytes packet, const struct url *u)
{
    struct tracker_udp_request q, again;
    uint8_t mem[UDP_TRACKER_PACKET_MAX];
    struct buf b = BUF(mem);

    if (!tracker_udp_parse(&q, packet)) {
        return;
    }
    check(q.hashes.len % SHA1_SIZE == 0 && q.hashes.len <= packet.len);
    if (q.action == UDP_ANNOUNCE) {
        udp_tracker_announce(&b, q.connection, q.transaction, u, &q.announce.request);
        check(tracker_udp_parse(&again, buf_bytes(&b)));
        check(q.connection == again.connection && q.transaction == again.transaction);
        check_same(&q.announce.request, &again.announce.request);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct url u;

    check(url_parse(&u, BYTES("udp://tracker:80/announce")));
    try_http(bytes_of(data, size), &u);
    try_udp(bytes_of(data, size), &u);
    return 0;
}
