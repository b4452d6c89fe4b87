/* The page's server. What is said once a state has changed is made here from the sheet; the page
 * itself is a template (page.html), whose [[words]] are filled in once, at the start. */
#include "ui/page_server.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "ui/format.h"
#include "ui/json.h"
#include "ui/long_text.h"
#include "ui/text.h"
#include "wire/url.h"

enum {
    CLIENTS_MAX = 16,
    TOKEN_SIZE = 16, /* random bytes; twice as many characters */
    STATE_MAX = 98304,
    DETAILS_MAX = 65536,
    PAGE_MAX = LONG_TEXT_MAX,
    DETAILS_FOR_MS = 8000, /* the page asks again every two seconds */
};

struct page_server {
    const struct language *language;
    struct arena arena;
    struct http_server *http;
    struct face_wish *wish;
    uint16_t port;
    bool was_opened; /* the key is of no use any more */
    char key[TOKEN_SIZE * 2], token[TOKEN_SIZE * 2], nonce[TOKEN_SIZE * 2];
    struct buf page, state, details, new_state; /* a state has "data: " and an empty line around */
    bool was_asked;                             /* for details */
    int64_t asked_ms;
    char headers[1024];
    struct scratch scratch;
    uint8_t page_mem[PAGE_MAX], state_mem[2][STATE_MAX], details_mem[DETAILS_MAX];
};

/* ---- Reading requests */

/* Takes as long whatever the difference is, so that nobody finds a token letter by letter. */
static bool
is_same_secret(struct bytes a, struct bytes b)
{
    unsigned differs = a.len != b.len;
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        differs |= (unsigned)(a.ptr[i] ^ b.ptr[i]);
    }
    return differs == 0;
}

/* "<front>127.0.0.1:PORT", or with localhost, whatever the case. */
static bool
is_here(struct bytes value, const char *front, uint16_t port)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t mem[64];
        struct buf b = BUF(mem);
        buf_text(&b, front);
        buf_text(&b, names[i]);
        buf_byte(&b, ':');
        buf_u64(&b, port);
        if (bytes_equal_nocase(value, buf_bytes(&b))) {
            return true;
        }
    }
    return false;
}

/* Does it come from our own page, or from nowhere (the address was opened by hand)? Each header of
 * the kind has to say so. */
static bool
comes_from_here(const struct http_head *h, uint16_t port)
{
    unsigned hosts = 0;
    for (size_t i = 0; i < h->header_count; i++) {
        struct bytes name = h->headers[i].name, value = h->headers[i].value;
        bool good = true;
        if (bytes_equal_nocase(name, BYTES("Host"))) {
            good = is_here(value, "", port);
            hosts++;
        } else if (bytes_equal_nocase(name, BYTES("Origin"))) {
            good = is_here(value, "http://", port);
        } else if (bytes_equal_nocase(name, BYTES("Sec-Fetch-Site"))) {
            good = bytes_equal(value, BYTES("same-origin")) || bytes_equal(value, BYTES("none"));
        }
        if (!good) {
            return false;
        }
    }
    return hosts == 1;
}

/* The value of `key` in "a=1&b=2", unescaped into `out`. False: absent, or wrongly escaped. */
static bool
query_value(struct bytes query, const char *key, struct buf *out)
{
    while (query.len > 0) {
        struct bytes value = bytes_cut(&query, '&');
        struct bytes name = bytes_cut(&value, '=');
        if (bytes_equal(name, bytes_of_text(key))) {
            return url_unescape(out, value) && !out->full;
        }
    }
    return false;
}

/* "on=1" or "on=0". */
static enum page_deed
read_switch(struct bytes query, bool *on, bool *off)
{
    uint8_t mem[2];
    struct buf b = BUF(mem);
    bool good = query_value(query, "on", &b) && b.len == 1 && (mem[0] == '0' || mem[0] == '1');
    *on = good && mem[0] == '1';
    *off = good && mem[0] == '0';
    return good ? PAGE_WISH : PAGE_BAD;
}

