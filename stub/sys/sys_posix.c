/* POSIX: life, clock, chance, waiting, terminal.
 *
 * Handles are file descriptors. sys_init makes sure that 0, 1 and 2 are in use, so that no
 * handle of ours is ever 0 = SYS_NONE.
 *
 * One event descriptor is in every poll set; signal handlers write to it (posix_wake), so a wake-up
 * that comes between two polls is not lost. The state of this file belongs to the process, as
 * signals do. */
#include "sys/sys_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

static int wake_fd;
static int spare_fd;
static volatile sig_atomic_t stop_count;
static volatile sig_atomic_t stop_code;

int
posix_reason(int error_number)
{
    static const struct {
        short error_number;
        signed char reason;
    } table[] = {
        {EAGAIN, SYS_AGAIN},
        {EINPROGRESS, SYS_AGAIN},
        {ECONNREFUSED, SYS_REFUSED},
        {ECONNRESET, SYS_RESET},
        {EPIPE, SYS_RESET},
        {ECONNABORTED, SYS_RESET},
        {ENOTCONN, SYS_RESET},
        {ENETUNREACH, SYS_UNREACHABLE},
        {EHOSTUNREACH, SYS_UNREACHABLE},
        {ENETDOWN, SYS_UNREACHABLE},
        {EADDRNOTAVAIL, SYS_UNREACHABLE},
        {EAFNOSUPPORT, SYS_UNREACHABLE},
        {ETIMEDOUT, SYS_TIMED_OUT},
        {EADDRINUSE, SYS_IN_USE},
        {EBUSY, SYS_IN_USE},
        {ETXTBSY, SYS_IN_USE},
        {ENOENT, SYS_NOT_FOUND},
        {EEXIST, SYS_EXISTS},
        {ENOTEMPTY, SYS_EXISTS},
        {ENOSPC, SYS_FULL},
        {EDQUOT, SYS_FULL},
        {EROFS, SYS_READ_ONLY},
        {EACCES, SYS_DENIED},
        {EPERM, SYS_DENIED},
        {EFBIG, SYS_TOO_BIG},
        {EOVERFLOW, SYS_TOO_BIG},
        {ENAMETOOLONG, SYS_BAD_NAME},
        {EILSEQ, SYS_BAD_NAME},
        {ELOOP, SYS_LINK},
        {EISDIR, SYS_NOT_A_FILE},
        {ENOTDIR, SYS_NOT_A_FILE},
        {ENXIO, SYS_NOT_A_FILE},
        {EIO, SYS_IO},
        {ENODEV, SYS_IO},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].error_number == error_number) {
            return table[i].reason;
        }
    }
    return SYS_OTHER;
}

void
posix_wake(void)
{
    int kept = errno; /* a signal may come between a call and its errno */
    uint64_t one = 1;
    if (write(wake_fd, &one, sizeof one) < 0) {
        /* The counter is at its limit: the poll will return anyway. */
    }
    errno = kept;
}

bool
posix_spare_give(void)
{
    bool had = spare_fd > 0;
    if (had) {
        close(spare_fd);
    }
    spare_fd = 0;
    return had;
}

void
posix_spare_take(void)
{
    int fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 3);
    spare_fd = fd > 0 ? fd : 0;
}

static void
on_stop(int number)
{
    if (stop_count == 0) {
        stop_code = number == SIGINT ? 130 : 143;
    }
    if (stop_count < 1000) {
        stop_count++;
    }
    posix_wake();
}

static void
on_child(int number)
{
    (void)number;
    posix_wake();
}

static void
catch_signals(void)
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    sigaction(SIGXFSZ, &act, NULL); /* the write fails with EFBIG instead */
    act.sa_handler = on_stop;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    struct sigaction old;
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
        sigaction(SIGHUP, &act, NULL); /* under nohup it stays ignored */
    }
    act.sa_handler = on_child;
    act.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &act, NULL);
}

static void
raise_descriptor_limit(void)
{
    struct rlimit r;
    /* Not setrlimit: that of musl brings machinery for threads along. */
    if (prlimit(0, RLIMIT_NOFILE, NULL, &r) == 0 && r.rlim_cur < POSIX_DESCRIPTORS_MAX) {
        r.rlim_cur = r.rlim_max < POSIX_DESCRIPTORS_MAX ? r.rlim_max : POSIX_DESCRIPTORS_MAX;
        prlimit(0, RLIMIT_NOFILE, &r, NULL);
    }
}

