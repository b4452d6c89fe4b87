/* What is the same on every platform: the words for a failure, the poll set, and parts that the
 * platforms share. */
#include "sys/sys_common.h"

#include <stdlib.h>
#include <string.h>

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
    w->rest_ms = 0;
    w->count = 0;
}

void
sys_wants_rest(struct sys_wants *w, int64_t until_ms)
{
    w->rest_ms = until_ms;
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

/* splitmix64's mixer */
uint64_t
sys_stamp_add(uint64_t stamp, uint64_t v)
{
    stamp = (stamp ^ v) + 0x9e3779b97f4a7c15u;
    stamp = (stamp ^ stamp >> 30) * 0xbf58476d1ce4e5b9u;
    stamp = (stamp ^ stamp >> 27) * 0x94d049bb133111ebu;
    return stamp ^ stamp >> 31;
}

static int
compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* Sorts the NUL-terminated names that fill [text, text + len). False: no memory. */
static bool
sort_texts(char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += text[i] == 0;
    }
    if (count < 2) {
        return true;
    }
    char *copy = malloc(len);
    const char **names = malloc(count * sizeof *names);
    if (copy && names) {
        memcpy(copy, text, len);
        for (size_t i = 0, at = 0; i < count; i++) {
            names[i] = copy + at;
            at += strlen(names[i]) + 1;
        }
        qsort(names, count, sizeof *names, compare_names);
        for (size_t i = 0; i < count; i++) {
            size_t size = strlen(names[i]) + 1;
            memcpy(text, names[i], size);
            text += size;
        }
    }
    bool sorted = copy && names;
    free(names);
    free(copy);
    return sorted;
}

int
sys_sort_names(struct buf *out, size_t start)
{
    return sort_texts((char *)out->ptr + start, out->len - start) ? SYS_OK : SYS_OTHER;
}
