/* What serve counts, as text for Prometheus (text exposition format 0.0.4). Pure.
 *
 * Counters begin at 0 with the program; those of items go on over restarts where serve keeps its
 * state. Totals have names of their own (samara_sent_bytes_total), figures of one item begin with
 * samara_item_ and have the item's slug as label; samara_item_info tells its name and info-hash.
 * Items that do not fit are left out from the end, for which samara_items_left_out stands; the
 * totals count them. */
#ifndef BUILDER_METRICS_H
#define BUILDER_METRICS_H

#include "base/buf.h"
#include "base/hash.h"

struct metrics_item {
    struct bytes slug, name;
    uint8_t info_hash[SHA1_SIZE];
    uint64_t size;
    uint64_t completed;
    uint64_t by_webseed, by_peer; /* bytes that we sent */
    uint64_t by_swarm;            /* metrics_by_swarm */
    uint64_t announces_http, announces_udp;
    uint64_t seeds, leechers; /* that announce to us; our own seed is not counted */
    uint64_t peers;           /* connected to our own */
};

struct metrics {
    const char *version;
    uint64_t uptime_s;
    uint64_t items, items_ready, items_failed;
    uint64_t announces_http, announces_udp, scrapes_http, scrapes_udp, refused_http, refused_udp;
    uint64_t connects_udp, ignored_udp;
    uint64_t http_2xx, http_3xx, http_4xx, http_5xx, http_sent;
    uint64_t torrents, seeds, leechers; /* of the tracker, with those that are not ours */
    const struct metrics_item *v;       /* the ready ones */
    uint32_t count;
    struct metrics_item withdrawn; /* what was counted of items that are not there any more */
};

void metrics_put(struct buf *out, const struct metrics *m);

/* An estimate of the bytes that readers had from each other: what all completed downloads took,
 * less what the publisher sent (web seed and own peer), and never below 0. It tends to be too low:
 * bytes sent to downloads that are still under way, or were given up, and to people who took the
 * file with their browser are taken off, too. It is too high by what others than the publisher and
 * the swarm sent (further web seeds), by what was on the reader's disk before, and by what a client
 * that says "completed" did not want of the torrent, or made up. */
uint64_t metrics_by_swarm(uint64_t completed, uint64_t size, uint64_t by_publisher);

#endif
