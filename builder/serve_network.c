/* serve's sockets, what its public URL means, and what of that stands in the torrents. */
#include "builder/serve.h"

#include "net/lookup.h"
#include "ui/session.h"

#include <stdio.h>
#include <string.h>

enum { PORT_DEFAULT = 8080, CLIENTS_MAX = HTTP_CLIENTS_MAX, RESOLVE_MS = 5000 };

/* "1.2.3.4:80", "[::1]:80", "localhost:80", ":80", "80" */
static int
parse_listen(const char *text, struct addr *out)
{
    uint8_t mem[64];
    struct buf b = BUF(mem);
    struct bytes whole = bytes_of_text(text);
    uint64_t port = PORT_DEFAULT;
    *out = (struct addr){.port = PORT_DEFAULT};
    if (!text || addr_parse(whole, out)) {
        return 0;
    }
    struct bytes digits = bytes_starts(whole, BYTES(":")) ? bytes_skip(whole, 1) : whole;
    if (bytes_to_u64(digits, 65535, &port)) {
        out->port = (uint16_t)port;
        return 0;
    }
    if (bytes_starts(whole, BYTES("localhost:"))) {
        buf_text(&b, "127.0.0.1");
        buf_add(&b, bytes_skip(whole, 9));
        if (addr_parse(buf_bytes(&b), out)) {
            return 0;
        }
    }
    return complain(EXIT_USAGE, "--listen takes a numeric HOST:PORT such as 0.0.0.0:8080, not '%s'",
                    text);
}

/* The public URL, without a slash at the end. */
static int
set_url(struct serve *s, const char *given)
{
    struct buf b = buf_over(s->url, sizeof s->url - 32);
    struct addr at = http_server_addr(s->http);
    struct url url;
    if (given) {
        buf_text(&b, given);
        while (b.len > 0 && b.ptr[b.len - 1] == '/') {
            b.len--;
        }
    } else {
        buf_text(&b, "http://");
        if (serve_is_wildcard(&at)) {
            buf_text(&b, "127.0.0.1:");
            buf_u64(&b, at.port);
        } else {
            addr_print(&b, &at);
        }
    }
    buf_cstr(&b);
    if (b.full || !url_parse(&url, buf_bytes(&b)) || url.scheme == URL_UDP || url.query.len > 0) {
        return complain(EXIT_USAGE,
                        "--url takes http://HOST[:PORT][/PATH] or https://..., not '%s'", given);
    }
    struct buf base = BUF(s->base);
    url_unescape(&base, bytes_equal(url.path, BYTES("/")) ? (struct bytes){0} : url.path);
    buf_cstr(&base);
    snprintf(s->home_url, sizeof s->home_url, "%s/", s->url);
    snprintf(s->announce_url, sizeof s->announce_url, "%.2000s/announce", s->url);
    snprintf(s->files_url, sizeof s->files_url, "%.2000s/f/", s->url);
    return 0;
}

/* What the public URL's host means; it may well be unknown here. */
static void
resolve_url(struct serve *s)
{
    struct lookup lookup = {0};
    struct url url;
    int64_t deadline_ms = sys_now_ms() + RESOLVE_MS;
    if (!url_parse(&url, bytes_of_text(s->url)) || !lookup_start(&lookup, url.host, 1)) {
        return;
    }
    int result = lookup_poll(&lookup);
    while (result == SYS_AGAIN && sys_now_ms() < deadline_ms && sys_stop_requests() == 0) {
        sys_wants_start(&s->wants, deadline_ms);
        sys_poll(&s->wants);
        result = lookup_poll(&lookup);
    }
    if (result != SYS_OK) {
        lookup_cancel(&lookup);
        note("%.*s cannot be looked up from here", (int)url.host.len, (const char *)url.host.ptr);
        return;
    }
    for (size_t i = 0; i < lookup.count && s->url_addr_count < SERVE_SELF_MAX; i++) {
        s->url_addrs[s->url_addr_count] = lookup.addrs[i];
        s->url_addrs[s->url_addr_count++].port = 0;
    }
}