static enum page_deed
read_start(struct bytes query, struct face_wish *wish)
{
    uint8_t mem[2];
    struct buf folder = buf_over(wish->folder, sizeof wish->folder - 1), listen = BUF(mem);
    if (!query_value(query, "folder", &folder) || folder.len == 0 ||
        bytes_find(buf_bytes(&folder), '\0') < folder.len) {
        return PAGE_BAD;
    }
    wish->folder[folder.len] = '\0';
    wish->listen = query_value(query, "listen", &listen) && listen.len == 1 && mem[0] == '1';
    wish->start = true;
    return PAGE_WISH;
}

static enum page_deed
read_limit(struct bytes query, struct face_wish *wish)
{
    uint8_t mem[24];
    struct buf b = BUF(mem);
    wish->limit = query_value(query, "up", &b) &&
                  bytes_to_u64(buf_bytes(&b), (uint64_t)1 << 40, &wish->max_up);
    return wish->limit ? PAGE_WISH : PAGE_BAD;
}

static enum page_deed
read_post(struct bytes what, struct bytes query, struct face_wish *wish)
{
    static const char names[] = "start\0limit\0listen\0keep\0stop\0pause\0resume\0show\0";
    unsigned i = 0;
    while (*text_at(names, i) && !bytes_equal(what, bytes_of_text(text_at(names, i)))) {
        i++;
    }
    switch (i) {
    case 0: return read_start(query, wish);
    case 1: return read_limit(query, wish);
    case 2: return read_switch(query, &wish->listen, &wish->deaf);
    case 3: return read_switch(query, &wish->keep_sharing, &wish->share_less);
    case 4: wish->stop = true; break;
    case 5: wish->pause = true; break;
    case 6: wish->resume = true; break;
    case 7: wish->show = true; break;
    default: return PAGE_UNKNOWN;
    }
    return PAGE_WISH;
}

enum page_deed
page_read(const struct http_request *q, struct bytes token, uint16_t port, struct face_wish *wish)
{
    struct bytes path = bytes_skip(q->path, 1);
    struct bytes given = bytes_first(path, token.len);
    struct bytes what = bytes_skip(path, token.len);
    bool is_get = bytes_equal(q->head->method, BYTES("GET"));
    *wish = (struct face_wish){0};
    if (!is_same_secret(given, token) || !bytes_starts(what, BYTES("/")) ||
        !comes_from_here(q->head, port)) {
        return PAGE_FORBIDDEN;
    }
    what = bytes_skip(what, 1);
    enum page_deed deed = what.len == 0                         ? PAGE_ITSELF
                          : bytes_equal(what, BYTES("events"))  ? PAGE_EVENTS
                          : bytes_equal(what, BYTES("details")) ? PAGE_DETAILS
                                                                : PAGE_WISH;
    if (is_get != (deed != PAGE_WISH)) {
        return PAGE_METHOD;
    }
    return is_get ? deed : read_post(what, q->query, wish);
}

/* ---- Answering */

/* Several requests may come in one turn: each adds to what is wanted. */
static void
add_wish(struct face_wish *all, const struct face_wish *w)
{
    all->stop |= w->stop;
    all->show |= w->show;
    if (w->start) {
        all->start = true;
        memcpy(all->folder, w->folder, sizeof all->folder);
    }
    if (w->pause || w->resume) {
        all->pause = w->pause;
        all->resume = w->resume;
    }
    if (w->listen || w->deaf || w->start) {
        all->listen = w->listen;
        all->deaf = w->deaf;
    }
    if (w->keep_sharing || w->share_less) {
        all->keep_sharing = w->keep_sharing;
        all->share_less = w->share_less;
    }
    if (w->limit) {
        all->limit = true;
        all->max_up = w->max_up;
    }
}

