/* Each table is a list of samples; those of one family stand together, as the format wants, and the
 * first of them has its type and help. */
#include "builder/metrics.h"

#include <stddef.h>

struct sample {
    const char *name, *type, *help; /* NULL type: the family of the line above */
    const char *label;              /* `by="peer"`, or NULL */
    size_t at;                      /* of an uint64_t in the struct */
};

#define ALL(field) offsetof(struct metrics, field)
static const struct sample totals[] = {
    {"samara_uptime_seconds", "gauge", "Since the start.", NULL, ALL(uptime_s)},
    {"samara_items", "gauge", "Entries of the folder.", NULL, ALL(items)},
    {"samara_items_ready", "gauge", "Of them, offered.", NULL, ALL(items_ready)},
    {"samara_items_failed", "gauge", "Of them, not to be offered.", NULL, ALL(items_failed)},
    {"samara_announces_total", "counter", "Announces taken.", "by=\"http\"", ALL(announces_http)},
    {"samara_announces_total", NULL, NULL, "by=\"udp\"", ALL(announces_udp)},
    {"samara_scrapes_total", "counter", "Scrapes answered.", "by=\"http\"", ALL(scrapes_http)},
    {"samara_scrapes_total", NULL, NULL, "by=\"udp\"", ALL(scrapes_udp)},
    {"samara_tracker_errors_total", "counter",
     "Questions to the tracker that were answered with an error.", "by=\"http\"",
     ALL(refused_http)},
    {"samara_tracker_errors_total", NULL, NULL, "by=\"udp\"", ALL(refused_udp)},
    {"samara_udp_connects_total", "counter", "Connection ids given.", NULL, ALL(connects_udp)},
    {"samara_udp_ignored_total", "counter", "Datagrams that were no question.", NULL,
     ALL(ignored_udp)},
    {"samara_http_requests_total", "counter", "HTTP requests.", "code=\"2xx\"", ALL(http_2xx)},
    {"samara_http_requests_total", NULL, NULL, "code=\"3xx\"", ALL(http_3xx)},
    {"samara_http_requests_total", NULL, NULL, "code=\"4xx\"", ALL(http_4xx)},
    {"samara_http_requests_total", NULL, NULL, "code=\"5xx\"", ALL(http_5xx)},
    {"samara_http_sent_bytes_total", "counter", "Body bytes sent by HTTP, of all kinds.", NULL,
     ALL(http_sent)},
    {"samara_tracker_torrents", "gauge", "Torrents that the tracker knows.", NULL, ALL(torrents)},
    {"samara_tracker_seeds", "gauge", "Seeds of all of them, ours not counted.", NULL, ALL(seeds)},
    {"samara_tracker_leechers", "gauge", "Leechers of all of them.", NULL, ALL(leechers)},
};

#define ONE(field) offsetof(struct metrics_item, field)
static const struct sample of_items[] = {
    {"samara_item_size_bytes", "gauge", "Content of the item.", NULL, ONE(size)},
    {"samara_item_completed_total", "counter", "Downloads that said they are complete.", NULL,
     ONE(completed)},
    {"samara_item_sent_bytes_total", "counter", "Content sent by this server.", "by=\"peer\"",
     ONE(by_peer)},
    {"samara_item_sent_bytes_total", NULL, NULL, "by=\"webseed\"", ONE(by_webseed)},
    {"samara_item_swarm_bytes", "gauge",
     "Estimate of what readers had from each other: completed times size, less what was sent.",
     NULL, ONE(by_swarm)},
    {"samara_item_announces_total", "counter", "Announces taken.", "by=\"http\"",
     ONE(announces_http)},
    {"samara_item_announces_total", NULL, NULL, "by=\"udp\"", ONE(announces_udp)},
    {"samara_item_seeds", "gauge", "Seeds that announce, this server not counted.", NULL,
     ONE(seeds)},
    {"samara_item_leechers", "gauge", "Leechers that announce.", NULL, ONE(leechers)},
    {"samara_item_peers_connected", "gauge", "Peers connected to this server's.", NULL, ONE(peers)},
};

/* The same figures of all items together. */
static const struct sample sums[] = {
    {"samara_completed_total", "counter", "Downloads that said they are complete.", NULL,
     ONE(completed)},
    {"samara_sent_bytes_total", "counter", "Content sent by this server.", "by=\"peer\"",
     ONE(by_peer)},
    {"samara_sent_bytes_total", NULL, NULL, "by=\"webseed\"", ONE(by_webseed)},
    {"samara_swarm_bytes", "gauge", "Estimate of what readers had from each other.", NULL,
     ONE(by_swarm)},
    {"samara_seeds", "gauge", "Seeds of all items that announce, this server not counted.", NULL,
     ONE(seeds)},
    {"samara_leechers", "gauge", "Leechers of all items that announce.", NULL, ONE(leechers)},
    {"samara_peers_connected", "gauge", "Peers connected to this server's.", NULL, ONE(peers)},
};

