/* Windows: TCP and UDP sockets.
 *
 * A socket for all interfaces is an IPv6 one that takes IPv4 too; where the system has no IPv6 it
 * is an IPv4 one. Such a socket names IPv4 addresses in their mapped form, on the way out too. */
#include "sys/sys_windows.h"

#include <string.h>

#include <mstcpip.h>
#include <ws2tcpip.h>

#include "base/check.h"

#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12) /* not in these headers */

enum { LISTEN_BACKLOG = 128, COPY_SIZE = 65536 };

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int
last_reason(void)
{
    return windows_reason((DWORD)WSAGetLastError());
}

/* `mapped`: IPv4 addresses as IPv6 ones. */
static int
name_of(union name *n, const struct addr *a, bool mapped)
{
    memset(n, 0, sizeof *n);
    if (addr_is_v4(a) && !mapped) {
        n->v4.sin_family = AF_INET;
        n->v4.sin_port = htons(a->port);
        memcpy(&n->v4.sin_addr, a->ip + 12, 4);
        return sizeof n->v4;
    }
    n->v6.sin6_family = AF_INET6;
    n->v6.sin6_port = htons(a->port);
    memcpy(&n->v6.sin6_addr, a->ip, 16);
    return sizeof n->v6;
}

static struct addr
addr_of(const union name *n)
{
    if (n->any.sa_family == AF_INET) {
        return addr_v4((const uint8_t *)&n->v4.sin_addr, ntohs(n->v4.sin_port));
    }
    if (n->any.sa_family == AF_INET6) {
        return addr_v6((const uint8_t *)&n->v6.sin6_addr, ntohs(n->v6.sin6_port));
    }
    return (struct addr){0};
}

static void
set_option(SOCKET s, int level, int option, DWORD value)
{
    setsockopt(s, level, option, (const char *)&value, sizeof value);
}

/* Non-blocking and not inherited. */
static SOCKET
new_socket(int family, int type)
{
    SOCKET s = socket(family, type, 0);
    u_long on = 1;
    if (s != INVALID_SOCKET) {
        SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
        ioctlsocket(s, (long)FIONBIO, &on);
        if (type == SOCK_STREAM) {
            set_option(s, IPPROTO_TCP, TCP_NODELAY, 1);
        }
    }
    return s;
}

