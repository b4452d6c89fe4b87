/* The inside of http_server, for its two parts: clients and their requests (http_server.c), and
 * answers on their way (http_server_send.c). */
#ifndef NET_HTTP_SERVER_IMPL_H
#define NET_HTTP_SERVER_IMPL_H

#include "base/rate.h"
#include "net/http_pool.h"
#include "net/http_reply.h"

enum { HTTP_OUT_SIZE = 32768 /* head and body, or as much of a body as is copied at once */ };

enum client_state {
    CLIENT_FREE,
    CLIENT_HEAD,    /* awaits a request */
    CLIENT_ANSWER,  /* awaits that the answer is sent */
    CLIENT_STREAM,  /* awaits what the owner pushes, or that the client goes */
    CLIENT_DRAIN,   /* awaits the end of a request that was refused; input is dropped */
    CLIENT_CLOSING, /* awaits the reaper */
};

struct client {
    enum client_state state;
    struct conn conn;
    uint32_t place;    /* in `open` */
    struct addr local; /* where it reached us */
    int64_t since_ms;  /* of the state; in CLIENT_HEAD also the first byte of a request */
    uint32_t answered;
    struct http_reply left; /* of the answer's body: what is not queued yet */
    bool close_file;
    bool keep_alive;
    bool drain;       /* after the answer: CLIENT_DRAIN */
    bool is_stream;   /* after the answer: CLIENT_STREAM */
    size_t head_left; /* bytes of the head not sent yet */
    uint64_t sent_before;
    uint64_t *counter; /* of the answer, may be NULL */
    uint8_t *large;    /* holds a copied body; NULL = none */
    uint8_t *kept, *out;
};

struct http_server {
    struct arena arena;
    struct http_server_config config;
    sys_sock listener;
    uint32_t want;
    int64_t accept_after_ms;
    uint64_t sent;
    int64_t now_ms, unix_s; /* of this turn */
    struct addr local;      /* the listener's; none: it is that of all interfaces */
    uint64_t key;           /* of http_crowd_find */
    struct client **open;   /* all clients: first the `count` that are in use, then the free ones */
    uint32_t count;
    struct http_pool pool;
    struct limiter files;
};

void client_set_state(struct http_server *h, struct client *c, enum client_state state);

/* Queues an answer and goes to CLIENT_ANSWER; `q` is NULL for a request that was not understood. */
void client_answer(struct http_server *h, struct client *c, const struct http_head *q,
                   const struct http_answer *a);

/* CLIENT_ANSWER: sends on; goes to the next state when all is sent. */
void client_send(struct http_server *h, struct client *c);

/* Does it wait for nothing but its share of what may be sent of files? */
bool client_is_held(struct http_server *h, const struct client *c, int64_t now_ms);

/* Drops what an answer holds, sent or not. */
void client_end_body(struct http_server *h, struct client *c);

#endif
