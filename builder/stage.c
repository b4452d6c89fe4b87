#include "builder/stage.h"

#include "builder/files.h"
#include "sys/sys_link.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGE_FOLDER ".samara-publish"
enum {
    SLICE_SIZE = 1024 * 1024,
    LEFTOVERS_MAX = 16 * 1024 * 1024,
    PATH_MAX_LEN = PATH_LEN_MAX + 64
};

static int
tell(const struct stage *s, const char *path, int64_t error)
{
    return complain(EXIT_DISK, "%s/%s: %s; nothing was changed", s->folder, path,
                    sys_error_text(error));
}

static void
remove_leftovers(struct stage *s)
{
    char *names = files_memory(LEFTOVERS_MAX, 1);
    struct buf b = buf_over(names, LEFTOVERS_MAX);
    if (sys_dir_list(s->dir, STAGE_FOLDER, &b) == SYS_OK) {
        for (size_t at = 0; at < b.len; at += strlen(names + at) + 1) {
            char *path = files_join(STAGE_FOLDER, names + at);
            sys_remove(s->dir, path);
            free(path);
        }
    }
    free(names);
}

void
stage_open(struct stage *s, const char *folder, sys_dir dir, const struct sums *known)
{
    uint8_t chance[8];
    *s = (struct stage){.folder = folder, .dir = dir, .known = known};
    struct buf b = BUF(s->chance);
    sys_random(chance, sizeof chance);
    buf_hex(&b, bytes_of(chance, sizeof chance));
    buf_cstr(&b);
    remove_leftovers(s);
}

/* A name of no meaning for the next file. */
static char *
temp_name(const struct stage *s)
{
    char name[80];
    snprintf(name, sizeof name, STAGE_FOLDER "/%s-%zu", s->chance, s->count);
    return files_join(NULL, name);
}

static void
put(struct stage *s, char *temp, const char *path)
{
    if (s->count == s->max) {
        size_t max = s->max ? 2 * s->max : 64;
        struct staged *v = files_memory(max, sizeof *v);
        if (s->count) {
            memcpy(v, s->v, s->count * sizeof *v);
        }
        free(s->v);
        s->v = v;
        s->max = max;
    }
    s->v[s->count++] = (struct staged){temp, files_join(NULL, path)};
}

/* Is something of ours in there? If anything else is, too, renaming will fail. */
static bool
is_our_folder(const struct stage *s, const char *path)
{
    char *start = files_memory(strlen(path) + 2, 1);
    struct buf b = buf_over(start, strlen(path) + 2);
    buf_text(&b, path);
    buf_byte(&b, '/');
    size_t at = sums_from(s->known, buf_cstr(&b));
    bool found = at < s->known->count &&
                 bytes_starts(bytes_of_text(s->known->v[at].name), bytes_of_text(start));
    free(start);
    return found;
}

/* What stands at `path` may be replaced. */
static int
check_ours(const struct stage *s, const char *path)
{
    struct sys_stat st;
    int error = sys_stat(s->dir, path, &st);
    if (error == SYS_LINK || error == SYS_NOT_A_FILE || (error == SYS_OK && !st.exists)) {
        return 0; /* on the way is a file, which is ours, or the renaming will tell */
    }
    if (error != SYS_OK) {
        return tell(s, path, error);
    }
    if (!(st.is_dir ? is_our_folder(s, path) : !st.is_link && sums_find(s->known, path))) {
        return complain(EXIT_USAGE,
                        "%s/%s is there already and was not made by publish; move it away or "
                        "choose another folder",
                        s->folder, path);
    }
    return 0;
}

static bool
has_bytes(const struct stage *s, const char *path, const struct bytes *parts, size_t count)
{
    sys_file f = SYS_NONE;
    if (sys_file_open(s->dir, path, SYS_READ, &f) != SYS_OK) {
        return false;
    }
    int64_t at = 0;
    bool same = true;
    for (size_t i = 0; i < count && same; i++) {
        uint8_t *there = files_memory(parts[i].len, 1);
        int64_t got = sys_file_read(f, at, there, parts[i].len);
        same = got == (int64_t)parts[i].len && bytes_equal(bytes_of(there, parts[i].len), parts[i]);
        free(there);
        at += (int64_t)parts[i].len;
    }
    same = same && sys_file_size(f) == at;
    sys_file_close(&f);
    return same;
}