static void
handle(void *context, const struct http_request *q, struct http_answer *a)
{
    struct page_server *p = context;
    struct face_wish wish;
    enum page_deed deed = page_read(q, bytes_of(p->token, sizeof p->token), p->port, &wish);
    if (deed == PAGE_FORBIDDEN && !p->was_opened &&
        page_read(q, bytes_of(p->key, sizeof p->key), p->port, &wish) == PAGE_ITSELF) {
        deed = PAGE_ITSELF;
    }
    a->extra_headers = p->headers;
    a->no_ranges = true;
    a->status = 200;
    switch (deed) {
    case PAGE_FORBIDDEN: a->status = 403; break;
    case PAGE_UNKNOWN: a->status = 404; break;
    case PAGE_METHOD:
        a->status = 405;
        a->allow = bytes_equal(q->head->method, BYTES("GET")) ? "POST" : "GET";
        break;
    case PAGE_BAD: a->status = 400; break;
    case PAGE_ITSELF:
        a->content_type = "text/html; charset=utf-8";
        a->body = buf_bytes(&p->page);
        a->body_is_static = true;
        break;
    case PAGE_EVENTS:
        a->content_type = "text/event-stream";
        a->body = buf_bytes(&p->state);
        a->is_stream = true;
        p->was_opened = true;
        break;
    case PAGE_DETAILS:
        a->content_type = "application/json";
        a->body = buf_bytes(&p->details);
        p->was_asked = true;
        p->asked_ms = q->now_ms;
        break;
    case PAGE_WISH:
        a->status = 204;
        add_wish(p->wish, &wish);
        break;
    }
}

/* ---- The page */

static const struct {
    char word[12];
    uint8_t id; /* enum text_id */
} words[] = {
    {"lang", TEXT_LANGUAGE},
    {"folder", TEXT_LABEL_FOLDER},
    {"where", TEXT_LABEL_WHERE},
    {"listen", TEXT_LABEL_LISTEN},
    {"listenhint", TEXT_LABEL_LISTEN_HINT},
    {"start", TEXT_LABEL_START},
    {"notnow", TEXT_LABEL_NOT_NOW},
    {"pause", TEXT_LABEL_PAUSE},
    {"resume", TEXT_LABEL_RESUME},
    {"stop", TEXT_LABEL_STOP},
    {"show", TEXT_LABEL_SHOW},
    {"keep", TEXT_LABEL_KEEP},
    {"limit", TEXT_LABEL_LIMIT},
    {"unlimited", TEXT_LABEL_UNLIMITED},
    {"down", TEXT_LABEL_DOWN},
    {"up", TEXT_LABEL_UP},
    {"left", TEXT_LABEL_LEFT},
    {"people", TEXT_LABEL_PEOPLE},
    {"details", TEXT_LABEL_DETAILS},
    {"map", TEXT_LABEL_MAP},
    {"address", TEXT_LABEL_ADDRESS},
    {"program", TEXT_LABEL_PROGRAM},
    {"has", TEXT_LABEL_HAS},
    {"log", TEXT_LABEL_LOG},
    {"nothing", TEXT_LABEL_NOTHING},
    {"gone", TEXT_LABEL_GONE},
    {"noscript", TEXT_LABEL_NO_SCRIPT},
};

static void
put_word(struct page_server *p, struct bytes word)
{
    bool is_token = bytes_equal(word, BYTES("token"));
    if (is_token || bytes_equal(word, BYTES("nonce"))) {
        buf_add(&p->page, bytes_of(is_token ? p->token : p->nonce, TOKEN_SIZE * 2));
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (bytes_equal(word, bytes_of_text(words[i].word))) {
            uint8_t mem[512];
            struct buf b = BUF(mem);
            text_put(&b, p->language, (enum text_id)words[i].id);
            buf_html_escaped(&p->page, buf_bytes(&b));
            return;
        }
    }
    check(false);
}

