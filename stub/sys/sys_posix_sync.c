/* POSIX: fsync in the background.
 *
 * There is no non-blocking fsync, and it may take seconds. A child process does it: unlike a thread
 * it shares nothing with us that could be raced for, and needs no part of the C library that is not
 * there anyway. It gives up every descriptor but the file at once, so that no connection and no
 * lock outlives us in it; its exit code is the errno. SIGCHLD wakes sys_poll.
 *
 * A ticket is (number of the job) * SYNCS_MAX + slot + 1, so that an old ticket never meets a new
 * job. */
#include "sys/sys_posix.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SYNCS_MAX = 8,
    TICKET_MAX = 1 << 30,
    NR_CLOSE_RANGE = 436, /* the same on all processors; Linux 5.9 */
};

struct sync {
    int ticket;  /* 0: the slot is free */
    pid_t child; /* 0: has ended */
    int error;
};

static struct sync syncs[SYNCS_MAX];
static int syncs_started;

/* 0 or an errno. */
static int
sync_now(int fd)
{
    int error;
    do {
        error = fsync(fd) == 0 ? 0 : errno;
    } while (error == EINTR);
    return error == EINVAL ? 0 : error; /* a file system that has nothing to sync to */
}

_Noreturn static void
run_child(int fd)
{
    dup2(fd, 0);
    if (syscall(NR_CLOSE_RANGE, 1, UINT32_MAX, 0) != 0) {
        for (int other = 1; other < POSIX_DESCRIPTORS_MAX; other++) {
            close(other);
        }
    }
    _exit(sync_now(0));
}

/* The child, or 0 when there is none to be had. It gets no signals: Ctrl-C is for us. */
static pid_t
start_child(int fd)
{
    sigset_t all, kept;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &kept);
    pid_t child = _Fork(); /* fork without the locks of the C library: there are no threads */
    if (child == 0) {
        run_child(fd);
    }
    sigprocmask(SIG_SETMASK, &kept, NULL);
    return child > 0 ? child : 0;
}

int
sys_sync_start(sys_file f)
{
    int slot = 0;
    while (slot < SYNCS_MAX && syncs[slot].ticket != 0) {
        slot++;
    }
    if (slot == SYNCS_MAX) {
        sync_now((int)f); /* too many under way: then we wait ourselves */
        return 0;
    }
    struct sync *s = &syncs[slot];
    syncs_started = (syncs_started + 1) % (TICKET_MAX / SYNCS_MAX);
    *s = (struct sync){.ticket = syncs_started * SYNCS_MAX + slot + 1};
    s->child = start_child((int)f);
    if (s->child == 0) {
        s->error = sync_now((int)f);
    }
    return s->ticket;
}

int
sys_sync_take(int ticket)
{
    struct sync *s = ticket > 0 ? &syncs[(ticket - 1) % SYNCS_MAX] : NULL;
    if (!s || s->ticket != ticket) {
        return SYS_OK;
    }
    if (s->child > 0) {
        int status = 0;
        pid_t ended = waitpid(s->child, &status, WNOHANG);
        if (ended == 0 || (ended < 0 && errno == EINTR)) {
            return SYS_AGAIN;
        }
        s->error = ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
    }
    s->ticket = 0;
    return s->error == 0 ? SYS_OK : posix_reason(s->error);
}
