/* The page's side of the network: a server on loopback that gives out one page, tells it how
 * things stand, and takes what the person wants.
 *
 * Only who has been given the address may use it. It holds 128 random bits; without them, or with
 * another name for this machine (DNS rebinding), or from another site's page (Origin,
 * Sec-Fetch-Site), every request is refused. What changes anything is a POST. Answers are never
 * kept by the browser, and their policy lets the page load nothing from anywhere.
 *
 * The address with which a browser is started can be seen by all users of the machine. So it leads
 * to the page only until a page is open; the page knows another token, and uses that.
 *
 *     GET  /KEY/            the page, for the first time
 *     GET  /TOKEN/          the page
 *     GET  /TOKEN/events    a stream: how things stand, again whenever it changes
 *     GET  /TOKEN/details   pieces, peers, what happened
 *     POST /TOKEN/start?folder=F&listen=1   /stop /pause /resume /show
 *     POST /TOKEN/limit?up=BYTES            /listen?on=1 /keep?on=1 */
#ifndef UI_PAGE_SERVER_H
#define UI_PAGE_SERVER_H

#include "net/http_server.h"
#include "ui/sheet.h"

struct page_server;

/* NULL: no memory or no port. What people want is put into `wish`. The language outlives it. */
struct page_server *page_server_open(struct face_wish *wish, const struct language *language);
void page_server_close(struct page_server *p);

/* Appends its first address, key included. */
void page_server_put_url(const struct page_server *p, struct buf *out);

void page_server_wants(struct page_server *p, struct sys_wants *w, int64_t now_ms);
void page_server_turn(struct page_server *p, const struct sys_wants *w, int64_t now_ms);

/* How things stand; told to all who look, if it is not what they know. */
void page_server_show(struct page_server *p, const struct sheet *s, const struct sheet_facts *f);

/* Pages that are open now. */
uint32_t page_server_watchers(const struct page_server *p);

/* Has anybody asked for details of late? Then these are given out from now on; `log` has a NUL
 * behind each text and an empty one at its end. */
bool page_server_wants_details(const struct page_server *p, int64_t now_ms);
void page_server_set_details(struct page_server *p, const struct face_details *d, const char *log);

/* What a request means. Pure, for page_server and its tests. */
enum page_deed {
    PAGE_FORBIDDEN, /* 403: no token, or from elsewhere */
    PAGE_UNKNOWN,   /* 404 */
    PAGE_METHOD,    /* 405 */
    PAGE_BAD,       /* 400: a value is missing or makes no sense */
    PAGE_ITSELF,
    PAGE_EVENTS,
    PAGE_DETAILS,
    PAGE_WISH, /* `wish` was filled in */
};

enum page_deed page_read(const struct http_request *q, struct bytes token, uint16_t port,
                         struct face_wish *wish);

#endif
