/* One TCP connection with its buffers; see conn.h for the rules.
 *
 * Two ways for bytes: plain sockets, where input goes straight from the kernel to the
 * scratch buffer and files go out by sendfile, and TLS, where both pass through the
 * records of net/tls. Everything above the "Plain" and "TLS" parts knows of no difference.
 *
 * TLS input: raw bytes are received into the far end of the scratch buffer and fed through
 * the record layer at once, so that the engine never holds application data over a turn and
 * readiness of the socket is all that there is to wait for. */
#include "net/conn.h"

#include <string.h>

#include "base/check.h"
#include "net/tls.h"

enum {
    TLS_RECORD_MAX = 16384,             /* a record begun earlier may end in this receive */
    RAW_SIZE = 131072 - TLS_RECORD_MAX, /* one receive under TLS */
    TURN_SEND_MAX = 4 * SCRATCH_SIZE,   /* a fast receiver does not hold up the loop */
};

static size_t
min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What a person is told. */
static const char *
net_error_text(int64_t error)
{
    switch (error) {
    case SYS_REFUSED: return "connection refused";
    case SYS_RESET: return "the connection broke";
    case SYS_UNREACHABLE: return "it cannot be reached from here";
    case SYS_TIMED_OUT: return "no answer";
    default: return sys_error_text(error);
    }
}

static void
set_state(struct conn *c, enum conn_state state, int64_t now_ms)
{
    c->state = state;
    c->since_ms = now_ms;
}

void
conn_fail(struct conn *c, const char *why)
{
    if (c->state != CONN_CLOSED) {
        c->state = CONN_CLOSED;
        c->why = why;
    }
}

/* ---- Life */

void
conn_init(struct conn *c, void *kept, size_t kept_max, void *out, size_t out_max)
{
    check(kept_max <= MESSAGE_LEN_MAX);
    *c = (struct conn){.kept = kept, .kept_max = kept_max, .out = out, .out_max = out_max};
}

void
conn_connect(struct conn *c, const struct addr *to, int64_t now_ms)
{
    check(c->state == CONN_NONE);
    c->addr = *to;
    c->got_ms = c->put_ms = now_ms;
    set_state(c, CONN_CONNECTING, now_ms);
    int error = sys_tcp_connect(to, &c->sock);
    if (error != SYS_OK) {
        conn_fail(c, net_error_text(error));
    }
}

void
conn_connect_tls(struct conn *c, const struct addr *to, const char *host, struct roots *roots,
                 int64_t now_ms)
{
    const char *why = NULL;
    c->tls = tls_new(host, roots, sys_unix_s(), &why);
    conn_connect(c, to, now_ms);
    if (!c->tls) {
        c->why = why;
        c->state = CONN_CLOSED;
    }
}

void
conn_accept(struct conn *c, sys_sock sock, const struct addr *from, int64_t now_ms)
{
    check(c->state == CONN_NONE);
    c->sock = sock;
    c->addr = *from;
    c->incoming = true;
    c->got_ms = c->put_ms = now_ms;
    set_state(c, CONN_OPEN, now_ms);
}

void
conn_close(struct conn *c)
{
    sys_sock_close(&c->sock);
    tls_free(c->tls);
    conn_init(c, c->kept, c->kept_max, c->out, c->out_max);
}

/* ---- Queueing output */

static bool
has_file(const struct conn *c)
{
    return c->file_left > 0;
}

static size_t
queued(const struct conn *c)
{
    return c->out_len - c->out_at;
}

size_t
conn_room(const struct conn *c)
{
    size_t used = queued(c);
    if (has_file(c) && used >= c->out_max / 2) {
        return 0;
    }
    return c->out_max - used;
}

size_t
conn_pending(const struct conn *c)
{
    size_t records = c->tls ? tls_record_out(c->tls).len : 0;
    return queued(c) + c->file_left + records;
}

