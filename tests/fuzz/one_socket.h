/* A platform for fuzz targets of stub/net: every connection gives the same bytes, in pieces,
 * and swallows what is sent. Include it in one .c file: it takes the place of stub/sys. */
#ifndef FUZZ_ONE_SOCKET_H
#define FUZZ_ONE_SOCKET_H

#include <string.h>

#include "base/check.h"
#include "sys/sys.h"

enum {
    ONE_SOCKET = 1,
    ONE_LISTENER = 2,
    ONE_FILE = 3,
    ONE_FILE_SIZE = 5000,
    ONE_SENT_MAX = 1 << 20
};

static struct {
    struct bytes input; /* what a connection gives from its start */
    size_t step;        /* at most so much a call */
    size_t at;          /* of the open connection */
    bool may_accept;    /* one connection waits at the listener */
    uint8_t sent[ONE_SENT_MAX];
    size_t sent_len;
} one;

int64_t
sys_now_ms(void)
{
    return 1000;
}

int64_t
sys_unix_s(void)
{
    return 1000000000;
}

void
sys_random(void *out, size_t len)
{
    memset(out, 7, len);
}

const char *
sys_error_text(int64_t error)
{
    return error < 0 ? "failed" : "fine";
}

void
sys_wants_start(struct sys_wants *w, int64_t deadline_ms)
{
    w->deadline_ms = deadline_ms;
    w->count = 0;
}

void
sys_wants_wake(struct sys_wants *w, int64_t at_ms)
{
    w->deadline_ms = at_ms < w->deadline_ms ? at_ms : w->deadline_ms;
}

uint32_t
sys_wants_add(struct sys_wants *w, sys_sock sock, bool want_read, bool want_write)
{
    check(sock != SYS_NONE);
    w->v[w->count++] = (struct sys_want){sock, want_read, want_write, want_read, want_write};
    return w->count;
}

bool
sys_can_read(const struct sys_wants *w, uint32_t index)
{
    return index > 0 && w->v[index - 1].can_read;
}

bool
sys_can_write(const struct sys_wants *w, uint32_t index)
{
    return index > 0 && w->v[index - 1].can_write;
}

int
sys_tcp_listen(const struct addr *at, sys_sock *out)
{
    (void)at;
    *out = ONE_LISTENER;
    return SYS_OK;
}

int
sys_tcp_accept(sys_sock listener, sys_sock *out, struct addr *from)
{
    check(listener == ONE_LISTENER);
    if (!one.may_accept) {
        return SYS_AGAIN;
    }
    one.may_accept = false;
    one.at = 0;
    *from = (struct addr){{0}, 1};
    *out = ONE_SOCKET;
    return SYS_OK;
}

int
sys_tcp_connect(const struct addr *to, sys_sock *out)
{
    (void)to;
    one.at = 0;
    *out = ONE_SOCKET;
    return SYS_OK;
}

int
sys_tcp_connected(sys_sock s)
{
    check(s == ONE_SOCKET);
    return SYS_OK;
}

int64_t
sys_tcp_recv(sys_sock s, void *out, size_t max)
{
    check(s == ONE_SOCKET);
    check(max > 0);
    size_t left = one.input.len - one.at;
    size_t n = max < one.step ? max : one.step;
    n = n < left ? n : left;
    if (n > 0) {
        memcpy(out, one.input.ptr + one.at, n);
    }
    one.at += n;
    return (int64_t)n;
}

int64_t
sys_tcp_send(sys_sock s, const void *data, size_t len, bool more)
{
    (void)more;
    check(s == ONE_SOCKET);
    size_t n = len < one.step ? len : one.step;
    n = n < ONE_SENT_MAX - one.sent_len ? n : ONE_SENT_MAX - one.sent_len;
    if (n > 0) {
        memcpy(one.sent + one.sent_len, data, n);
    }
    one.sent_len += n;
    return n > 0 ? (int64_t)n : SYS_RESET;
}

int64_t
sys_file_read(sys_file f, int64_t offset, void *out, size_t len)
{
    check(f == ONE_FILE);
    check(offset >= 0 && offset <= ONE_FILE_SIZE);
    check(len <= (size_t)(ONE_FILE_SIZE - offset));
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(offset + (int64_t)i);
    }
    return (int64_t)len;
}

int64_t
sys_tcp_send_file(sys_sock s, sys_file f, int64_t offset, size_t len)
{
    static uint8_t mem[ONE_FILE_SIZE];
    sys_file_read(f, offset, mem, len);
    return sys_tcp_send(s, mem, len, false);
}

void
sys_file_close(sys_file *f)
{
    check(*f == ONE_FILE);
    *f = SYS_NONE;
}

struct addr
sys_sock_local(sys_sock s)
{
    check(s != SYS_NONE);
    return (struct addr){{0}, 2};
}

void
sys_sock_close(sys_sock *s)
{
    *s = SYS_NONE;
}

int
sys_lookup_start(const char *host)
{
    check(strlen(host) < 256);
    return 1;
}

int
sys_lookup_take(int ticket, struct addr *out, size_t max, size_t *count)
{
    check(ticket == 1);
    check(max >= 2);
    static const uint8_t ips[2][4] = {{192, 0, 2, 1}, {127, 0, 0, 1}};
    out[0] = addr_v4(ips[0], 0);
    out[1] = addr_v4(ips[1], 0);
    *count = 2;
    return SYS_OK;
}

void
sys_lookup_drop(int ticket)
{
    check(ticket == 1);
}

bool
sys_roots_pem(struct buf *out)
{
    (void)out;
    return false;
}

#endif
