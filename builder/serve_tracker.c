/* serve's tracker: what is common to all ways, and HTTP (BEP 3, 7, 23, 24, 48). For UDP see
 * serve_udp.c.
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

bool
serve_is_wildcard(const struct addr *a)
{
    static const struct addr none;
    static const uint8_t any4[4];
    struct addr v4 = addr_v4(any4, 0);
    return addr_same_ip(a, &none) || addr_same_ip(a, &v4);
}

void
serve_add_self(const struct serve *s, struct asker *a, const struct addr *ip)
{
    struct addr self = *ip;
    self.port = engine_port(s->engine);
    bool known = addr_is_unusable(&self) || a->self_count == SERVE_SELF_MAX;
    for (size_t i = 0; i < a->self_count; i++) {
        known |= addr_equal(&a->self[i], &self);
    }
    if (!known) {
        a->self[a->self_count++] = self;
    }
}

void
serve_add_url_self(const struct serve *s, struct asker *a)
{
    for (size_t i = 0; i < s->url_addr_count; i++) {
        if (addr_is_loopback(&s->url_addrs[i]) == addr_is_loopback(&a->addr)) {
            serve_add_self(s, a, &s->url_addrs[i]);
        }
    }
}

bool
serve_client(const struct http_request *q, struct addr *from)
{
    struct bytes rest = http_header(q->head, "X-Forwarded-For"), last = rest;
    while (rest.len > 0) {
        last = bytes_trim(bytes_cut(&rest, ','));
    }
    *from = q->from;
    return addr_is_loopback(&q->from) && addr_parse_ip(last, from);
}

static struct asker
find_asker(const struct serve *s, const struct http_request *q)
{
    struct asker a = {.family = TABLE_BOTH};
    if (!serve_client(q, &a.addr)) {
        serve_add_self(s, &a, &q->local);
    }
    serve_add_url_self(s, &a);
    return a;
}

/* Puts our own peer in front, and gives members on this machine an address that the asker can
 * reach. `peers` has room for SERVE_SELF_MAX more. */
static void
complete_peers(const struct asker *a, const uint8_t *self_id, struct tracker_answer *answer,
               struct tracker_peer *peers, bool with_self, size_t *count)
{
    bool is_near = addr_is_loopback(&a->addr);
    *count = 0;
    for (size_t i = 0; with_self && i < a->self_count; i++) {
        struct tracker_peer self = {.addr = a->self[i]};
        memcpy(self.peer_id, self_id, sizeof self.peer_id);
        peers[(*count)++] = self;
    }
    for (size_t i = 0; i < answer->count; i++) {
        struct tracker_peer p = answer->peers[i];
        if (!is_near && addr_is_loopback(&p.addr)) {
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
    s->counts.refused[BY_HTTP]++;
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

bool
serve_take_announce(struct serve *s, const struct announce_request *r, const struct asker *asker,
                    enum serve_way way, int64_t now_ms, struct serve_announced *out)
{
    struct tracker_answer answer;
    struct entry *e = catalog_by_hash(&s->catalog, r->info_hash);
    if (!tracker_table_announce(s->tracker, r, &asker->addr, asker->family, now_ms, &answer)) {
        return false;
    }
    s->counts.announces[way]++;
    bool seeding = e && is_seeding(e, now_ms);
    bool wants = r->event != EVENT_STOPPED && r->left != 0 && r->numwant != 0;
    out->reply = (struct tracker_reply){.interval_s = SERVE_INTERVAL_S,
                                        .interval_min_s = SERVE_INTERVAL_MIN_S,
                                        .seeds = answer.stats.seeds + seeding,
                                        .leechers = answer.stats.leechers,
                                        .external = asker->addr,
                                        .peers = out->peers};
    complete_peers(asker, engine_peer_id(s->engine), &answer, out->peers, seeding && wants,
                   &out->reply.peer_count);
    if (e) {
        e->counts.announces[way]++;
    }
    if (e && wants && e->swarm) {
        struct addr peer = asker->addr; /* it may not be able to reach us */
        peer.port = r->port;
        if (!addr_is_unusable(&peer)) {
            swarm_add_peer(e->swarm, &peer);
        }
    }
    return true;
}

bool
serve_stats(struct serve *s, const uint8_t info_hash[SHA1_SIZE], int64_t now_ms,
            struct tracker_stats *out)
{
    if (!tracker_table_stats(s->tracker, info_hash, now_ms, out)) {
        return false;
    }
    const struct entry *e = catalog_by_hash(&s->catalog, info_hash);
    out->seeds += e && is_seeding(e, now_ms);
    return true;
}

void
serve_announce(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    struct tracker_announce announce;
    struct serve_announced done;
    a->status = 200;
    a->content_type = "text/plain";
    a->extra_headers = "Cache-Control: no-store\r\n";
    a->no_ranges = true;
    const char *wrong = tracker_http_announce(&announce, q->query);
    if (wrong) {
        fail(s, a, wrong);
        return;
    }
    struct asker asker = find_asker(s, q);
    if (!serve_take_announce(s, &announce.request, &asker, BY_HTTP, q->now_ms, &done)) {
        fail(s, a, SERVE_NO_SUCH_TORRENT);
        return;
    }
    struct buf b = BUF(s->page);
    tracker_put_announce(&b, &done.reply, announce.compact, announce.no_peer_id);
    a->body = buf_bytes(&b);
}

/* The torrents asked for, or all of ours. */
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
        count += serve_stats(s, hash, q->now_ms, &stats[count]);
    }
    for (uint32_t i = 0; !asked && i < s->catalog.count && count < SCRAPE_MAX; i++) {
        const struct entry *e = s->catalog.entries[i];
        count += e->state == ENTRY_READY &&
                 serve_stats(s, e->torrent.info_hash, q->now_ms, &stats[count]);
    }
    struct buf b = BUF(s->page);
    s->counts.scrapes[BY_HTTP]++;
    tracker_put_scrape(&b, stats, count);
    a->status = 200;
    a->content_type = "text/plain";
    a->body = buf_bytes(&b);
}