void
conn_put(struct conn *c, struct bytes data)
{
    if (c->state == CONN_CLOSED || data.len == 0) {
        return;
    }
    if (data.len > c->out_max - queued(c)) {
        conn_fail(c, "it takes too little of what we send");
        return;
    }
    if (data.len > c->out_max - c->out_len) {
        memmove(c->out, c->out + c->out_at, queued(c));
        c->out_len -= c->out_at;
        c->out_at = 0;
    }
    memcpy(c->out + c->out_len, data.ptr, data.len);
    c->out_len += data.len;
}

bool
conn_file_free(const struct conn *c)
{
    return c->state != CONN_CLOSED && !has_file(c);
}

void
conn_put_file(struct conn *c, sys_file f, int64_t offset, size_t len)
{
    if (c->state == CONN_CLOSED) {
        return;
    }
    check(!has_file(c));
    c->file = f;
    c->file_at = offset;
    c->file_left = len;
    c->file_after = queued(c);
}

/* ---- Sending */

/* Bytes of `out` that may go before the file range, if there is one. */
static size_t
out_ready(const struct conn *c)
{
    return has_file(c) ? c->file_after : queued(c);
}

static void
out_went(struct conn *c, size_t n)
{
    c->out_at += n;
    if (has_file(c)) {
        c->file_after -= n;
    }
    if (c->out_at == c->out_len) {
        c->out_at = c->out_len = 0;
    }
}

static void
file_went(struct conn *c, size_t n)
{
    c->file_at += (int64_t)n;
    c->file_left -= n;
    if (c->file_left == 0) {
        c->file = SYS_NONE;
    }
}

/* Plain: one piece of what is queued; false when the socket takes no more. */
static bool
send_some(struct conn *c, size_t max, size_t *sent)
{
    size_t ready = out_ready(c);
    size_t asked;
    int64_t n;
    if (ready > 0) {
        asked = min_size(ready, max);
        bool more = max > ready && (has_file(c) || c->closes);
        n = sys_tcp_send(c->sock, c->out + c->out_at, asked, more);
    } else {
        asked = min_size(c->file_left, max);
        n = sys_tcp_send_file(c->sock, c->file, c->file_at, asked);
    }
    *sent = n > 0 ? (size_t)n : 0;
    if (n < 0 && n != SYS_AGAIN) {
        conn_fail(c, net_error_text(n));
    }
    if (*sent == 0) {
        return false;
    }
    if (ready > 0) {
        out_went(c, *sent);
    } else {
        file_went(c, *sent);
    }
    return *sent == asked;
}

/* Sends finished records; false when the socket takes no more. */
static bool
tls_send_records(struct conn *c)
{
    for (;;) {
        struct bytes record = tls_record_out(c->tls);
        if (record.len == 0) {
            return true;
        }
        int64_t n = sys_tcp_send(c->sock, record.ptr, record.len, false);
        if (n < 0 && n != SYS_AGAIN) {
            conn_fail(c, net_error_text(n));
        }
        if (n <= 0) {
            return false;
        }
        tls_record_sent(c->tls, (size_t)n);
    }
}

/* TLS: fills one record from what is queued and sends it. */
static bool
tls_send_some(struct conn *c, size_t max, size_t *sent)
{
    *sent = 0;
    if (!tls_send_records(c)) {
        return false;
    }
    size_t room, filled = 0;
    uint8_t *data = tls_data_room(c->tls, &room);
    room = min_size(room, max);
    while (filled < room && (queued(c) > 0 || has_file(c))) {
        size_t ready = out_ready(c);
        size_t n = min_size(room - filled, ready > 0 ? ready : c->file_left);
        if (ready > 0) {
            memcpy(data + filled, c->out + c->out_at, n);
            out_went(c, n);
        } else {
            int64_t got = sys_file_read(c->file, c->file_at, data + filled, n);
            if (got != (int64_t)n) {
                conn_fail(c, sys_error_text(got < 0 ? got : SYS_IO));
                return false;
            }
            file_went(c, n);
        }
        filled += n;
    }
    if (filled == 0) {
        return false;
    }
    tls_data_wrote(c->tls, filled);
    *sent = filled;
    return tls_send_records(c);
}

