/* Trackers (BEP 12), web seeds (BEP 19) and DHT nodes (BEP 5) of a torrent. What is
 * useless is left out silently: a torrent with a strange tracker is still a torrent. */
#include "meta/torrent_impl.h"

#include "meta/sources.h"

static bool
add_tracker(struct torrent *t, struct bencode v, uint32_t tier)
{
    struct bytes url = bytes_trim(bencode_string(v));
    if (!source_is_tracker(url) || t->tracker_count == TRACKERS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < t->tracker_count; i++) {
        if (bytes_equal(t->trackers[i].url, url)) {
            return false;
        }
    }
    t->trackers[t->tracker_count++] = (struct torrent_tracker){url, tier};
    return true;
}

void
torrent_read_trackers(struct torrent *t, struct bencode announce, struct bencode list)
{
    uint32_t tier = 0;
    struct bencode_walk tiers = bencode_walk(list);
    while (bencode_next(&tiers) && tier < TIERS_MAX) {
        /* Some programs write the tiers without their lists. */
        bool any = add_tracker(t, tiers.value, tier);
        struct bencode_walk urls = bencode_walk(tiers.value);
        while (bencode_next(&urls)) {
            any |= add_tracker(t, urls.value, tier);
        }
        tier += any;
    }
    if (t->tracker_count == 0) {
        add_tracker(t, announce, 0);
    }
}

static void
add_webseed(struct torrent *t, struct bencode v)
{
    struct bytes url = bytes_trim(bencode_string(v));
    if (source_is_webseed(url)) {
        source_add(t->webseeds, &t->webseed_count, WEBSEEDS_MAX, url);
    }
}

void
torrent_read_webseeds(struct torrent *t, struct bencode url_list)
{
    struct bencode_walk urls = bencode_walk(url_list);
    add_webseed(t, url_list);
    while (bencode_next(&urls)) {
        add_webseed(t, urls.value);
    }
}

void
torrent_read_nodes(struct torrent *t, struct bencode nodes)
{
    struct bencode_walk w = bencode_walk(nodes);
    while (bencode_next(&w) && t->node_count < NODES_MAX) {
        struct bencode_walk pair = bencode_walk(w.value);
        struct bytes host = bencode_next(&pair) ? bencode_string(pair.value) : (struct bytes){0};
        int64_t port = bencode_next(&pair) ? bencode_int(pair.value, 0) : 0;
        if (host.len && host.len <= 255 && port > 0 && port <= 65535) {
            t->nodes[t->node_count++] = (struct torrent_node){host, (uint16_t)port};
        }
    }
}