static void
fill_page(struct page_server *p)
{
    uint8_t mem[LONG_TEXT_MAX];
    struct buf room = BUF(mem);
    struct bytes rest = long_text_get(LONG_TEXT_PAGE, &room);
    while (rest.len > 0) {
        struct bytes plain = bytes_first(rest, bytes_find_part(rest, BYTES("[[")));
        buf_add(&p->page, plain);
        rest = bytes_skip(rest, plain.len + 2);
        if (rest.len > 0) {
            struct bytes word = bytes_first(rest, bytes_find_part(rest, BYTES("]]")));
            put_word(p, word);
            rest = bytes_skip(rest, word.len + 2);
        }
    }
    check(!p->page.full);
}

static void
fill_headers(struct page_server *p)
{
    struct buf b = BUF(p->headers);
    buf_text(&b, "Cache-Control: no-store\r\n"
                 "Referrer-Policy: no-referrer\r\n"
                 "X-Content-Type-Options: nosniff\r\n"
                 "X-Frame-Options: DENY\r\n"
                 "Cross-Origin-Opener-Policy: same-origin\r\n"
                 "Cross-Origin-Resource-Policy: same-origin\r\n"
                 "Content-Security-Policy: default-src 'none'; connect-src 'self'; img-src data:; "
                 "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    static const char *const kinds[] = {"; script-src 'nonce-", "; style-src 'nonce-"};
    for (size_t i = 0; i < 2; i++) {
        buf_text(&b, kinds[i]);
        buf_add(&b, bytes_of(p->nonce, sizeof p->nonce));
        buf_byte(&b, '\'');
    }
    buf_text(&b, "\r\n");
    check(!b.full);
    buf_cstr(&b);
}

static void
make_secret(char out[TOKEN_SIZE * 2])
{
    uint8_t random[TOKEN_SIZE];
    struct buf b = buf_over(out, TOKEN_SIZE * 2);
    sys_random(random, sizeof random);
    buf_hex(&b, bytes_of(random, sizeof random));
}

/* ---- What it tells */

static void
put_buttons(struct buf *b, unsigned buttons)
{
    const char *name = "start\0stop\0pause\0resume\0show\0keep\0listen\0limit\0";
    json_key(b, "buttons");
    buf_byte(b, '[');
    for (; *name; name = text_at(name, 1), buttons >>= 1) {
        if (buttons & 1) {
            json_item(b, bytes_of_text(name));
        }
    }
    buf_byte(b, ']');
}

void
page_server_show(struct page_server *p, const struct sheet *s, const struct sheet_facts *f)
{
    static const char kinds[] = "ask\0progress\0done\0trouble\0end";
    const char *line = "heading\0title\0size\0publisher\0message\0note\0folder\0status\0down\0up\0"
                       "left\0people\0shared\0what\0remedy\0exactly\0tab\0";
    struct buf *b = &p->new_state;
    b->len = 0;
    b->full = false;
    buf_text(b, "retry: 1000\ndata: {");
    json_string(b, "sheet", bytes_of_text(text_at(kinds, s->kind)));
    json_bool(b, "over", f->over);
    json_number(b, "permille", s->permille);
    json_bool(b, "listens", f->listens);
    json_bool(b, "keeps", f->keeps_sharing);
    json_number(b, "limit", (int64_t)f->start->max_up);
    put_buttons(b, s->buttons);
    for (size_t i = 0; i < SHEET_LINES; i++, line = text_at(line, 1)) {
        if (s->line[i].len > 0) {
            json_string(b, line, s->line[i]);
        }
    }
    buf_text(b, "}\n\n");
    if (b->full || bytes_equal(buf_bytes(b), buf_bytes(&p->state))) {
        return;
    }
    struct buf old = p->state;
    p->state = *b;
    *b = old;
    http_server_push(p->http, buf_bytes(&p->state));
}

static void
put_peer(struct buf *b, const struct language *l, const struct swarm_peer *peer)
{
    uint8_t mem[4][320];
    struct buf address = BUF(mem[0]), client = BUF(mem[1]), down = BUF(mem[2]), up = BUF(mem[3]);
    bool is_web = peer->url.len > 0;
    if (is_web) {
        format_foreign(&address, bytes_first(peer->url, 100), false);
        text_put(&client, l, TEXT_LABEL_WEB);
    } else {
        addr_print(&address, &peer->addr);
        format_foreign(&client, bytes_of(peer->client, peer->client_len), false);
    }
    format_rate(&down, l, peer->down_rate);
    format_rate(&up, l, peer->up_rate);
    buf_text(b, b->ptr[b->len - 1] == '[' ? "[" : ",[");
    json_item(b, buf_bytes(&address));
    json_item(b, buf_bytes(&client));
    json_item(b, buf_bytes(&down));
    json_item(b, buf_bytes(&up));
    struct buf has = BUF(mem[0]);
    format_percent(&has, l, is_web ? 1000 : peer->have_milli, 1000);
    json_item(b, buf_bytes(&has));
    buf_byte(b, ']');
}

void
page_server_set_details(struct page_server *p, const struct face_details *d, const char *log)
{
    struct buf *b = &p->details;
    uint8_t digits[FACE_MAP_MAX];
    for (uint32_t i = 0; i < d->map_len; i++) {
        digits[i] = (uint8_t)('0' + d->map[i]);
    }
    b->len = 0;
    b->full = false;
    buf_byte(b, '{');
    json_string(b, "map", bytes_of(digits, d->map_len));
    json_key(b, "peers");
    buf_byte(b, '[');
    for (uint32_t i = 0; i < d->peer_count; i++) {
        put_peer(b, p->language, &d->peers[i]);
    }
    buf_byte(b, ']');
    json_key(b, "log");
    buf_byte(b, '[');
    for (; *log; log = text_at(log, 1)) {
        json_item(b, bytes_of_text(log));
    }
    buf_text(b, "]}");
    if (b->full) {
        b->len = 0;
    }
}

bool
page_server_wants_details(const struct page_server *p, int64_t now_ms)
{
    return p->was_asked && now_ms - p->asked_ms < DETAILS_FOR_MS;
}

/* ---- Life */

struct page_server *
page_server_open(struct face_wish *wish, const struct language *language)
{
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    struct arena arena = {.size_max = sizeof(struct page_server) + 4096};
    struct page_server *p = arena_take(&arena, 1, sizeof *p);
    if (!p) {
        return NULL;
    }
    p->arena = arena;
    p->wish = wish;
    p->language = language;
    struct http_server_config config = {.listen = addr_v4(loopback, 0),
                                        .handler = handle,
                                        .context = p,
                                        .clients_max = CLIENTS_MAX,
                                        .takes_post = true};
    int error;
    p->http = http_server_open(&config, &error);
    if (!p->http) {
        arena_free(&arena);
        return NULL;
    }
    p->port = http_server_addr(p->http).port;
    make_secret(p->key);
    make_secret(p->token);
    make_secret(p->nonce);
    p->page = BUF(p->page_mem);
    p->state = BUF(p->state_mem[0]);
    p->new_state = BUF(p->state_mem[1]);
    p->details = BUF(p->details_mem);
    buf_text(&p->details, "{}");
    buf_text(&p->state, "retry: 1000\n\n");
    fill_page(p);
    fill_headers(p);
    return p;
}

void
page_server_close(struct page_server *p)
{
    http_server_close(p->http);
    struct arena arena = p->arena; /* it holds the server itself */
    arena_free(&arena);
}

void
page_server_put_url(const struct page_server *p, struct buf *out)
{
    buf_text(out, "http://127.0.0.1:");
    buf_u64(out, p->port);
    buf_byte(out, '/');
    buf_add(out, bytes_of(p->key, sizeof p->key));
    buf_byte(out, '/');
}

void
page_server_wants(struct page_server *p, struct sys_wants *w, int64_t now_ms)
{
    http_server_wants(p->http, w, now_ms);
}

void
page_server_turn(struct page_server *p, const struct sys_wants *w, int64_t now_ms)
{
    http_server_turn(p->http, w, &p->scratch, now_ms);
}

uint32_t
page_server_watchers(const struct page_server *p)
{
    return http_server_streams(p->http);
}
