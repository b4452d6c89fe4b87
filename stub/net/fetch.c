/* The HTTP client's way from a URL to a head: look-up, connection, request, redirects. What
 * follows the head is net/fetch_body.
 *
 * A "hop" is one request to one URL; a redirect starts the next hop. */
#include "net/fetch.h"

#include <string.h>

#include "base/check.h"
#include "net/fetch_body.h"

enum {
    /* While more addresses are left one that is silent does not hold us up for long. */
    ADDRESS_TIMEOUT_MS = CONNECT_TIMEOUT_MS / 3,
    LOOKUP_RETRY_MS = 100, /* too many look-ups under way */
    HOST_SHOWN_MAX = 60,   /* of a host name in an error text */
    HEAD_RECEIVE_MAX = 16384,
};

void
fetch_fail(struct fetch *f, const char *why)
{
    struct buf b = BUF(f->why);
    b.max--;
    if (f->url.host.len > 0) {
        buf_add(&b, bytes_first(f->url.host, HOST_SHOWN_MAX));
        buf_text(&b, ": ");
    }
    buf_add(&b, bytes_first(bytes_of_text(why), b.max - b.len));
    b.max++;
    buf_cstr(&b);
    fetch_cancel(f);
    conn_close(&f->conn);
    f->state = FETCH_FAILED;
}

/* ---- Life */

void
fetch_init(struct fetch *f, const struct fetch_config *config)
{
    f->config = *config;
    conn_init(&f->conn, f->kept, sizeof(f->kept), f->out, sizeof(f->out));
}

void
fetch_cancel(struct fetch *f)
{
    if (f->state != FETCH_IDLE && f->state != FETCH_DONE) {
        conn_close(&f->conn);
    }
    lookup_cancel(&f->lookup);
    f->rest_len = 0;
    f->state = FETCH_IDLE;
}

void
fetch_close(struct fetch *f)
{
    fetch_cancel(f);
    conn_close(&f->conn);
}

/* ---- Request */

static void
put_host(struct buf *b, const struct url *u)
{
    bool is_v6 = bytes_find(u->host, ':') < u->host.len;
    uint16_t usual = u->scheme == URL_HTTPS ? 443 : 80;
    buf_text(b, is_v6 ? "[" : "");
    buf_add(b, u->host);
    buf_text(b, is_v6 ? "]" : "");
    if (u->port != usual) {
        buf_byte(b, ':');
        buf_u64(b, u->port);
    }
}

static void
put_target(struct buf *b, const struct fetch *f)
{
    if (f->target_len > 0) {
        buf_add(b, bytes_of(f->target, f->target_len));
        return;
    }
    buf_add(b, f->url.path.len > 0 ? f->url.path : BYTES("/"));
    if (f->url.query.len > 0) {
        buf_byte(b, '?');
        buf_add(b, f->url.query);
    }
}

static void
send_request(struct fetch *f, int64_t now_ms)
{
    uint8_t mem[sizeof(f->out)];
    struct buf b = BUF(mem);
    buf_text(&b, "GET ");
    put_target(&b, f);
    buf_text(&b, " HTTP/1.1\r\nHost: ");
    put_host(&b, &f->url);
    buf_text(&b, "\r\nUser-Agent: ");
    buf_text(&b, f->config.user_agent);
    buf_text(&b, "\r\nAccept: */*\r\n");
    if (f->config.accept_gzip) {
        buf_text(&b, "Accept-Encoding: gzip\r\n");
    }
    if (f->ask_end > 0) {
        buf_text(&b, "Range: bytes=");
        buf_u64(&b, f->ask_first);
        buf_byte(&b, '-');
        buf_u64(&b, f->ask_end - 1);
        buf_text(&b, "\r\n");
    }
    buf_text(&b, "\r\n");
    if (b.full) {
        fetch_fail(f, "the address is too long");
        return;
    }
    f->received_before = f->conn.received;
    f->active_ms = now_ms;
    f->state = FETCH_HEAD;
    conn_put(&f->conn, buf_bytes(&b));
    conn_flush(&f->conn, NULL, SIZE_MAX, now_ms);
}

/* ---- Connection */

/* Why this hop may not go to this address, or NULL. */
static const char *
refusal(const struct fetch *f, const struct addr *to)
{
    bool is_local = addr_is_local(to);
    if (is_local && f->was_global) {
        return "a public server may not send us to an address in the local network";
    }
    if (f->config.purpose == FETCH_FOR_TRACKER && !url_ok_for_tracker(&f->url, is_local)) {
        return "a tracker in the local network must have an address that ends in \"announce\"";
    }
    if (f->config.purpose == FETCH_FOR_WEBSEED && !url_ok_for_webseed(&f->url, is_local)) {
        return "a web seed in the local network must have an address without a query";
    }
    return NULL;
}

