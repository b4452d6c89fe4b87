/* What is the same on every platform: the words for a failure, and the poll set. */
#include "sys/sys.h"

#include "base/check.h"

const char *
sys_error_text(int64_t error)
{
    static const char texts[] = "no error\0"
                                "not finished yet\0"
                                "connection refused\0"
                                "connection broken\0"
                                "cannot be reached\0"
                                "timed out\0"
                                "already in use\0"
                                "not found\0"
                                "exists already\0"
                                "no space left on the disk\0"
                                "the disk is read-only\0"
                                "permission denied\0"
                                "too big for this kind of disk\0"
                                "name not allowed on this disk\0"
                                "a symbolic link is in the way\0"
                                "not the right kind of file\0"
                                "the disk failed\0"
                                "the system refused";
    if (error > 0) {
        error = SYS_OK;
    }
    return text_at(texts, (unsigned)(error < SYS_OTHER ? -SYS_OTHER : -error));
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