static bool
means_loopback(const struct serve *s)
{
    for (size_t i = 0; i < s->url_addr_count; i++) {
        if (addr_is_loopback(&s->url_addrs[i])) {
            return true;
        }
    }
    return false;
}

static void
open_udp(struct serve *s)
{
    struct addr at = http_server_addr(s->http);
    int error = serve_udp_open(&s->udp, &at);
    if (error != SYS_OK) {
        note("the tracker cannot listen on UDP port %u: %s; there is none but by HTTP", at.port,
             sys_error_text(error));
    }
}

int
serve_network_open(struct serve *s, const struct serve_network *o)
{
    struct http_server_config http = {.handler = serve_handle,
                                      .context = s,
                                      .clients_max = CLIENTS_MAX,
                                      .files_per_s = o->web_up};
    int error;
    int code = parse_listen(o->listen, &http.listen);
    if (code) {
        return code;
    }
    s->http = http_server_open(&http, &error);
    if (!s->http) {
        return complain(EXIT_INCOMPLETE, "cannot listen on port %u: %s; try another --listen",
                        http.listen.port, sys_error_text(error));
    }
    struct engine_config engine = {.port = o->port,
                                   .listen = true,
                                   .use_trackers = true,
                                   .ca_pem = s->settings.ca,
                                   .max_up = o->peer_up};
    s->engine = engine_new(&engine, &error);
    if (!s->engine) {
        return complain(EXIT_INCOMPLETE, "the peer cannot listen on port %u: %s", o->port,
                        sys_error_text(error));
    }
    if (o->with_udp) {
        open_udp(s);
    }
    return set_url(s, o->url);
}

/* The tracker by UDP as others reach it. A public URL in front of a listener that only this machine
 * can reach means that a web server stands between, which does not pass datagrams on. */
static void
set_udp_url(struct serve *s)
{
    struct addr at = http_server_addr(s->http);
    struct buf b = BUF(s->udp_url);
    struct url url;
    if ((addr_is_loopback(&at) && !means_loopback(s)) || !url_parse(&url, bytes_of_text(s->url))) {
        serve_udp_close(&s->udp);
    }
    if (s->udp.sock == SYS_NONE) {
        return;
    }
    bool is_v6 = memchr(url.host.ptr, ':', url.host.len) != NULL;
    buf_text(&b, is_v6 ? "udp://[" : "udp://");
    buf_add(&b, url.host);
    buf_text(&b, is_v6 ? "]:" : ":");
    buf_u64(&b, at.port);
    buf_text(&b, "/announce");
    buf_cstr(&b);
}

/* Our own tracker and web seed in front of those that were given; these go into the torrents, so
 * the apps need not be told again.
 *
 * HTTP and UDP are the same tracker, so one of them is enough. They are a tier each, not one
 * together, which clients would shuffle (BEP 12): HTTP surely leads here, because the torrent or
 * the app came that way, through whatever router or web server is in front. UDP may be dropped on
 * the way, which a client notices after 15 s. */
static void
set_sources(struct serve *s)
{
    struct source_list *to = &s->sources;
    struct payload *p = &s->settings;
    to->trackers[to->tracker_count++] = bytes_of_text(s->announce_url);
    if (s->udp_url[0]) {
        to->tracker_tier[to->tracker_count] = 1;
        to->trackers[to->tracker_count++] = bytes_of_text(s->udp_url);
    }
    uint32_t own = s->own_tracker_count = to->tracker_count;
    for (uint32_t i = 0; i < p->tracker_count && to->tracker_count < TRACKERS_MAX; i++) {
        to->tracker_tier[to->tracker_count] = p->tracker_tier[i] + own;
        to->trackers[to->tracker_count++] = p->trackers[i];
    }
    to->webseeds[to->webseed_count++] = bytes_of_text(s->files_url);
    for (uint32_t i = 0; i < p->webseed_count && to->webseed_count < WEBSEEDS_MAX; i++) {
        to->webseeds[to->webseed_count++] = p->webseeds[i];
    }
    p->tracker_count = p->webseed_count = 0;
    s->extra = (struct make_extra){.sources = to, .date = -1};
}

void
serve_network_settle(struct serve *s)
{
    resolve_url(s);
    set_udp_url(s);
    set_sources(s);
}
