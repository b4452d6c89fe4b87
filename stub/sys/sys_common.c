/* What is the same on every platform: the words for a failure, and the poll set. */
#include "sys/sys.h"

#include "base/check.h"

const char *
sys_error_text(int64_t error)
{
    static const char *const texts[] = {
        "no error",
        "not finished yet",
        "connection refused",
        "connection broken",
        "cannot be reached",
        "timed out",
        "already in use",
        "not found",
        "exists already",
        "no space left on the disk",
        "the disk is read-only",
        "permission denied",
        "too big for this kind of disk",
        "name not allowed on this disk",
        "a symbolic link is in the way",
        "not the right kind of file",
        "the disk failed",
        "the system refused",
    };
    _Static_assert(sizeof texts / sizeof *texts == -SYS_OTHER + 1, "one text a reason");
    if (error > 0) {
        error = SYS_OK;
    }
    return texts[error < SYS_OTHER ? -SYS_OTHER : -error];
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
    if (at_ms < w->deadline_ms) {
        w->deadline_ms = at_ms;
    }
}

uint32_t
sys_wants_add(struct sys_wants *w, sys_sock sock, bool want_read, bool want_write)
{
    if (sock == SYS_NONE || w->count == SYS_WANTS_MAX) {
        return 0;
    }
    w->v[w->count] =
        (struct sys_want){.sock = sock, .want_read = want_read, .want_write = want_write};
    w->count++;
    return w->count;
}

bool
sys_can_read(const struct sys_wants *w, uint32_t index)
{
    check(index <= w->count);
    return index > 0 && w->v[index - 1].can_read;
}

bool
sys_can_write(const struct sys_wants *w, uint32_t index)
{
    check(index <= w->count);
    return index > 0 && w->v[index - 1].can_write;
}
