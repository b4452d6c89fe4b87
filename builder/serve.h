/* The inside of `samara serve`: what its HTTP side, its tracker and its loop share. */
#ifndef BUILDER_SERVE_H
#define BUILDER_SERVE_H

#include "builder/pack_options.h"
#include "builder/site.h"
#include "builder/tracker_table.h"
#include "engine/engine.h"
#include "net/http_server.h"

enum {
    SERVE_INTERVAL_S = 300, /* between announces; a crashed app is forgotten after twice that */
    SERVE_INTERVAL_MIN_S = 60,
    SERVE_SELF_MAX = 8, /* addresses of our own peer in one answer */
};

struct serve {
    const char *folder; /* as given */
    bool wants_log;
    struct catalog catalog;
    struct site site;
    struct payload settings;    /* of the apps */
    struct source_list sources; /* of the torrents: our own tracker and web seed first */
    struct make_extra extra;
    struct bytes *stubs; /* image of each embedded stub */
    struct engine *engine;
    struct http_server *http;
    struct tracker_table *tracker;
    int64_t started_ms;
    struct sys_wants wants;
    struct scratch scratch;

    char url[URL_LEN_MAX + 1]; /* public, without a slash at the end */
    char announce_url[URL_LEN_MAX + 1], files_url[URL_LEN_MAX + 1];
    struct addr url_addrs[SERVE_SELF_MAX]; /* what its host means, port 0 */
    size_t url_addr_count;

    /* What an answer points to until the next request. */
    uint8_t page[HTTP_ANSWER_MAX];
    char disposition[1024];
    char etag[64];
};

/* The handler of the HTTP server; `context` is the struct serve. */
void serve_handle(void *context, const struct http_request *q, struct http_answer *a);

/* Answers announces and scrapes into `s->page`. */
void serve_announce(struct serve *s, const struct http_request *q, struct http_answer *a);
void serve_scrape(struct serve *s, const struct http_request *q, struct http_answer *a);

/* Bytes of content sent so far, by HTTP and by our own peer. */
struct serve_sent {
    uint64_t by_webseed, by_peer;
    uint64_t peer_rate;
    uint32_t peers; /* connected to our own */
};
struct serve_sent serve_sent(const struct serve *s, int64_t now_ms);

#endif