/* Starts with the next address that may be talked to; `why` is told when there is none. */
static void
connect_next(struct fetch *f, const char *why, int64_t now_ms)
{
    while (f->addr_index < f->lookup.count) {
        const struct addr *to = &f->lookup.addrs[f->addr_index++];
        const char *refused = refusal(f, to);
        if (refused) {
            why = refused;
            continue;
        }
        struct buf host = BUF(f->conn_host);
        buf_add(&host, f->url.host);
        buf_cstr(&host);
        f->conn_port = f->url.port;
        f->conn_tls = f->url.scheme == URL_HTTPS;
        conn_close(&f->conn);
        if (f->conn_tls) {
            conn_connect_tls(&f->conn, to, f->conn_host, f->config.roots, now_ms);
        } else {
            conn_connect(&f->conn, to, now_ms);
        }
        if (f->conn.state != CONN_CLOSED) {
            f->state = FETCH_CONNECT;
            return;
        }
        f->tls_trouble = f->conn_tls && !f->conn.tls;
        why = f->conn.why;
    }
    fetch_fail(f, why);
}

static void
turn_lookup(struct fetch *f, int64_t now_ms)
{
    if (!f->lookup.active && !lookup_start(&f->lookup, f->url.host, f->url.port)) {
        f->active_ms = now_ms;
        return;
    }
    int result = lookup_poll(&f->lookup);
    if (result == SYS_OK) {
        f->addr_index = 0;
        connect_next(f, "no such host", now_ms);
    } else if (result == SYS_NOT_FOUND) {
        fetch_fail(f, "no such host");
    } else if (result == SYS_TIMED_OUT) {
        fetch_fail(f, "the name server does not answer");
    } else if (result != SYS_AGAIN) {
        fetch_fail(f, "its address could not be looked up");
    }
}

static void
turn_connect(struct fetch *f, const struct sys_wants *w, int64_t now_ms)
{
    bool in_tls = f->conn.state == CONN_TLS;
    bool more_left = f->addr_index < f->lookup.count;
    conn_turn(&f->conn, w, now_ms);
    switch (f->conn.state) {
    case CONN_CLOSED:
        if (in_tls) {
            f->tls_trouble = true;
            fetch_fail(f, f->conn.why);
        } else {
            connect_next(f, f->conn.why, now_ms);
        }
        break;
    case CONN_OPEN: send_request(f, now_ms); break;
    case CONN_CONNECTING:
        if (more_left && now_ms - f->conn.since_ms >= ADDRESS_TIMEOUT_MS) {
            connect_next(f, "no answer", now_ms);
        }
        break;
    case CONN_TLS:
    case CONN_NONE: break;
    }
}

static void
start_connection(struct fetch *f, int64_t now_ms)
{
    conn_close(&f->conn);
    f->conn_reused = false;
    f->state = FETCH_LOOKUP;
    turn_lookup(f, now_ms);
}

static void
start_hop(struct fetch *f, int64_t now_ms)
{
    bool is_same = f->conn.state == CONN_OPEN && !f->conn.input_ended &&
                   f->url.port == f->conn_port && (f->url.scheme == URL_HTTPS) == f->conn_tls &&
                   bytes_equal_nocase(f->url.host, bytes_of_text(f->conn_host));
    if (is_same && !refusal(f, &f->conn.addr)) {
        f->conn_reused = true;
        send_request(f, now_ms);
    } else {
        start_connection(f, now_ms);
    }
}

void
fetch_start(struct fetch *f, struct bytes url, struct bytes target, uint64_t first, uint64_t end,
            int64_t now_ms)
{
    fetch_cancel(f);
    f->why[0] = '\0';
    f->status = 0;
    f->tls_trouble = f->moved = f->redirect_permanent = false;
    f->was_global = f->paused = false;
    f->redirects = 0;
    f->ask_first = first;
    f->ask_end = end;
    f->url = (struct url){0};
    f->active_ms = now_ms;
    f->target_len = target.len;
    if (url.len > URL_LEN_MAX || target.len > sizeof(f->target)) {
        fetch_fail(f, "the address is too long");
        return;
    }
    if (url.len > 0) { /* it may be the one of the last time */
        memmove(f->url_mem, url.ptr, url.len);
    }
    if (target.len > 0) {
        memcpy(f->target, target.ptr, target.len);
    }
    if (!url_parse(&f->url, bytes_of(f->url_mem, url.len)) || f->url.scheme == URL_UDP) {
        f->url = (struct url){0};
        fetch_fail(f, "this is no web address");
        return;
    }
    start_hop(f, now_ms);
}

/* ---- Head of the answer */