size_t
conn_flush(struct conn *c, struct scratch *s, size_t max, int64_t now_ms)
{
    (void)s;
    size_t total = 0;
    if (c->state != CONN_OPEN) {
        return 0;
    }
    if (c->tls && !tls_send_records(c)) {
        return 0;
    }
    while (c->state == CONN_OPEN && total < max && (queued(c) > 0 || has_file(c))) {
        size_t n;
        bool takes_more =
            c->tls ? tls_send_some(c, max - total, &n) : send_some(c, max - total, &n);
        total += n;
        if (!takes_more) {
            break;
        }
    }
    if (total > 0) {
        c->put_ms = now_ms;
        c->sent += total;
    }
    return total;
}

/* ---- Each turn */

void
conn_wants(struct conn *c, struct sys_wants *w, bool read, bool write)
{
    bool want_read = read && !c->input_ended;
    bool want_write = write || conn_pending(c) > 0;
    c->want = 0;
    switch (c->state) {
    case CONN_CONNECTING:
        want_read = false;
        want_write = true;
        sys_wants_wake(w, c->since_ms + CONNECT_TIMEOUT_MS);
        break;
    case CONN_TLS:
        want_read = true;
        want_write = tls_record_out(c->tls).len > 0;
        sys_wants_wake(w, c->since_ms + CONNECT_TIMEOUT_MS);
        break;
    case CONN_OPEN: break;
    case CONN_NONE:
    case CONN_CLOSED: return;
    }
    if (want_read || want_write) {
        c->want = sys_wants_add(w, c->sock, want_read, want_write);
    }
}

static void
finish_connect(struct conn *c, const struct sys_wants *w, int64_t now_ms)
{
    int result = sys_can_write(w, c->want) ? sys_tcp_connected(c->sock) : SYS_AGAIN;
    if (result == SYS_OK) {
        set_state(c, c->tls ? CONN_TLS : CONN_OPEN, now_ms);
    } else if (result != SYS_AGAIN) {
        conn_fail(c, net_error_text(result));
    } else if (now_ms - c->since_ms >= CONNECT_TIMEOUT_MS) {
        conn_fail(c, "no answer");
    }
}

/* Feeds the handshake record by record, so that nothing behind it is taken from the socket. */
static void
tls_receive_handshake(struct conn *c, int64_t now_ms)
{
    while (!tls_is_open(c->tls) && !tls_failure(c->tls)) {
        size_t room;
        uint8_t *into = tls_record_room(c->tls, &room);
        if (room == 0) {
            return;
        }
        int64_t n = sys_tcp_recv(c->sock, into, room);
        if (n == SYS_AGAIN) {
            return;
        }
        if (n <= 0) {
            conn_fail(c, n == 0 ? "the server hung up while the secure connection was made"
                                : net_error_text(n));
            return;
        }
        tls_record_got(c->tls, (size_t)n);
        c->got_ms = now_ms;
    }
}

static void
turn_handshake(struct conn *c, const struct sys_wants *w, int64_t now_ms)
{
    if (sys_can_read(w, c->want)) {
        tls_receive_handshake(c, now_ms);
    }
    tls_send_records(c);
    if (tls_failure(c->tls)) {
        conn_fail(c, tls_failure(c->tls));
    } else if (tls_ended(c->tls)) {
        conn_fail(c, "the server hung up while the secure connection was made");
    }
    if (c->state != CONN_TLS) {
        return;
    }
    if (tls_is_open(c->tls)) {
        set_state(c, CONN_OPEN, now_ms);
    } else if (now_ms - c->since_ms >= CONNECT_TIMEOUT_MS) {
        conn_fail(c, "the secure connection was not made in time");
    }
}

void
conn_turn(struct conn *c, const struct sys_wants *w, int64_t now_ms)
{
    bool was_open = c->state == CONN_OPEN;
    if (c->state == CONN_CONNECTING) {
        finish_connect(c, w, now_ms);
    }
    if (c->state == CONN_TLS) {
        turn_handshake(c, w, now_ms);
    }
    if (c->state == CONN_OPEN && (!was_open || sys_can_write(w, c->want))) {
        conn_flush(c, NULL, TURN_SEND_MAX, now_ms);
    }
}

