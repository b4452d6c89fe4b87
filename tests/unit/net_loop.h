/* For the tests of stub/net: both ends of a connection in one process, on loopback. */
#ifndef UNIT_NET_LOOP_H
#define UNIT_NET_LOOP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sys/sys.h"

enum { LOOP_TIMEOUT_MS = 20000 };

/* A listener on a free port of 127.0.0.1. */
static inline sys_sock
loop_listen(struct addr *at)
{
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    struct addr any = addr_v4(loopback, 0);
    sys_sock listener = SYS_NONE;
    assert_int_equal(sys_tcp_listen(&any, &listener), SYS_OK);
    *at = sys_sock_local(listener);
    return listener;
}

/* Waits for the next connection. */
static inline sys_sock
loop_accept(sys_sock listener, struct addr *from)
{
    sys_sock sock = SYS_NONE;
    int64_t until = sys_now_ms() + LOOP_TIMEOUT_MS;
    while (sys_tcp_accept(listener, &sock, from) != SYS_OK) {
        assert_true(sys_now_ms() < until);
        static struct sys_wants w;
        sys_wants_start(&w, until);
        sys_wants_add(&w, listener, true, false);
        sys_poll(&w);
    }
    return sock;
}

#endif