static bool
is_redirect(int status)
{
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* Goes where a redirect points. */
static void
follow(struct fetch *f, const struct http_head *h, int64_t now_ms)
{
    uint8_t mem[URL_LEN_MAX], location_mem[URL_LEN_MAX];
    struct buf b = BUF(mem), location = BUF(location_mem);
    struct url to;
    /* Some servers send spaces and letters beyond ASCII as they are. */
    buf_url_escaped(&location, http_header(h, "Location"), ":/?#[]@!$&'()*+,;=%");
    if (f->redirects == HTTP_REDIRECTS_MAX) {
        fetch_fail(f, "it redirects too often");
        return;
    }
    if (location.full || !url_resolve(&f->url, buf_bytes(&location), &b) ||
        !url_parse(&to, buf_bytes(&b)) || to.scheme == URL_UDP) {
        fetch_fail(f, "it redirects to something that is no web address");
        return;
    }
    if (f->url.scheme == URL_HTTPS && to.scheme != URL_HTTPS) {
        fetch_fail(f, "it redirects from a secure address to an insecure one");
        return;
    }
    bool is_permanent = h->status == 301 || h->status == 308;
    f->redirect_permanent = is_permanent && (f->redirects == 0 || f->redirect_permanent);
    f->redirects++;
    f->moved = true;
    f->was_global = f->was_global || !addr_is_local(&f->conn.addr);
    f->target_len = 0;
    memcpy(f->url_mem, b.ptr, b.len);
    bool is_good = url_parse(&f->url, bytes_of(f->url_mem, b.len));
    check(is_good);
    start_connection(f, now_ms);
}

/* Takes what the owner and the body need to know. */
static void
take_head(struct fetch *f, const struct http_head *h)
{
    struct bytes connection = http_header(h, "Connection");
    struct bytes encoding = http_header(h, "Content-Encoding");
    uint64_t seconds = 0;
    if (!http_body_start(&f->body, h, false)) {
        fetch_fail(f, "its answer is not proper HTTP");
        return;
    }
    f->status = h->status;
    f->has_range = h->status == 206 &&
                   http_parse_content_range(http_header(h, "Content-Range"), &f->range_first,
                                            &f->range_last, &f->range_total);
    f->retry_after_s = 0;
    if (bytes_to_u64(http_header(h, "Retry-After"), UINT32_MAX, &seconds)) {
        f->retry_after_s = (uint32_t)seconds;
    }
    f->is_packed = false;
    /* Without our asking, an encoding belongs to the file itself (a .gz that is served as is). */
    if (f->config.accept_gzip && encoding.len > 0 &&
        !bytes_equal_nocase(encoding, BYTES("identity"))) {
        f->is_packed = bytes_equal_nocase(encoding, BYTES("gzip")) ||
                       bytes_equal_nocase(encoding, BYTES("x-gzip")) ||
                       bytes_equal_nocase(encoding, BYTES("deflate"));
        if (!f->is_packed) {
            fetch_fail(f, "it answers in an encoding that nobody asked for");
            return;
        }
    }
    bool has_length = f->body.framing == HTTP_LENGTH;
    f->length = has_length ? (int64_t)f->body.left : f->body.framing == HTTP_NO_BODY ? 0 : -1;
    f->keep_alive = f->body.framing != HTTP_UNTIL_CLOSE && !http_has_token(connection, "close") &&
                    (h->minor_version == 1 || http_has_token(connection, "keep-alive"));
    f->state = FETCH_BODY;
}

/* The connection is gone before the head was complete. */
static void
lose_connection(struct fetch *f, int64_t now_ms)
{
    bool is_silent = f->conn.received == f->received_before;
    if (f->conn_reused && is_silent) {
        start_connection(f, now_ms); /* it had timed out; that says nothing about the server */
    } else if (f->conn.state == CONN_CLOSED) {
        fetch_fail(f, f->conn.why);
    } else {
        fetch_fail(f, is_silent ? "it closed the connection without an answer"
                                : "it broke off in the middle of its answer");
    }
}

static struct bytes
turn_head(struct fetch *f, const struct sys_wants *w, struct scratch *s, size_t max, int64_t now_ms)
{
    struct http_head head;
    size_t fresh;
    enum parse result;
    conn_turn(&f->conn, w, now_ms);
    max = max < HEAD_RECEIVE_MAX ? max : HEAD_RECEIVE_MAX;
    struct bytes in = conn_input(&f->conn, w, s, max, now_ms, &fresh);
    f->active_ms = fresh > 0 ? now_ms : f->active_ms;
    do { /* over the 1xx heads that may come in front */
        result = http_parse_response(&head, in);
        if (result == PARSE_OK && head.status < 200) {
            in = bytes_skip(in, head.size);
        }
    } while (result == PARSE_OK && head.status < 200 && head.status != 101);
    if (result == PARSE_BAD || (result == PARSE_OK && head.status < 200)) {
        fetch_fail(f, "its answer is not proper HTTP");
    } else if (result == PARSE_MORE && (f->conn.state == CONN_CLOSED || f->conn.input_ended)) {
        lose_connection(f, now_ms);
    } else if (result == PARSE_MORE) {
        conn_keep(&f->conn, in);
    } else if (is_redirect(head.status) && http_header(&head, "Location").len > 0) {
        follow(f, &head, now_ms);
    } else {
        take_head(f, &head);
    }
    if (f->state != FETCH_BODY) {
        return (struct bytes){0};
    }
    conn_keep(&f->conn, (struct bytes){0});
    return fetch_body_decode(f, s, bytes_skip(in, head.size), 0, fresh);
}

/* ---- Each turn */

/* One that failed outside its turn is seen to at once. */
static void
wants_connection(struct fetch *f, struct sys_wants *w, bool read)
{
    conn_wants(&f->conn, w, read, false);
    if (f->conn.state == CONN_CLOSED || f->conn.input_ended) {
        sys_wants_wake(w, 0);
    }
}

void
fetch_wants(struct fetch *f, struct sys_wants *w, bool read)
{
    f->paused = (f->state == FETCH_HEAD || f->state == FETCH_BODY) && !read;
    switch (f->state) {
    case FETCH_LOOKUP:
        if (!f->lookup.active) {
            sys_wants_wake(w, f->active_ms + LOOKUP_RETRY_MS);
        }
        break;
    case FETCH_CONNECT:
        wants_connection(f, w, false);
        if (f->conn.state == CONN_CONNECTING && f->addr_index < f->lookup.count) {
            sys_wants_wake(w, f->conn.since_ms + ADDRESS_TIMEOUT_MS);
        }
        break;
    case FETCH_HEAD:
        wants_connection(f, w, read);
        if (read) {
            sys_wants_wake(w, f->active_ms + HTTP_TIMEOUT_MS);
        }
        break;
    case FETCH_BODY:
        conn_wants(&f->conn, w, read && !f->conn.input_ended, false);
        if (read) {
            sys_wants_wake(w, f->conn.input_ended ? 0 : f->active_ms + HTTP_TIMEOUT_MS);
        }
        break;
    case FETCH_IDLE:
    case FETCH_DONE:
    case FETCH_FAILED: /* an idle connection is watched, so that its end is seen */
        conn_wants(&f->conn, w, true, false);
        if (f->conn.state == CONN_OPEN) {
            sys_wants_wake(w, f->conn.put_ms + HTTP_IDLE_TIMEOUT_MS);
        }
        break;
    }
}

/* Nothing may come on a connection that nobody uses. */
static void
watch_idle(struct fetch *f, const struct sys_wants *w, struct scratch *s, int64_t now_ms)
{
    size_t fresh = 0;
    conn_turn(&f->conn, w, now_ms);
    conn_input(&f->conn, w, s, 1, now_ms, &fresh);
    bool is_old = now_ms - f->conn.put_ms >= HTTP_IDLE_TIMEOUT_MS;
    if (f->conn.state != CONN_OPEN || fresh > 0 || f->conn.input_ended || is_old) {
        conn_close(&f->conn);
    }
}

struct bytes
fetch_turn(struct fetch *f, const struct sys_wants *w, struct scratch *s, size_t max,
           int64_t now_ms)
{
    struct bytes data = {0};
    if (f->paused) {
        f->active_ms = now_ms;
    }
    switch (f->state) {
    case FETCH_LOOKUP: turn_lookup(f, now_ms); break;
    case FETCH_CONNECT: turn_connect(f, w, now_ms); break;
    case FETCH_HEAD: data = turn_head(f, w, s, max, now_ms); break;
    case FETCH_BODY: data = fetch_body_turn(f, w, s, max, now_ms); break;
    case FETCH_DONE:
        data = bytes_of(f->kept, f->rest_len);
        f->rest_len = 0;
        break;
    case FETCH_IDLE:
    case FETCH_FAILED: break;
    }
    bool is_waiting = f->state == FETCH_HEAD || f->state == FETCH_BODY;
    if (is_waiting && data.len == 0 && now_ms - f->active_ms >= HTTP_TIMEOUT_MS) {
        fetch_fail(f, "no answer");
    }
    bool is_idle = f->state == FETCH_IDLE || f->state == FETCH_DONE;
    if (is_idle && f->conn.state != CONN_NONE && data.len == 0) {
        watch_idle(f, w, s, now_ms);
    }
    return data;
}

void
fetch_keep(struct fetch *f, struct bytes rest)
{
    check(rest.len <= sizeof(f->kept));
    f->rest_len = 0;
    if (f->state == FETCH_BODY) {
        conn_keep(&f->conn, rest);
        f->rest_len = rest.len;
    } else if (f->state == FETCH_DONE && rest.len > 0) {
        memmove(f->kept, rest.ptr, rest.len);
        f->rest_len = rest.len;
    }
}
