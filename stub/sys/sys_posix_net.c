/* POSIX: TCP and UDP sockets.
 *
 * A socket for all interfaces is an IPv6 one that takes IPv4 too; where the system has no
 * IPv6 it is an IPv4 one. Outgoing connections use the family of their address. Buffers are
 * left to the kernel, whose tuning knows the path better than a constant. */
#include "sys/sys_posix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 1024, COPY_SIZE = 16384 };

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* IPv4 addresses in their own family: IPv6 sockets of Linux take them too, for UDP. */
static socklen_t
name_of(union name *n, const struct addr *a)
{
    memset(n, 0, sizeof *n);
    if (addr_is_v4(a)) {
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
set_option(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

/* A bound socket, or minus errno. */
static int
bound_socket(const struct addr *at, int type)
{
    union name n;
    socklen_t len = name_of(&n, at);
    int fd = socket(n.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    if (type == SOCK_STREAM) {
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* accepted ones inherit it */
    }
    if (n.any.sa_family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    if (bind(fd, &n.any, len) != 0 || (type == SOCK_STREAM && listen(fd, LISTEN_BACKLOG) != 0)) {
        int why = errno;
        close(fd);
        return -why;
    }
    return fd;
}

static int
open_bound(const struct addr *at, int type, sys_sock *out)
{
    static const uint8_t zero[16];
    int fd = bound_socket(at, type);
    if (fd < 0 && fd != -EADDRINUSE && memcmp(at->ip, zero, 16) == 0) {
        struct addr any_v4 = addr_v4(zero, at->port); /* no IPv6 on this machine */
        fd = bound_socket(&any_v4, type);
    }
    if (fd < 0) {
        return posix_reason(-fd);
    }
    *out = fd;
    return SYS_OK;
}

int
sys_tcp_listen(const struct addr *at, sys_sock *out)
{
    return open_bound(at, SOCK_STREAM, out);
}

/* Without a free descriptor the waiting connection would make the poll return at once for ever: it
 * is taken with the spare one and turned away. */
static void
turn_away(int listener)
{
    if (posix_spare_give()) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            close(fd);
        }
    }
    posix_spare_take();
}

int
sys_tcp_accept(sys_sock listener, sys_sock *out, struct addr *from)
{
    union name n;
    socklen_t len = sizeof n;
    int fd = accept4((int)listener, &n.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            turn_away((int)listener);
        }
        return SYS_AGAIN; /* also for connections that broke while they waited */
    }
    *from = addr_of(&n);
    *out = fd;
    return SYS_OK;
}

int
sys_tcp_connect(const struct addr *to, sys_sock *out)
{
    union name n;
    socklen_t len = name_of(&n, to);
    int fd = socket(n.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return posix_reason(errno);
    }
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (connect(fd, &n.any, len) != 0 && errno != EINPROGRESS && errno != EINTR) {
        int why = posix_reason(errno);
        close(fd);
        return why == SYS_DENIED ? SYS_UNREACHABLE : why; /* a firewall says EPERM */
    }
    *out = fd;
    return SYS_OK;
}

int
sys_tcp_connected(sys_sock s)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt((int)s, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        return posix_reason(errno);
    }
    if (error) {
        return posix_reason(error);
    }
    union name n;
    len = sizeof n;
    return getpeername((int)s, &n.any, &len) == 0 ? SYS_OK : SYS_AGAIN;
}

int64_t
sys_tcp_recv(sys_sock s, void *out, size_t max)
{
    ssize_t n;
    do {
        n = recv((int)s, out, max, 0);
    } while (n < 0 && errno == EINTR);
    return n >= 0 ? n : posix_reason(errno);
}

int64_t
sys_tcp_send(sys_sock s, const void *data, size_t len, bool more)
{
    ssize_t n;
    do {
        n = send((int)s, data, len, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    } while (n < 0 && errno == EINTR);
    return n >= 0 ? n : posix_reason(errno);
}

/* For file systems that sendfile cannot read from. */
static int64_t
send_copy(sys_sock s, sys_file f, int64_t offset, size_t len)
{
    uint8_t copy[COPY_SIZE];
    int64_t n = sys_file_read(f, offset, copy, len < sizeof copy ? len : sizeof copy);
    if (n <= 0) {
        return n < 0 ? n : SYS_IO;
    }
    return sys_tcp_send(s, copy, (size_t)n, false);
}

int64_t
sys_tcp_send_file(sys_sock s, sys_file f, int64_t offset, size_t len)
{
    if (len == 0) {
        return 0;
    }
    ssize_t n;
    do {
        off_t at = offset;
        n = sendfile((int)s, (int)f, &at, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EINVAL || errno == ENOSYS)) {
        return send_copy(s, f, offset, len);
    }
    return n > 0 ? n : n == 0 ? SYS_IO : posix_reason(errno);
}

struct addr
sys_sock_local(sys_sock s)
{
    union name n;
    socklen_t len = sizeof n;
    if (getsockname((int)s, &n.any, &len) != 0) {
        return (struct addr){0};
    }
    return addr_of(&n);
}

void
sys_sock_close(sys_sock *s)
{
    if (*s != SYS_NONE) {
        close((int)*s);
        *s = SYS_NONE;
    }
}

int
sys_udp_open(const struct addr *at, sys_sock *out)
{
    return open_bound(at, SOCK_DGRAM, out);
}

int64_t
sys_udp_recv(sys_sock s, void *out, size_t max, struct addr *from)
{
    union name n;
    ssize_t got;
    do {
        socklen_t len = sizeof n;
        got = recvfrom((int)s, out, max, 0, &n.any, &len);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return posix_reason(errno);
    }
    *from = addr_of(&n);
    return got;
}

int64_t
posix_udp_send(sys_sock s, const void *data, size_t len, const struct addr *to, uint32_t interface)
{
    union name n;
    socklen_t name_len = name_of(&n, to);
    if (n.any.sa_family == AF_INET6) {
        n.v6.sin6_scope_id = interface;
    }
    ssize_t sent;
    do {
        sent = sendto((int)s, data, len, MSG_NOSIGNAL, &n.any, name_len);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : posix_reason(errno);
}

int64_t
sys_udp_send(sys_sock s, const void *data, size_t len, const struct addr *to)
{
    return posix_udp_send(s, data, len, to, 0);
}

bool
posix_route(const struct addr *to, struct addr *own)
{
    union name n;
    struct addr at = *to;
    at.port = 1; /* nothing is sent; but it must not be 0 */
    socklen_t len = name_of(&n, &at);
    int fd = socket(n.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    bool found = connect(fd, &n.any, len) == 0;
    *own = sys_sock_local(fd);
    close(fd);
    return found;
}