int
stage_bytes(struct stage *s, const char *path, const struct bytes *parts, size_t count,
            bool executable)
{
    if (has_bytes(s, path, parts, count)) {
        s->kept++;
        return 0;
    }
    int code = check_ours(s, path);
    if (code) {
        return code;
    }
    char *temp = temp_name(s);
    int error = files_write_parts(s->dir, temp, parts, count, executable);
    put(s, temp, path);
    return error ? tell(s, path, error) : 0;
}

/* --- content ---------------------------------------------------------------------------------- */

/* What a pass answers besides a sys_error: the original has become shorter. */
enum { CHANGED = 1 };

/* A pass over the original: compared with what stands there, or copied, and hashed. */
struct pass {
    sys_file in;
    sys_file there, copy; /* SYS_NONE: not wanted */
    bool same;
    struct sha256 sha;
    uint8_t *data, *other;
};

static int
pass_over(struct pass *p, int64_t size, struct progress *progress)
{
    int64_t at = 0, error = SYS_OK;
    while (at < size && error >= 0 && sys_stop_requests() == 0) {
        int64_t want = size - at < SLICE_SIZE ? size - at : SLICE_SIZE;
        int64_t got = sys_file_read(p->in, at, p->data, (size_t)want);
        if (got < want) {
            return got < 0 ? (int)got : CHANGED;
        }
        sha256_add(&p->sha, p->data, (size_t)got);
        if (p->there) {
            int64_t other = sys_file_read(p->there, at, p->other, (size_t)want);
            p->same &= other == want && memcmp(p->data, p->other, (size_t)want) == 0;
        }
        if (p->copy) {
            error = sys_file_write(p->copy, at, p->data, (size_t)got);
        }
        at += got;
        progress_show(progress, at, size);
    }
    return error < 0 ? (int)error : at < size ? SYS_AGAIN : SYS_OK;
}

/* What a pass over the original is for. */
enum purpose { COMPARE = 1, COPY = 2, HASH = 4 };

static int
run_pass(struct stage *s, const char *to, sys_dir from_dir, const char *from, int64_t size,
         int purpose, bool *same, uint8_t *sha256)
{
    struct pass p = {
        .same = true, .data = files_memory(SLICE_SIZE, 1), .other = files_memory(SLICE_SIZE, 1)};
    struct progress progress = {.what = purpose & COPY ? "copying" : "reading"};
    sha256_init(&p.sha);
    int error = sys_file_open(from_dir, from, SYS_READ, &p.in);
    if (!error && (purpose & COMPARE)) {
        error = sys_file_open(s->dir, to, SYS_READ, &p.there);
    }
    if (!error && (purpose & COPY)) {
        error = sys_file_open(s->dir, to, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &p.copy);
    }
    error = error ? error : pass_over(&p, size, &progress);
    progress_end(&progress);
    *same = p.same;
    if (sha256) {
        sha256_end(&p.sha, sha256);
    }
    sys_file_close(&p.in);
    sys_file_close(&p.there);
    sys_file_close(&p.copy);
    free(p.data);
    free(p.other);
    return error;
}

static int
tell_pass(const struct stage *s, const char *path, int error)
{
    if (error == SYS_AGAIN) {
        return complain(sys_stop_exit_code(), "stopped; nothing was changed");
    }
    if (error == CHANGED) {
        return complain(EXIT_USAGE,
                        "what is to be %s/%s changed while it was read; nothing was "
                        "changed here",
                        s->folder, path);
    }
    return tell(s, path, error);
}

