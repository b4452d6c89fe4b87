/* An HTTP(S) client: one GET at a time, redirects, chunked bodies, connection reuse.
 *
 * Used by trackers (a small answer kept whole) and web seeds (a long body used as it comes).
 * Like conn it never calls anybody: start, wants, turn, look at `state`. */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include "net/conn.h"
#include "net/lookup.h"
#include "wire/http.h"
#include "wire/url.h"

enum fetch_state {
    FETCH_IDLE,    /* nothing asked; the connection may be kept open for the next */
    FETCH_LOOKUP,  /* awaits the address */
    FETCH_CONNECT, /* awaits connection and TLS */
    FETCH_HEAD,    /* awaits the head of the answer */
    FETCH_BODY,    /* head is there (status, range...); body bytes come */
    FETCH_DONE,    /* the body has ended well */
    FETCH_FAILED,  /* `why` says how */
};

/* Who asks: decides which local addresses may be talked to (url_ok_for_...). */
enum fetch_purpose { FETCH_FOR_TRACKER, FETCH_FOR_WEBSEED, FETCH_FOR_USER };

struct fetch_config {
    enum fetch_purpose purpose;
    struct roots *roots;
    const char *user_agent;
    bool accept_gzip; /* then the owner looks at `is_packed` */
};

struct fetch {
    struct fetch_config config;
    enum fetch_state state;
    bool tls_trouble; /* the failure came from TLS or certificates */
    int status;       /* of the final answer, from FETCH_BODY on */
    int64_t length;   /* of the body, -1 unknown */
    bool has_range;   /* 206 with a Content-Range: the next three hold */
    uint64_t range_first, range_last;
    int64_t range_total;     /* -1 unknown */
    uint32_t retry_after_s;  /* of 429 and 503; 0 if absent */
    bool moved;              /* redirected: `url` is where the answer came from */
    bool redirect_permanent; /* every redirect was 301 or 308 */
    bool is_packed;          /* the body is for wire/gzip; only after accept_gzip */

    /* private */
    struct url url;
    size_t target_len;
    uint64_t ask_first, ask_end; /* range to ask for; ask_end 0 = all */
    int redirects;
    bool was_global; /* an earlier hop had a public address */
    struct lookup lookup;
    size_t addr_index; /* the next address to try */
    struct conn conn;
    uint16_t conn_port;
    bool conn_tls, conn_reused;
    uint64_t received_before; /* conn.received when the request was sent */
    bool keep_alive;          /* the server will take another request behind this one */
    bool paused;              /* the owner does not want to read: no time-out */
    int64_t active_ms;        /* something moved, or the owner paused */
    struct http_body body;
    char url_mem[URL_LEN_MAX + 1]; /* large things last: less code to reach the others */
    char target[URL_LEN_MAX * 2];  /* replaces path and query of `url` unless empty */
    char conn_host[256];           /* what the open connection leads to */
    char why[160];   /* for the owner, FETCH_FAILED: one plain sentence, with host name */
    size_t rest_len; /* bytes that the owner gave back, at the start of `kept` */
    uint8_t kept[HTTP_HEAD_MAX + 1024]; /* a part of a head, or what the owner gave back */
    uint8_t out[URL_LEN_MAX * 4];
};

/* Prepares a zeroed fetch. */
void fetch_init(struct fetch *f, const struct fetch_config *config);

/* Asks for a URL, or for the bytes [first, end) of it when end > 0. The text is copied. `target`
 * (may be empty) replaces path and query. An open connection to the same place is used again. */
void fetch_start(struct fetch *f, struct bytes url, struct bytes target, uint64_t first,
                 uint64_t end, int64_t now_ms);

/* `read`: the owner can take body bytes now. */
void fetch_wants(struct fetch *f, struct sys_wants *w, bool read);

/* Moves on. In FETCH_BODY (and when it turns to FETCH_DONE) returns body bytes, decoded, in `s` or
 * inside the fetch, with at most `max` new ones from the network; what fetch_keep is given of them
 * (a tail, at most BLOCK_SIZE bytes; without the call: nothing) comes again in front of the next
 * ones, also after FETCH_DONE. Time-outs: HTTP_TIMEOUT_MS without a byte. */
struct bytes fetch_turn(struct fetch *f, const struct sys_wants *w, struct scratch *s, size_t max,
                        int64_t now_ms);
void fetch_keep(struct fetch *f, struct bytes rest);

/* Ends what is under way; the connection is closed unless the body had ended. */
void fetch_cancel(struct fetch *f);

/* Gives back everything. */
void fetch_close(struct fetch *f);

#endif