/* SYS_OK, or why there is no bound socket. */
static int
bound_socket(const struct addr *at, int type, SOCKET *out)
{
    union name n;
    int len = name_of(&n, at, false);
    SOCKET s = new_socket(n.any.sa_family, type);
    if (s == INVALID_SOCKET) {
        return last_reason();
    }
    /* Else another program could take the same port and its connections. */
    set_option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
    if (n.any.sa_family == AF_INET6) {
        set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    if (bind(s, &n.any, len) != 0 || (type == SOCK_STREAM && listen(s, LISTEN_BACKLOG) != 0)) {
        int why = WSAGetLastError() == WSAEACCES ? SYS_IN_USE : last_reason();
        closesocket(s);
        return why;
    }
    *out = s;
    return SYS_OK;
}

static int
open_bound(const struct addr *at, int type, sys_sock *out)
{
    static const uint8_t zero[16];
    SOCKET s = INVALID_SOCKET;
    int error = bound_socket(at, type, &s);
    if (error != SYS_OK && error != SYS_IN_USE && memcmp(at->ip, zero, 16) == 0) {
        struct addr any_v4 = addr_v4(zero, at->port); /* no IPv6 on this machine */
        error = bound_socket(&any_v4, type, &s);
    }
    if (error == SYS_OK) {
        *out = (sys_sock)s;
    }
    return error;
}

SOCKET
windows_net_start(void)
{
    WSADATA data;
    struct addr at = addr_v4((const uint8_t[]){127, 0, 0, 1}, 0);
    SOCKET s = INVALID_SOCKET;
    check(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    check(bound_socket(&at, SOCK_DGRAM, &s) == SYS_OK);
    union name own;
    int len = sizeof own;
    check(getsockname(s, &own.any, &len) == 0 && connect(s, &own.any, len) == 0);
    return s;
}

int
sys_tcp_listen(const struct addr *at, sys_sock *out)
{
    return open_bound(at, SOCK_STREAM, out);
}

int
sys_tcp_accept(sys_sock listener, sys_sock *out, struct addr *from)
{
    union name n;
    int len = sizeof n;
    u_long on = 1;
    SOCKET s = accept((SOCKET)listener, &n.any, &len);
    if (s == INVALID_SOCKET) {
        return SYS_AGAIN; /* also for connections that broke while they waited */
    }
    SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
    ioctlsocket(s, (long)FIONBIO, &on);
    set_option(s, IPPROTO_TCP, TCP_NODELAY, 1);
    *from = addr_of(&n);
    *out = (sys_sock)s;
    return SYS_OK;
}

int
sys_tcp_connect(const struct addr *to, sys_sock *out)
{
    union name n;
    int len = name_of(&n, to, false);
    SOCKET s = new_socket(n.any.sa_family, SOCK_STREAM);
    if (s == INVALID_SOCKET) {
        return last_reason();
    }
    if (connect(s, &n.any, len) != 0 && WSAGetLastError() != WSAEWOULDBLOCK) {
        int why = last_reason();
        closesocket(s);
        return why;
    }
    *out = (sys_sock)s;
    return SYS_OK;
}

/* SO_ERROR is silent about a connect that failed on some Windows until it was selected for. */
static int
connect_error(SOCKET s)
{
    int error = 0, len = sizeof error;
    if (getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &len) != 0) {
        return last_reason();
    }
    return error ? windows_reason((DWORD)error) : SYS_OK;
}

int
sys_tcp_connected(sys_sock sock)
{
    SOCKET s = (SOCKET)sock;
    int error = connect_error(s);
    if (error != SYS_OK) {
        return error;
    }
    union name n;
    int len = sizeof n;
    return getpeername(s, &n.any, &len) == 0 ? SYS_OK : SYS_AGAIN;
}

int64_t
sys_tcp_recv(sys_sock s, void *out, size_t max)
{
    int n = recv((SOCKET)s, out, max < INT32_MAX ? (int)max : INT32_MAX, 0);
    return n >= 0 ? n : last_reason();
}

int64_t
sys_tcp_send(sys_sock s, const void *data, size_t len, bool more)
{
    (void)more; /* there is no such hint here */
    int n = send((SOCKET)s, data, len < INT32_MAX ? (int)len : INT32_MAX, 0);
    return n >= 0 ? n : last_reason();
}

/* TransmitFile would need a DLL more and, on desktop Windows, runs two at a time. */
int64_t
sys_tcp_send_file(sys_sock s, sys_file f, int64_t offset, size_t len)
{
    static uint8_t copy[COPY_SIZE];
    if (len == 0) {
        return 0;
    }
    int64_t n = sys_file_read(f, offset, copy, len < sizeof copy ? len : sizeof copy);
    if (n <= 0) {
        return n < 0 ? n : SYS_IO;
    }
    return sys_tcp_send(s, copy, (size_t)n, false);
}

struct addr
sys_sock_local(sys_sock s)
{
    union name n;
    int len = sizeof n;
    if (getsockname((SOCKET)s, &n.any, &len) != 0) {
        return (struct addr){0};
    }
    return addr_of(&n);
}

void
sys_sock_close(sys_sock *s)
{
    if (*s != SYS_NONE) {
        closesocket((SOCKET)*s);
        *s = SYS_NONE;
    }
}

int
sys_udp_open(const struct addr *at, sys_sock *out)
{
    int error = open_bound(at, SOCK_DGRAM, out);
    if (error == SYS_OK) {
        /* Or the port of one dead peer would end the reception from all. */
        DWORD off = FALSE, done;
        WSAIoctl((SOCKET)*out, SIO_UDP_CONNRESET, &off, sizeof off, NULL, 0, &done, NULL, NULL);
    }
    return error;
}

int64_t
sys_udp_recv(sys_sock s, void *out, size_t max, struct addr *from)
{
    union name n;
    int len = sizeof n;
    int got = recvfrom((SOCKET)s, out, max < INT32_MAX ? (int)max : INT32_MAX, 0, &n.any, &len);
    if (got < 0 && WSAGetLastError() != WSAEMSGSIZE) {
        return last_reason();
    }
    *from = addr_of(&n);
    return got < 0 ? (int64_t)max : got; /* longer than the room: cut, as elsewhere */
}

int64_t
sys_udp_send(sys_sock s, const void *data, size_t len, const struct addr *to)
{
    union name own, n;
    int own_len = sizeof own;
    bool v6 = getsockname((SOCKET)s, &own.any, &own_len) == 0 && own.any.sa_family == AF_INET6;
    int name_len = name_of(&n, to, v6);
    int sent = sendto((SOCKET)s, data, (int)len, 0, &n.any, name_len);
    return sent >= 0 ? sent : last_reason();
}