/* ---- Receiving */

/* Plain: behind the place of the kept bytes. Returns how many came. */
static size_t
receive_plain(struct conn *c, struct scratch *s, size_t max)
{
    size_t room = min_size(SCRATCH_SIZE, sizeof(s->bytes) - c->kept_len);
    int64_t n = sys_tcp_recv(c->sock, s->bytes + c->kept_len, min_size(room, max));
    if (n == 0) {
        c->input_ended = true;
    } else if (n < 0 && n != SYS_AGAIN) {
        conn_fail(c, net_error_text(n));
    }
    return n > 0 ? (size_t)n : 0;
}

/* Passes raw bytes through the record layer; returns how many application bytes were written to
 * `out`: at most raw.len + TLS_RECORD_MAX. */
static size_t
decrypt(struct conn *c, struct bytes raw, uint8_t *out)
{
    size_t made = 0;
    while (raw.len > 0) {
        size_t room;
        uint8_t *into = tls_record_room(c->tls, &room);
        size_t n = min_size(room, raw.len);
        if (n == 0) {
            break;
        }
        memcpy(into, raw.ptr, n);
        tls_record_got(c->tls, n);
        raw = bytes_skip(raw, n);
        for (;;) {
            struct bytes data = tls_data_in(c->tls);
            if (data.len == 0) {
                break;
            }
            memcpy(out + made, data.ptr, data.len);
            made += data.len;
            tls_data_used(c->tls, data.len);
        }
    }
    if (tls_ended(c->tls)) {
        c->input_ended = true;
    } else if (tls_failure(c->tls)) {
        conn_fail(c, tls_failure(c->tls));
    } else if (raw.len > 0) {
        conn_fail(c, "the secure connection is out of step");
    }
    return made;
}

static size_t
receive_tls(struct conn *c, struct scratch *s, size_t max)
{
    _Static_assert(MESSAGE_LEN_MAX + TLS_RECORD_MAX + 2 * RAW_SIZE <= sizeof(s->bytes),
                   "scratch is too small");
    uint8_t *raw = s->bytes + sizeof(s->bytes) - RAW_SIZE;
    int64_t n = sys_tcp_recv(c->sock, raw, min_size(RAW_SIZE, max));
    if (n > 0) {
        return decrypt(c, bytes_of(raw, (size_t)n), s->bytes + c->kept_len);
    }
    if (n == 0) {
        c->input_ended = true;
    } else if (n != SYS_AGAIN) {
        conn_fail(c, net_error_text(n));
    }
    return 0;
}

struct bytes
conn_input(struct conn *c, const struct sys_wants *w, struct scratch *s, size_t max, int64_t now_ms,
           size_t *fresh)
{
    size_t got = 0;
    if (fresh) {
        *fresh = 0;
    }
    if (c->state != CONN_OPEN) {
        return (struct bytes){0};
    }
    if (max > 0 && !c->input_ended && sys_can_read(w, c->want)) {
        got = c->tls ? receive_tls(c, s, max) : receive_plain(c, s, max);
    }
    if (c->state != CONN_OPEN) {
        return (struct bytes){0};
    }
    if (fresh) {
        *fresh = got;
    }
    if (got == 0) {
        return bytes_of(c->kept, c->kept_len);
    }
    c->got_ms = now_ms;
    c->received += got;
    if (c->kept_len > 0) {
        memcpy(s->bytes, c->kept, c->kept_len);
    }
    return bytes_of(s->bytes, c->kept_len + got);
}

void
conn_keep(struct conn *c, struct bytes rest)
{
    if (c->state == CONN_CLOSED) {
        return;
    }
    if (rest.len > c->kept_max) {
        conn_fail(c, "it sent more than we can take");
        return;
    }
    if (rest.len > 0 && rest.ptr != c->kept) {
        memmove(c->kept, rest.ptr, rest.len);
    }
    c->kept_len = rest.len;
}
