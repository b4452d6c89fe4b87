/* serve's tracker, by HTTP (BEP 3, 7, 23, 24, 48).
 *
 * Which address a client has: the one that its connection came from; never the one that it says.
 * Behind a web server on the same machine (the connection comes from loopback) the last address of
 * X-Forwarded-For counts.
 *
 * Which address our own peer has, for this client: the one at which the client reached us, since
 * that works for it; and what the host of the public URL means, for clients that came through
 * another server or through a router. Members that are known by a loopback address (they run on
 * this machine) are told to clients elsewhere by the same address as ourselves. */
#include "builder/serve.h"

#include <string.h>

struct asker {
    struct addr addr;
    bool proxied; /* it did not reach us itself */
    struct addr self[SERVE_SELF_MAX];
    size_t self_count;
};

static void
add_self(struct asker *a, const struct addr *ip, uint16_t port)
{
    struct addr self = *ip;
    self.port = port;
    bool known = addr_is_unusable(&self) || a->self_count == SERVE_SELF_MAX;
    for (size_t i = 0; i < a->self_count; i++) {
        known |= addr_equal(&a->self[i], &self);
    }
    if (!known) {
        a->self[a->self_count++] = self;
    }
}

static struct asker
find_asker(const struct serve *s, const struct http_request *q)
{
    struct asker a = {.addr = q->from};
    struct bytes rest = http_header(q->head, "X-Forwarded-For"), last = rest;
    while (rest.len > 0) {
        last = bytes_trim(bytes_cut(&rest, ','));
    }
    struct addr forwarded;
    if (addr_is_loopback(&q->from) && addr_parse_ip(last, &forwarded)) {
        a.addr = forwarded;
        a.proxied = true;
    }
    uint16_t port = engine_port(s->engine);
    if (!a.proxied) {
        add_self(&a, &q->local, port);
    }
    for (size_t i = 0; i < s->url_addr_count; i++) {
        if (addr_is_loopback(&s->url_addrs[i]) == addr_is_loopback(&a.addr)) {
            add_self(&a, &s->url_addrs[i], port);
        }
    }
    return a;
}

/* Puts our own peer in front, and gives members on this machine an address that the asker can
 * reach. `peers` has room for SERVE_SELF_MAX more. */
static void
complete_peers(const struct asker *a, const uint8_t *self_id, struct tracker_answer *answer,
               struct tracker_peer *peers, bool with_self, size_t *count)
{
    *count = 0;
    for (size_t i = 0; with_self && i < a->self_count; i++) {
        struct tracker_peer self = {.addr = a->self[i]};
        memcpy(self.peer_id, self_id, sizeof self.peer_id);
        peers[(*count)++] = self;
    }
    for (size_t i = 0; i < answer->count; i++) {
        struct tracker_peer p = answer->peers[i];
        if (addr_is_loopback(&p.addr) && !addr_is_loopback(&a->addr)) {
            if (a->self_count == 0) {
                continue;
            }
            uint16_t port = p.addr.port;
            p.addr = a->self[0];
            p.addr.port = port;
        }
        peers[(*count)++] = p;
    }
}

static void
fail(struct serve *s, struct http_answer *a, const char *reason)
{
    struct buf b = BUF(s->page);
    tracker_put_failure(&b, reason);
    a->body = buf_bytes(&b);
}

static bool
is_seeding(const struct entry *e, int64_t now_ms)
{
    struct swarm_status status;
    if (!e->swarm) {
        return false;
    }
    swarm_status(e->swarm, &status, now_ms);
    return status.phase == SWARM_SEEDING;
}

void
serve_announce(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    struct tracker_announce announce;
    struct tracker_answer answer;
    struct tracker_peer peers[TABLE_NUMWANT_MAX + SERVE_SELF_MAX];
    a->status = 200;
    a->content_type = "text/plain";
    a->extra_headers = "Cache-Control: no-store\r\n";
    const char *wrong = tracker_http_announce(&announce, q->query);
    if (wrong) {
        fail(s, a, wrong);
        return;
    }
    const struct announce_request *r = &announce.request;
    struct asker asker = find_asker(s, q);
    struct entry *e = catalog_by_hash(&s->catalog, r->info_hash);
    if (!e || !tracker_table_announce(s->tracker, r, &asker.addr, q->now_ms, &answer)) {
        fail(s, a, "this tracker has no such torrent");
        return;
    }
    bool seeding = is_seeding(e, q->now_ms);
    bool wants = r->event != EVENT_STOPPED && r->left != 0 && r->numwant != 0;
    struct tracker_reply reply = {.interval_s = SERVE_INTERVAL_S,
                                  .interval_min_s = SERVE_INTERVAL_MIN_S,
                                  .seeds = answer.stats.seeds + seeding,
                                  .leechers = answer.stats.leechers,
                                  .external = asker.addr,
                                  .peers = peers};
    complete_peers(&asker, engine_peer_id(s->engine), &answer, peers, seeding && wants,
                   &reply.peer_count);
    struct buf b = BUF(s->page);
    tracker_put_announce(&b, &reply, announce.compact, announce.no_peer_id);
    a->body = buf_bytes(&b);
    if (wants && e->swarm) {
        struct addr peer = asker.addr; /* it may not be able to reach us */
        peer.port = r->port;
        if (!addr_is_unusable(&peer)) {
            swarm_add_peer(e->swarm, &peer);
        }
    }
}

/* The torrents asked for, or all. */
void
serve_scrape(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    enum { SCRAPE_MAX = 200 };
    struct tracker_stats stats[SCRAPE_MAX];
    size_t count = 0;
    uint8_t hash[SHA1_SIZE];
    struct bytes query = q->query;
    bool asked = false;
    while (count < SCRAPE_MAX && tracker_http_scrape(&query, hash)) {
        asked = true;
        count += tracker_table_stats(s->tracker, hash, q->now_ms, &stats[count]);
    }
    for (uint32_t i = 0; !asked && i < s->catalog.count && count < SCRAPE_MAX; i++) {
        const struct entry *e = &s->catalog.entries[i];
        count += e->state == ENTRY_READY &&
                 tracker_table_stats(s->tracker, e->torrent.info_hash, q->now_ms, &stats[count]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct entry *e = catalog_by_hash(&s->catalog, stats[i].info_hash);
        stats[i].seeds += e && is_seeding(e, q->now_ms);
    }
    struct buf b = BUF(s->page);
    tracker_put_scrape(&b, stats, count);
    a->status = 200;
    a->content_type = "text/plain";
    a->body = buf_bytes(&b);
}