static uint64_t
number_at(const void *base, size_t at)
{
    return *(const uint64_t *)(const void *)((const uint8_t *)base + at);
}

static void
put_family(struct buf *b, const char *name, const char *type, const char *help)
{
    if (type) {
        buf_text(b, "# HELP ");
        buf_text(b, name);
        buf_byte(b, ' ');
        buf_text(b, help);
        buf_text(b, "\n# TYPE ");
        buf_text(b, name);
        buf_byte(b, ' ');
        buf_text(b, type);
        buf_byte(b, '\n');
    }
}

/* A label's value must not end early. Control characters are shown as '?'. */
static void
put_label(struct buf *b, const char *name, struct bytes value)
{
    buf_text(b, name);
    buf_text(b, "=\"");
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (c == '"' || c == '\\') {
            buf_byte(b, '\\');
        }
        buf_byte(b, c < ' ' || c == 0x7f ? '?' : c);
    }
    buf_byte(b, '"');
}

static void
put_sample(struct buf *b, const char *name, struct bytes slug, const char *label, uint64_t value)
{
    buf_text(b, name);
    if (slug.len > 0 || label) {
        buf_byte(b, '{');
        if (slug.len > 0) {
            put_label(b, "item", slug);
        }
        buf_text(b, slug.len > 0 && label ? "," : "");
        buf_text(b, label ? label : "");
        buf_byte(b, '}');
    }
    buf_byte(b, ' ');
    buf_u64(b, value);
    buf_byte(b, '\n');
}

static void
put_infos(struct buf *b, const struct metrics *m, uint32_t shown)
{
    put_family(b, "samara_item_info", "gauge", "What an item is.");
    for (uint32_t i = 0; i < shown; i++) {
        uint8_t mem[2 * SHA1_SIZE];
        struct buf hash = BUF(mem);
        buf_hex(&hash, bytes_of(m->v[i].info_hash, SHA1_SIZE));
        buf_text(b, "samara_item_info{");
        put_label(b, "item", m->v[i].slug);
        put_label(b, ",info_hash", buf_bytes(&hash));
        put_label(b, ",name", m->v[i].name);
        buf_text(b, "} 1\n");
    }
}

static void
put_items(struct buf *b, const struct metrics *m, uint32_t shown)
{
    put_family(b, "samara_items_left_out", "gauge", "Items without figures of their own here.");
    put_sample(b, "samara_items_left_out", (struct bytes){0}, NULL, m->count - shown);
    if (shown == 0) {
        return;
    }
    put_infos(b, m, shown);
    for (size_t n = 0; n < sizeof of_items / sizeof *of_items; n++) {
        const struct sample *s = &of_items[n];
        put_family(b, s->name, s->type, s->help);
        for (uint32_t i = 0; i < shown; i++) {
            put_sample(b, s->name, m->v[i].slug, s->label, number_at(&m->v[i], s->at));
        }
    }
}

static void
put_totals(struct buf *b, const struct metrics *m)
{
    put_family(b, "samara_build_info", "gauge", "The version that runs.");
    buf_text(b, "samara_build_info{");
    put_label(b, "version", bytes_of_text(m->version));
    buf_text(b, "} 1\n");
    for (size_t n = 0; n < sizeof totals / sizeof *totals; n++) {
        const struct sample *s = &totals[n];
        put_family(b, s->name, s->type, s->help);
        put_sample(b, s->name, (struct bytes){0}, s->label, number_at(m, s->at));
    }
    for (size_t n = 0; n < sizeof sums / sizeof *sums; n++) {
        uint64_t sum = number_at(&m->withdrawn, sums[n].at);
        for (uint32_t i = 0; i < m->count; i++) {
            sum += number_at(&m->v[i], sums[n].at);
        }
        put_family(b, sums[n].name, sums[n].type, sums[n].help);
        put_sample(b, sums[n].name, (struct bytes){0}, sums[n].label, sum);
    }
}

void
metrics_put(struct buf *out, const struct metrics *m)
{
    put_totals(out, m);
    struct buf before = *out;
    uint32_t shown = m->count;
    put_items(out, m, shown);
    while (out->full && shown > 0) {
        *out = before;
        shown /= 2;
        put_items(out, m, shown);
    }
}

uint64_t
metrics_by_swarm(uint64_t completed, uint64_t size, uint64_t by_publisher)
{
    if (size > 0 && completed > UINT64_MAX / size) {
        return 0; /* nobody has downloaded that much */
    }
    uint64_t all = completed * size;
    return all > by_publisher ? all - by_publisher : 0;
}
