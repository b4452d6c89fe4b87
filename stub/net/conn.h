/* One TCP connection with its buffers; TLS hides inside (later MSE and uTP do too).
 *
 * A connection never calls anybody. Each turn its owner says what it wants
 * (conn_wants), and after the poll moves bytes: conn_turn, conn_input ... conn_keep.
 * Anything that goes wrong is sticky: `state` becomes CONN_CLOSED with a reason, further
 * calls do nothing, and the owner reaps it (conn_close) at the end of its turn.
 *
 * Receiving: all connections share one big scratch buffer. conn_input receives once into it
 * (behind the bytes kept from the last turn) and shows everything unread; the owner uses
 * what is complete, and conn_keep stores the rest, at most `kept_max` bytes. So a connection
 * holds memory only for what is incomplete, and bulk data is used where the kernel put it.
 *
 * Sending: messages go to a fixed buffer; in between one range of a file can be queued at a time,
 * which is sent by sendfile on plain connections. A buffer that overflows closes the connection:
 * owners ask conn_room first where they cannot bound what they put. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/limits.h"
#include "sys/sys.h"

struct tls;
struct roots;

enum conn_state {
    CONN_NONE,       /* zeroed */
    CONN_CONNECTING, /* awaits the end of the TCP connect */
    CONN_TLS,        /* awaits the end of the TLS handshake */
    CONN_OPEN,
    CONN_CLOSED, /* failed or ended; `why` says how */
};

struct conn {
    enum conn_state state;
    const char *why;  /* static text; set with CONN_CLOSED */
    bool input_ended; /* the other side closed orderly; unread bytes may still be there */
    bool incoming;
    struct addr addr; /* the other side */
    sys_sock sock;
    uint32_t want;     /* index in this turn's sys_wants */
    int64_t since_ms;  /* of the current state */
    int64_t got_ms;    /* last byte received */
    int64_t put_ms;    /* last byte sent */
    uint64_t received; /* the owner's bytes (without TLS around them) since it was connected */
    uint64_t sent;

    uint8_t *kept; /* input kept over turns */
    size_t kept_len, kept_max;

    uint8_t *out; /* output: out[out_at .. out_len) is to be sent */
    size_t out_at, out_len, out_max;
    size_t file_after; /* bytes of `out` to send before the file range */
    sys_file file;     /* file range to be sent; SYS_NONE = none */
    int64_t file_at;
    size_t file_left;

    struct tls *tls; /* NULL: plain */
    bool closes;     /* the owner closes once all is sent: last bytes and end go in one packet */
};

/* Shared by all connections of a loop. */
struct scratch {
    uint8_t bytes[SCRATCH_SIZE + MESSAGE_LEN_MAX];
};

/* Gives a zeroed connection its buffers (the caller's; they outlive it). */
void conn_init(struct conn *c, void *kept, size_t kept_max, void *out, size_t out_max);

/* Starts to connect; with `host` TLS follows (server name and certificate check against `roots`,
 * which must outlive the connection). */
void conn_connect(struct conn *c, const struct addr *to, int64_t now_ms);
void conn_connect_tls(struct conn *c, const struct addr *to, const char *host, struct roots *roots,
                      int64_t now_ms);

/* Takes over an accepted socket. */
void conn_accept(struct conn *c, sys_sock sock, const struct addr *from, int64_t now_ms);

/* Adds the socket to `w` with what the state asks for: `read` = the owner can use input now,
 * `write` = the owner has something that is not queued yet. Pending output is seen to by itself. */
void conn_wants(struct conn *c, struct sys_wants *w, bool read, bool write);

/* After the poll, first: finishes connecting and TLS, and sends pending output if the socket takes
 * it. Connect and TLS time-outs are CONNECT_TIMEOUT_MS each. */
void conn_turn(struct conn *c, const struct sys_wants *w, int64_t now_ms);

/* Receives if the socket has something, at most `max` new bytes and one receive, and returns all
 * unread bytes, in `s` or where they were kept. Empty when nothing is there. `*fresh` (may be NULL)
 * is set to the number of new bytes; under TLS it may be up to one record (16 KiB) over `max`. Must
 * be followed by conn_keep before `s` is used for another connection. */
struct bytes conn_input(struct conn *c, const struct sys_wants *w, struct scratch *s, size_t max,
                        int64_t now_ms, size_t *fresh);

/* Stores what the owner did not use (a tail of conn_input's bytes). Closes when it is over
 * kept_max. */
void conn_keep(struct conn *c, struct bytes rest);

/* Bytes that conn_put would take now; 0 while a file range is queued and the buffer is half full.
 */
size_t conn_room(const struct conn *c);

/* Bytes queued and not sent, file range included. */
size_t conn_pending(const struct conn *c);

/* Queues bytes. Closes ("sending too much") when they do not fit. */
void conn_put(struct conn *c, struct bytes data);

/* Queues a range of a file behind what was put so far. Only when conn_file_free. */
bool conn_file_free(const struct conn *c);
void conn_put_file(struct conn *c, sys_file f, int64_t offset, size_t len);

/* Sends what the socket takes, at most `max` bytes; returns how many went. Unread input in `s`
 * stays as it is (`s` may be NULL). Called by conn_turn too; owners call it after queueing, to save
 * a turn. */
size_t conn_flush(struct conn *c, struct scratch *s, size_t max, int64_t now_ms);

/* Marks it closed for a reason (keeps the first reason). The socket stays until conn_close. */
void conn_fail(struct conn *c, const char *why);

/* Gives back socket and TLS; keeps the buffers: the connection may be used again. */
void conn_close(struct conn *c);

#endif
