/* A small HTTP server inside a test's own loop: every request is logged, and the test's `answer`
 * writes what goes back. */
#ifndef UNIT_WEB_LAB_H
#define UNIT_WEB_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sys/sys.h"

enum { WEB_CLIENTS = 24, WEB_LOG = 256, WEB_HEAD = 4096, WEB_OUT = 1 << 23 };

struct web_client {
    sys_sock sock;
    char in[WEB_HEAD];
    size_t in_len;
    uint8_t *out;
    size_t out_len, out_at;
    bool close_after;
};

struct web_lab;
typedef void web_answer(struct web_lab *lab, const char *head, struct buf *out);

struct web_lab {
    sys_sock listener;
    uint16_t port;
    web_answer *answer; /* writes head and body; nothing: the request stays without an answer */
    bool close_after;   /* close the connection behind an answer */
    size_t cut_after;   /* close it after so many bytes of one; 0 = never */
    void *context;
    struct web_client c[WEB_CLIENTS];
    char log[WEB_LOG][WEB_HEAD];
    int requests; /* logged so far */
    int accepted;
    int open_max; /* most clients at one time */
};

static inline void
web_open(struct web_lab *lab, web_answer *answer)
{
    struct addr at = addr_v4((const uint8_t[]){127, 0, 0, 1}, 0);
    memset(lab, 0, sizeof *lab);
    assert_int_equal(sys_tcp_listen(&at, &lab->listener), SYS_OK);
    lab->port = sys_sock_local(lab->listener).port;
    lab->answer = answer;
}

static inline void
web_drop(struct web_client *c)
{
    sys_sock_close(&c->sock);
    free(c->out);
    *c = (struct web_client){0};
}

static inline void
web_close(struct web_lab *lab)
{
    for (int i = 0; i < WEB_CLIENTS; i++)
        web_drop(&lab->c[i]);
    sys_sock_close(&lab->listener);
}

static inline void
web_read(struct web_lab *lab, struct web_client *c)
{
    int64_t n = sys_tcp_recv(c->sock, c->in + c->in_len, sizeof c->in - 1 - c->in_len);
    if (n == SYS_AGAIN)
        return;
    if (n <= 0) {
        web_drop(c);
        return;
    }
    c->in_len += (size_t)n;
    c->in[c->in_len] = 0;
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end)
        return;
    end[2] = 0;
    assert_in_range(lab->requests, 0, WEB_LOG - 1);
    memcpy(lab->log[lab->requests++], c->in, WEB_HEAD);
    c->out = malloc(WEB_OUT);
    struct buf b = buf_over(c->out, WEB_OUT);
    lab->answer(lab, c->in, &b);
    assert_false(b.full);
    c->out_len = b.len;
    c->out_at = 0;
    c->close_after = lab->close_after;
    c->in_len = 0;
    if (lab->cut_after && b.len > lab->cut_after) {
        c->out_len = lab->cut_after;
        c->close_after = true;
    }
}

static inline void
web_write(struct web_client *c)
{
    int64_t n = sys_tcp_send(c->sock, c->out + c->out_at, c->out_len - c->out_at, false);
    if (n < 0 && n != SYS_AGAIN) {
        web_drop(c);
        return;
    }
    c->out_at += n > 0 ? (size_t)n : 0;
    if (c->out_at < c->out_len)
        return;
    free(c->out);
    c->out = NULL;
    if (c->close_after && c->out_len > 0)
        web_drop(c);
}

static inline void
web_turn(struct web_lab *lab)
{
    int open = 0;
    for (int i = 0; i < WEB_CLIENTS; i++) {
        struct web_client *c = &lab->c[i];
        struct addr from;
        if (c->sock == SYS_NONE && lab->listener != SYS_NONE &&
            sys_tcp_accept(lab->listener, &c->sock, &from) == SYS_OK)
            lab->accepted++;
        if (c->sock != SYS_NONE && !c->out)
            web_read(lab, c);
        if (c->sock != SYS_NONE && c->out)
            web_write(c);
        open += c->sock != SYS_NONE;
    }
    lab->open_max = open > lab->open_max ? open : lab->open_max;
}

/* "HTTP/1.1 <status>" with a length and a body. */
static inline void
web_put(struct buf *out, const char *status, struct bytes body)
{
    buf_text(out, "HTTP/1.1 ");
    buf_text(out, status);
    buf_text(out, "\r\nContent-Length: ");
    buf_u64(out, body.len);
    buf_text(out, "\r\n\r\n");
    buf_add(out, body);
}

#endif