void
sys_init(void)
{
    posix_seal_relocations();
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            /* The lowest free descriptor is taken, and all below are in use. */
            int got = open("/dev/null", O_RDWR);
            check(got == fd);
        }
    }
    if (wake_fd == 0) {
        wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        check(wake_fd > 2);
        posix_spare_take();
    }
    catch_signals();
    raise_descriptor_limit();
}

int
sys_stop_requests(void)
{
    return stop_count;
}

int
sys_stop_exit_code(void)
{
    return stop_code;
}

void
sys_exit(int code)
{
    _exit(code);
}

static int64_t
clock_ms(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) {
        return -1;
    }
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
sys_now_ms(void)
{
    /* The boot clock counts the time asleep, so that after a laptop wakes up the dead connections
     * time out at once. */
    int64_t now = clock_ms(CLOCK_BOOTTIME);
    if (now < 0) {
        now = clock_ms(CLOCK_MONOTONIC);
    }
    return now + 1;
}

int64_t
sys_unix_s(void)
{
    return clock_ms(CLOCK_REALTIME) / 1000;
}

static void
random_from_device(uint8_t *out, size_t len)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    check(fd >= 0);
    while (len > 0) {
        ssize_t n = read(fd, out, len);
        check(n > 0 || (n < 0 && errno == EINTR));
        if (n > 0) {
            out += n;
            len -= (size_t)n;
        }
    }
    close(fd);
}

void
sys_random(void *out, size_t len)
{
    uint8_t *p = out;
    while (len > 0) {
        ssize_t n = getrandom(p, len, 0);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        } else if (errno != EINTR) {
            random_from_device(p, len); /* a kernel from before 3.17 */
            return;
        }
    }
}

static int
poll_timeout(int64_t deadline_ms)
{
    int64_t left = deadline_ms - sys_now_ms();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void
sys_poll(struct sys_wants *w)
{
    static struct pollfd set[1 + SYS_WANTS_MAX + POSIX_NAMES_MAX];
    set[0] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    for (uint32_t i = 0; i < w->count; i++) {
        struct sys_want *v = &w->v[i];
        int events = (v->want_read ? POLLIN : 0) | (v->want_write ? POLLOUT : 0);
        /* Nothing wanted: left out, or an error on it would be reported without end. */
        set[i + 1] = (struct pollfd){.fd = events ? (int)v->sock : -1, .events = (short)events};
        v->can_read = false;
        v->can_write = false;
    }
    int64_t deadline_ms = w->deadline_ms;
    size_t names = posix_names_wait(set + 1 + w->count, &deadline_ms);
    int rest = poll_timeout(w->rest_ms < deadline_ms ? w->rest_ms : deadline_ms);
    if (rest > 0) {
        poll(set, 1, rest);
    }
    int ready = poll(set, 1 + w->count + names, poll_timeout(deadline_ms));
    posix_names_turn();
    if (ready <= 0) {
        return; /* the deadline, or a signal */
    }
    if (set[0].revents) {
        uint64_t count;
        if (read(wake_fd, &count, sizeof count) < 0) {
            /* Emptied by an earlier turn. */
        }
    }
    for (uint32_t i = 0; i < w->count; i++) {
        struct sys_want *v = &w->v[i];
        int got = set[i + 1].revents;
        int broken = got & (POLLERR | POLLHUP | POLLNVAL);
        v->can_read = v->want_read && (broken || (got & POLLIN));
        v->can_write = v->want_write && (broken || (got & POLLOUT));
    }
}

const char *
sys_env(const char *name)
{
    return getenv(name);
}

int
sys_print(enum sys_stream stream, struct bytes text)
{
    while (text.len > 0) {
        ssize_t n = write((int)stream, text.ptr, text.len);
        if (n >= 0) {
            text = bytes_skip(text, (size_t)n);
        } else if (errno == EAGAIN) {
            /* Whoever shares the terminal or pipe with us made it non-blocking. */
            struct pollfd wait = {.fd = (int)stream, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return posix_reason(errno);
        }
    }
    return SYS_OK;
}

int
posix_ioctl(int fd, unsigned long request, void *argument)
{
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

int
sys_terminal_width(enum sys_stream stream)
{
    struct winsize size = {0};
    if (posix_ioctl((int)stream, TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col ? size.ws_col : 80; /* serial lines do not know their width */
}