/* Is the file there already? By another name of the same file, or by its bytes. */
static int
is_there(struct stage *s, const char *path, sys_dir from_dir, const char *from, int64_t size,
         int *purpose, uint8_t *sha256, bool *there)
{
    struct sys_stat old, new;
    *there = false;
    if (sys_stat(from_dir, from, &new) != SYS_OK || sys_stat(s->dir, path, &old) != SYS_OK ||
        !old.exists || old.is_dir || old.is_link || old.size != size) {
        return 0;
    }
    if (old.stamp == new.stamp) {
        *there = true;
        return 0;
    }
    int error = run_pass(s, path, from_dir, from, size, COMPARE, there, sha256);
    *purpose = 0; /* it is hashed now */
    return error ? tell_pass(s, path, error) : 0;
}

int
stage_file(struct stage *s, const char *path, sys_dir from_dir, const char *from, int64_t size,
           uint8_t *sha256)
{
    bool there, same;
    int purpose = sha256 ? HASH : 0;
    int code = is_there(s, path, from_dir, from, size, &purpose, sha256, &there);
    int error = SYS_OK;
    char *temp = NULL;
    if (code) {
        return code;
    }
    if (there) {
        s->kept++;
    } else {
        code = check_ours(s, path);
        if (code) {
            return code;
        }
        temp = temp_name(s);
        sys_make_dirs(s->dir, STAGE_FOLDER);
        if (sys_share_file(from_dir, from, s->dir, temp) != SYS_OK) {
            purpose |= COPY;
        }
    }
    if (purpose) {
        error = run_pass(s, temp, from_dir, from, size, purpose, &same, sha256);
    }
    if (temp) {
        put(s, temp, path);
    }
    return error ? tell_pass(s, path, error) : 0;
}

/* --- the change ------------------------------------------------------------------------------- */

void
stage_remove(struct stage *s, const char *path)
{
    if (s->gone_count == s->gone_max) {
        size_t max = s->gone_max ? 2 * s->gone_max : 64;
        char **gone = files_memory(max, sizeof *gone);
        if (s->gone_count) {
            memcpy(gone, s->gone, s->gone_count * sizeof *gone);
        }
        free(s->gone);
        s->gone = gone;
        s->gone_max = max;
    }
    s->gone[s->gone_count++] = files_join(NULL, path);
}

/* Cuts the last component off; false: there is no other. */
static bool
cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = 0;
    }
    return slash != NULL;
}

/* Before files are renamed: where a file was there may be a folder now. */
static void
remove_gone(struct stage *s)
{
    for (size_t i = 0; i < s->gone_count; i++) {
        char *path = files_join(NULL, s->gone[i]);
        sys_remove(s->dir, path);
        while (cut_last(path) && sys_remove_empty_dir(s->dir, path) == SYS_OK) {
        }
        free(path);
    }
}

static int
rename_one(struct stage *s, size_t i)
{
    char *folder = files_join(NULL, s->v[i].path);
    int error = cut_last(folder) ? sys_make_dirs(s->dir, folder) : SYS_OK;
    free(folder);
    return error ? error : sys_rename(s->dir, s->v[i].temp, s->v[i].path, true);
}

int
stage_commit(struct stage *s)
{
    size_t at = s->count;
    int error = SYS_OK;
    for (size_t i = 0; i < s->count && !error; i++) {
        at = (s->count - 1 + i) % s->count;
        error = rename_one(s, at);
        if (i == 0) {
            remove_gone(s);
        }
    }
    if (s->count == 0) {
        remove_gone(s);
    }
    s->committed = !error;
    return error ? complain(EXIT_DISK, "%s/%s: %s; run it again once that is mended", s->folder,
                            s->v[at].path, sys_error_text(error))
                 : 0;
}

void
stage_close(struct stage *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!s->committed) {
            sys_remove(s->dir, s->v[i].temp);
        }
        free(s->v[i].temp);
        free(s->v[i].path);
    }
    for (size_t i = 0; i < s->gone_count; i++) {
        free(s->gone[i]);
    }
    if (s->dir) {
        sys_remove_empty_dir(s->dir, STAGE_FOLDER);
    }
    free(s->v);
    free(s->gone);
    *s = (struct stage){0};
}
