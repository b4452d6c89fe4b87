/* What serve tells of itself: /status for people, /metrics for Prometheus. */
#include "builder/serve.h"

#include "base/version.h"
#include "builder/files.h"
#include "builder/metrics.h"
#include "ui/format.h"

#include <stdlib.h>
#include <string.h>

static const char headers[] = "X-Content-Type-Options: nosniff\r\n"
                              "Cache-Control: no-cache\r\n";

/* What was counted of torrents that are not offered now. */
static struct metrics_item
sum_withdrawn(const struct serve *s)
{
    struct metrics_item sum = {0};
    for (size_t i = 0; i < s->ledger.count; i++) {
        const struct ledger_row *r = &s->ledger.rows[i];
        if (!catalog_by_hash(&s->catalog, r->info_hash)) {
            sum.completed += r->counts.completed;
            sum.by_webseed += r->counts.by_webseed;
            sum.by_peer += r->counts.by_peer;
        }
    }
    return sum;
}

struct serve_sent
serve_sent(const struct serve *s, int64_t now_ms)
{
    struct serve_sent sum = {0};
    for (uint32_t i = 0; i < s->catalog.count; i++) {
        const struct entry *e = s->catalog.entries[i];
        sum.by_webseed += e->counts.by_webseed;
        sum.by_peer += e->counts.by_peer;
        if (e->swarm) {
            struct swarm_status status;
            swarm_status(e->swarm, &status, now_ms);
            sum.by_peer += (uint64_t)status.uploaded;
            sum.peer_rate += status.up_rate;
            sum.peers += status.peers;
        }
    }
    struct metrics_item withdrawn = sum_withdrawn(s);
    sum.by_webseed += withdrawn.by_webseed;
    sum.by_peer += withdrawn.by_peer;
    return sum;
}

static void
put_line(struct buf *b, const char *label, uint64_t value)
{
    buf_text(b, label);
    buf_u64(b, value);
    buf_byte(b, '\n');
}

static struct metrics_item
item_of(const struct serve *s, const struct entry *e, int64_t now_ms)
{
    struct tracker_stats stats = {0};
    struct swarm_status status = {0};
    tracker_table_stats(s->tracker, e->torrent.info_hash, now_ms, &stats);
    if (e->swarm) {
        swarm_status(e->swarm, &status, now_ms);
    }
    struct metrics_item item = {.slug = bytes_of_text(e->slug),
                                .name = bytes_of_text(e->torrent.name),
                                .size = (uint64_t)e->torrent.size,
                                .completed = stats.completed,
                                .by_webseed = e->counts.by_webseed,
                                .by_peer = e->counts.by_peer + (uint64_t)status.uploaded,
                                .announces_http = e->counts.announces[BY_HTTP],
                                .announces_udp = e->counts.announces[BY_UDP],
                                .seeds = stats.seeds,
                                .leechers = stats.leechers,
                                .peers = status.peers};
    item.by_swarm = metrics_by_swarm(item.completed, item.size, item.by_webseed + item.by_peer);
    memcpy(item.info_hash, e->torrent.info_hash, SHA1_SIZE);
    return item;
}

static void
put_entry_status(const struct serve *s, struct buf *b, const struct entry *e, int64_t now_ms)
{
    buf_byte(b, '\n');
    format_foreign(b, bytes_of_text(e->name), false);
    if (e->state != ENTRY_READY) {
        buf_text(b, e->state == ENTRY_FAILED ? "\n  cannot be offered\n" : "\n  being prepared\n");
        return;
    }
    struct metrics_item item = item_of(s, e, now_ms);
    buf_text(b, "\n  info-hash: ");
    buf_hex(b, bytes_of(item.info_hash, SHA1_SIZE));
    buf_byte(b, '\n');
    put_line(b, "  size: ", item.size);
    put_line(b, "  seeds besides this server: ", item.seeds);
    put_line(b, "  leechers: ", item.leechers);
    put_line(b, "  completed: ", item.completed);
    put_line(b, "  sent by web seed: ", item.by_webseed);
    put_line(b, "  sent by peer: ", item.by_peer);
    put_line(b, "  from the publisher: ", item.by_webseed + item.by_peer);
    put_line(b, "  from the swarm (estimate): ", item.by_swarm);
}

void
serve_status(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    struct buf b = BUF(s->page);
    struct serve_sent sent = serve_sent(s, q->now_ms);
    buf_text(&b, "samara " SAMARA_VERSION " serve\n");
    put_line(&b, "seconds up: ", (uint64_t)(q->now_ms - s->started_ms) / 1000);
    put_line(&b, "entries: ", s->catalog.count);
    put_line(&b, "ready: ", s->catalog.ready);
    put_line(&b, "peer port: ", engine_port(s->engine));
    put_line(&b, "peers connected: ", sent.peers);
    put_line(&b, "sent by web seed: ", sent.by_webseed);
    put_line(&b, "sent by peer: ", sent.by_peer);
    put_line(&b, "sent by HTTP in all: ", http_server_sent(s->http));
    for (uint32_t i = 0; i < s->catalog.count; i++) {
        struct buf before = b;
        put_entry_status(s, &b, s->catalog.entries[i], q->now_ms);
        if (b.full) {
            b = before;
            break;
        }
    }
    a->status = 200;
    a->content_type = "text/plain; charset=utf-8";
    a->extra_headers = headers;
    a->body = buf_bytes(&b);
}

void
serve_metrics(struct serve *s, const struct http_request *q, struct http_answer *a)
{
    const struct serve_counts *c = &s->counts;
    struct buf b = BUF(s->page);
    struct tracker_totals table = tracker_table_totals(s->tracker);
    struct metrics_item *items = files_memory(s->catalog.count + 1, sizeof *items);
    struct metrics m = {.version = SAMARA_VERSION,
                        .uptime_s = (uint64_t)(q->now_ms - s->started_ms) / 1000,
                        .items = s->catalog.count,
                        .items_ready = s->catalog.ready,
                        .items_failed = s->catalog.failed,
                        .announces_http = c->announces[BY_HTTP],
                        .announces_udp = c->announces[BY_UDP],
                        .scrapes_http = c->scrapes[BY_HTTP],
                        .scrapes_udp = c->scrapes[BY_UDP],
                        .refused_http = c->refused[BY_HTTP],
                        .refused_udp = c->refused[BY_UDP],
                        .connects_udp = c->connects,
                        .ignored_udp = c->ignored,
                        .http_2xx = c->http[2],
                        .http_3xx = c->http[3],
                        .http_4xx = c->http[4],
                        .http_5xx = c->http[5],
                        .http_sent = http_server_sent(s->http),
                        .torrents = table.torrents,
                        .seeds = table.seeds,
                        .leechers = table.leechers,
                        .v = items,
                        .withdrawn = sum_withdrawn(s)};
    for (uint32_t i = 0; i < s->catalog.count; i++) {
        if (s->catalog.entries[i]->state == ENTRY_READY) {
            items[m.count++] = item_of(s, s->catalog.entries[i], q->now_ms);
        }
    }
    metrics_put(&b, &m);
    free(items);
    a->status = 200;
    a->content_type = "text/plain; version=0.0.4; charset=utf-8";
    a->extra_headers = headers;
    a->body = buf_bytes(&b);
}
