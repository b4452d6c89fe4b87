/* The inside of `samara serve`: what its HTTP side, its tracker and its loop share. */
#ifndef BUILDER_SERVE_H
#define BUILDER_SERVE_H

#include "builder/command.h"
#include "builder/ledger.h"
#include "builder/pack_options.h"
#include "builder/serve_udp.h"
#include "builder/tracker_table.h"
#include "engine/engine.h"
#include "net/http_server.h"

enum {
    SERVE_INTERVAL_S = 300, /* between announces; a crashed app is forgotten after twice that */
    SERVE_INTERVAL_MIN_S = 60,
    SERVE_SELF_MAX = 8, /* addresses of our own peer in one answer */
};

/* By which way the tracker was asked. */
enum serve_way { BY_HTTP, BY_UDP, SERVE_WAYS };

/* Since the start. */
struct serve_counts {
    uint64_t announces[SERVE_WAYS], scrapes[SERVE_WAYS]; /* taken and answered */
    uint64_t refused[SERVE_WAYS]; /* answered with words: unknown torrent, malformed, old id */
    uint64_t connects, ignored;   /* UDP: connection ids given; datagrams without an answer */
    uint64_t http[6];             /* requests by the first digit of the status */
};

/* Bytes of content sent so far, by HTTP and by our own peer, in earlier runs too; of what is
 * offered now and of what was withdrawn. */
struct serve_sent {
    uint64_t by_webseed, by_peer;
    uint64_t peer_rate;
    uint32_t peers; /* connected to our own */
};

struct serve {
    const char *folder; /* as given */
    bool wants_log;
    const char *title; /* of the page */
    struct catalog catalog;
    struct progress progress;   /* of hashing */
    struct entry *graves;       /* withdrawn entries that answers under way may need */
    struct payload settings;    /* of the apps */
    struct source_list sources; /* of the torrents: our own tracker and web seed first */
    uint32_t own_tracker_count; /* the first of `sources` */
    struct make_extra extra;
    struct app_image *images;        /* one an embedded stub */
    struct app_image *titled_images; /* for the entry that is titled; NULL: none is */

    sys_dir state_dir; /* SYS_NONE: nothing is kept */
    struct ledger ledger;
    int64_t saved_ms;
    bool state_failed;

    struct engine *engine;
    struct http_server *http;
    struct tracker_table *tracker;
    struct serve_udp udp;
    struct serve_counts counts;
    int64_t started_ms;
    struct serve_sent sent_before; /* this run */
    struct sys_wants wants;
    struct scratch scratch;

    char url[URL_LEN_MAX + 1];      /* public, without a slash at the end */
    char home_url[URL_LEN_MAX + 2]; /* with it */
    char base[URL_LEN_MAX + 1];     /* the URL's path, decoded, without that; empty: none */
    char announce_url[URL_LEN_MAX + 1], files_url[URL_LEN_MAX + 1];
    char udp_url[URL_LEN_MAX + 1];         /* empty: none */
    struct addr url_addrs[SERVE_SELF_MAX]; /* what its host means, port 0 */
    size_t url_addr_count;

    /* What an answer points to until the next request. */
    uint8_t page[HTTP_ANSWER_MAX];
    char disposition[1024];
    char etag[64];
};

/* The handler of the HTTP server; `context` is the struct serve. */
void serve_handle(void *context, const struct http_request *q, struct http_answer *a);

/* Answers announces and scrapes by HTTP into `s->page`. */
void serve_announce(struct serve *s, const struct http_request *q, struct http_answer *a);
void serve_scrape(struct serve *s, const struct http_request *q, struct http_answer *a);

/* --- serve_network.c */

struct serve_network {
    const char *listen, *url; /* as given; NULL: not */
    uint16_t port;            /* of the seeding peer; 0: any */
    uint64_t peer_up, web_up; /* B/s, 0 = no limit */
    bool with_udp;
};

/* Opens all sockets and sets the public URL. 0, or the exit code of what was told. */
int serve_network_open(struct serve *s, const struct serve_network *o);

/* Finds out what the public URL means, and sets what stands in the torrents: our own trackers and
 * web seed in front of those of `s->settings`. May take some seconds. */
void serve_network_settle(struct serve *s);

/* --- serve_entries.c */

/* Goes on looking at the folder and hashing; entries that become ready are offered, those that are
 * withdrawn are not any more. When it wants to be called again: `now_ms` while there is something
 * to hash. */
int64_t serve_entries_turn(struct serve *s, int64_t now_ms);
void serve_entries_free(struct serve *s);

/* App `n` of a READY entry, made on first use; NULL: too large. And the image it begins with. */
const struct app *serve_app(const struct serve *s, struct entry *e, size_t n);
const struct app_image *serve_image(const struct serve *s, const struct entry *e, size_t n);

/* --- serve_state.c */

/* Opens the folder for what is kept over restarts, made if it is missing, and once more as `*cache`
 * for the catalogue. False, and told: it cannot be had; serve goes on without. */
bool serve_state_open(struct serve *s, const char *folder, sys_dir *cache);

/* Gives an entry that has become ready the figures it had, and its swarm who was in it. */
void serve_state_recall(struct serve *s, struct entry *e, int64_t now_ms);

/* Keeps the figures of an entry that is withdrawn, till the next save. */
void serve_state_note(struct serve *s, const struct entry *gone);

/* Writes all of it, once a minute or at once. */
void serve_state_save(struct serve *s, int64_t now_ms, bool at_once);
void serve_state_close(struct serve *s);

/* --- serve_page.c: into `s->page` */

void serve_index(struct serve *s, const struct http_request *q, struct http_answer *a);
void serve_item(struct serve *s, struct bytes slug, struct http_answer *a);
void serve_feed(struct serve *s, struct http_answer *a);

/* What serve tells of itself, into `s->page`. */
void serve_status(struct serve *s, const struct http_request *q, struct http_answer *a);
void serve_metrics(struct serve *s, const struct http_request *q, struct http_answer *a);

/* Where an HTTP request is from: the address of its connection, or, if a web server on this machine
 * passed it on (then: true), what that says. */
bool serve_client(const struct http_request *q, struct addr *from);

/* Who asks the tracker, and where it reaches our own peer. */
struct asker {
    struct addr addr;
    enum table_family family; /* of the peers that can be told */
    struct addr self[SERVE_SELF_MAX];
    size_t self_count;
};

/* Our own peer may be reached at this address: its port does not matter, addresses where nobody can
 * be are left out. And: at those that the public URL means, as far as they are for this asker. */
void serve_add_self(const struct serve *s, struct asker *a, const struct addr *ip);
void serve_add_url_self(const struct serve *s, struct asker *a);
bool serve_is_wildcard(const struct addr *a);

/* Takes an announce, by whatever way it came. False: refuse it with SERVE_NO_SUCH_TORRENT. */
#define SERVE_NO_SUCH_TORRENT "this tracker has no such torrent"
struct serve_announced {
    struct tracker_reply reply; /* with `peers` */
    struct tracker_peer peers[TABLE_NUMWANT_MAX + SERVE_SELF_MAX];
};
bool serve_take_announce(struct serve *s, const struct announce_request *r,
                         const struct asker *asker, enum serve_way way, int64_t now_ms,
                         struct serve_announced *out);

/* How a torrent stands, our own seed counted. False: unknown, and nothing was written. */
bool serve_stats(struct serve *s, const uint8_t info_hash[SHA1_SIZE], int64_t now_ms,
                 struct tracker_stats *out);

struct serve_sent serve_sent(const struct serve *s, int64_t now_ms);

#endif
