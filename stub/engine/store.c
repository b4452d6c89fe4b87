/* The torrent's files on the disk; see store.h for what they are called when.
 *
 * Vocabulary: a run is the part of a stream range that lies in one file; a file is stored when it
 * has bytes on the disk (no padding, no symlink). Names are looked at when the store is opened and
 * when a file is finished; in between the table `files` is the truth, and a file that vanishes
 * under us is an error, never made anew: what was verified would silently become zeros.
 *
 * Killed at any instant, every file is either NAME.part or NAME, and the next start hashes it. */
#include "engine/store.h"

#include "base/bits.h"
#include "base/check.h"

#include <string.h>

enum {
    PATH_SIZE = PATH_LEN_MAX + 32, /* with ".part" or ".old99" and a NUL */
    SLICES_MAX = 16,               /* of one write to one file */
    OLD_MAX = 99,                  /* earlier files moved aside for one name */
    COMPARE_SIZE = 16384,
    FINISH_FILES_MAX = 16, /* renames in one turn */
};

struct run {
    uint32_t file;
    int64_t at;
    size_t len;
};

static bool
is_real(const struct store *s, uint32_t i)
{
    return !s->t->files[i].pad && !s->t->files[i].link;
}

static const char *
path_with(const struct store *s, uint32_t i, const char *suffix, uint32_t number, char *mem)
{
    struct buf b = buf_over(mem, PATH_SIZE);
    buf_text(&b, s->t->files[i].path);
    buf_text(&b, suffix);
    if (number > 1)
        buf_u64(&b, number);
    return buf_cstr(&b);
}

/* Where a file lies, or will be made. */
static const char *
path_now(const struct store *s, uint32_t i, char *mem)
{
    return path_with(s, i, s->files[i].place == STORE_FINAL ? "" : ".part", 0, mem);
}

static int
tell(struct store *s, uint32_t i, int error)
{
    struct buf b = BUF(s->error_path);
    buf_add(&b, bytes_first(bytes_of_text(s->t->files[i].path), sizeof s->error_path - 1));
    buf_cstr(&b);
    return error;
}

/* A full disk passes, everything else stays. */
static int
fail(struct store *s, uint32_t i, int error)
{
    if (error != SYS_OK && error != SYS_FULL && s->error == SYS_OK)
        s->error = tell(s, i, error);
    return error;
}

/* ---- Open files */

static int
open_file(struct store *s, uint32_t i, int how, sys_file *f)
{
    char mem[PATH_SIZE];
    return open_files_get(&s->open, i, s->dir, path_now(s, i, mem), how, f);
}

static int
open_for_reading(struct store *s, uint32_t i, sys_file *f)
{
    return s->files[i].place == STORE_ABSENT ? SYS_NOT_FOUND : open_file(s, i, SYS_READ, f);
}

/* A file that is new gets its full length at once, as a hole. */
static int
open_for_writing(struct store *s, uint32_t i, sys_file *f)
{
    struct store_file *sf = &s->files[i];
    const struct torrent_file *tf = &s->t->files[i];
    int how = SYS_WRITE;
    check(!s->read_only && !sf->finished);
    if (sf->place == STORE_ABSENT)
        how |= SYS_CREATE | (tf->executable ? SYS_EXECUTABLE : 0);
    int64_t error = open_file(s, i, how, f);
    if (error != SYS_OK || sf->place == STORE_FINAL)
        return (int)error;
    sf->place = STORE_PART;
    int64_t size = sys_file_size(*f);
    if (size != tf->length)
        error = size < 0 ? size : sys_file_resize(*f, tf->length);
    return (int)error;
}

bool
store_hold(struct store *s, sys_file f)
{
    return open_files_hold(&s->open, f);
}

void
store_release(struct store *s, sys_file f)
{
    open_files_release(&s->open, f);
}

void
store_close(struct store *s)
{
    for (uint32_t k = s->finishing_at; k < s->syncs_begun; k++)
        if (s->sync[k % STORE_SYNCS_MAX] > 0)
            sys_sync_take(s->sync[k % STORE_SYNCS_MAX]); /* gives it back if it has ended */
    open_files_close_all(&s->open);
}

/* ---- Looking at what is there */

static int
look_at_part(struct store *s, uint32_t i, struct store_file *sf)
{
    char mem[PATH_SIZE];
    struct sys_stat st;
    int error = sys_stat(s->dir, path_with(s, i, ".part", 0, mem), &st);
    if (error != SYS_OK || !st.exists)
        return error;
    if (st.is_link || st.is_dir)
        return st.is_link ? SYS_LINK : SYS_NOT_A_FILE;
    sf->place = STORE_PART;
    sf->size = st.size;
    sf->allocated = st.allocated;
    return SYS_OK;
}

static int
look_at_file(struct store *s, uint32_t i)
{
    struct store_file *sf = &s->files[i];
    struct sys_stat st;
    int error = s->read_only ? SYS_OK : look_at_part(s, i, sf);
    if (error == SYS_OK)
        error = sys_stat(s->dir, s->t->files[i].path, &st);
    if (error != SYS_OK || !st.exists)
        return error;
    if (st.is_dir || st.is_link || st.size > s->t->files[i].length || sf->place == STORE_PART) {
        sf->in_the_way = true;
        return SYS_OK;
    }
    sf->place = STORE_FINAL;
    sf->size = st.size;
    sf->allocated = st.allocated;
    return SYS_OK;
}

/* Is the torrent's own folder missing, so that no file needs to be looked for? */
static bool
folder_is_missing(const struct store *s)
{
    struct sys_stat st;
    return !s->t->single && sys_stat(s->dir, s->t->name, &st) == SYS_OK && !st.exists;
}

int
store_open(struct store *s, const struct torrent *t, sys_dir dir, const bool *wanted,
           bool read_only, struct arena *arena)
{
    *s = (struct store){.t = t, .dir = dir, .read_only = read_only, .links_made = read_only};
    s->files = arena_take(arena, t->file_count, sizeof *s->files);
    s->finishing = arena_take(arena, t->file_count, sizeof *s->finishing);
    if (!s->files || !s->finishing)
        return SYS_OTHER;
    bool nothing = folder_is_missing(s);
    for (uint32_t i = 0; i < t->file_count; i++) {
        struct store_file *sf = &s->files[i];
        uint32_t first, end;
        if (!is_real(s, i))
            continue;
        geometry_file_pieces(t, i, &first, &end);
        sf->pieces_left = end - first;
        sf->wanted = !wanted || wanted[i];
        s->files_left += sf->wanted;
        int error = nothing ? SYS_OK : look_at_file(s, i);
        if (error != SYS_OK && sf->wanted)
            return tell(s, i, error);
    }
    return SYS_OK;
}

int64_t
store_space_needed(const struct store *s)
{
    int64_t needed = 0;
    for (uint32_t i = 0; i < s->t->file_count; i++) {
        const struct store_file *sf = &s->files[i];
        int64_t there = sf->place == STORE_ABSENT ? 0 : sf->allocated;
        if (sf->wanted && there < s->t->files[i].length)
            needed += s->t->files[i].length - there;
    }
    return needed;
}

int
store_check_sizes(struct store *s)
{
    int64_t max = sys_file_size_max(s->dir);
    for (uint32_t i = 0; i < s->t->file_count; i++)
        if (s->files[i].wanted && s->t->files[i].length > max)
            return tell(s, i, SYS_TOO_BIG);
    return SYS_OK;
}

/* ---- Reading and writing */

static struct run
run_at(const struct store *s, int64_t offset, size_t len)
{
    struct run r = {.file = geometry_file_at(s->t, offset)};
    const struct torrent_file *tf = &s->t->files[r.file];
    r.at = offset - tf->offset;
    uint64_t left = (uint64_t)(tf->length - r.at);
    r.len = left < len ? (size_t)left : len;
    return r;
}

bool
store_may_have(struct store *s, int64_t offset, int64_t len)
{
    bool data = false;
    while (len > 0) {
        struct run r = run_at(s, offset, (size_t)len);
        int64_t end = r.at + (int64_t)r.len;
        if (!is_real(s, r.file)) {
            data = data || s->t->files[r.file].pad;
        } else if (s->files[r.file].place == STORE_ABSENT || s->files[r.file].size < end) {
            return false;
        } else if (!data) {
            sys_file f;
            data = open_for_reading(s, r.file, &f) == SYS_OK && sys_file_next_data(f, r.at) < end;
        }
        offset += (int64_t)r.len;
        len -= (int64_t)r.len;
    }
    return data;
}

int
store_read(struct store *s, int64_t offset, void *out, size_t len)
{
    uint8_t *to = out;
    while (len > 0) {
        struct run r = run_at(s, offset, len);
        if (is_real(s, r.file)) {
            sys_file f;
            int error = open_for_reading(s, r.file, &f);
            if (error != SYS_OK)
                return error;
            int64_t n = sys_file_read(f, r.at, to, r.len);
            if (n < (int64_t)r.len)
                return n < 0 ? (int)n : SYS_NOT_FOUND;
        } else {
            memset(to, 0, r.len);
        }
        offset += (int64_t)r.len;
        to += r.len;
        len -= r.len;
    }
    return SYS_OK;
}

/* What is left to be written: slices, the first of them from `skip` on. */
struct source {
    const struct bytes *v;
    size_t count, skip;
};

/* Takes up to `max` bytes in up to SLICES_MAX slices; returns how many bytes. */
static size_t
source_take(struct source *src, size_t max, struct bytes *out, size_t *out_count)
{
    size_t taken = 0;
    *out_count = 0;
    while (src->count > 0 && taken < max && *out_count < SLICES_MAX) {
        struct bytes part = bytes_first(bytes_skip(*src->v, src->skip), max - taken);
        src->skip += part.len;
        taken += part.len;
        if (part.len > 0)
            out[(*out_count)++] = part;
        if (src->skip == src->v->len) {
            src->v++;
            src->count--;
            src->skip = 0;
        }
    }
    return taken;
}

int
store_write(struct store *s, int64_t offset, const struct bytes *v, size_t count)
{
    struct source src = {.v = v, .count = count};
    size_t len = 0;
    for (size_t k = 0; k < count; k++)
        len += v[k].len;
    while (len > 0 && s->error == SYS_OK) {
        struct bytes part[SLICES_MAX];
        size_t part_count;
        struct run r = run_at(s, offset, len);
        size_t n = source_take(&src, r.len, part, &part_count);
        if (is_real(s, r.file)) {
            sys_file f;
            int64_t error = open_for_writing(s, r.file, &f);
            if (error == SYS_OK)
                error = sys_file_write_slices(f, r.at, part, part_count);
            if (error < 0)
                return fail(s, r.file, (int)error);
        }
        offset += (int64_t)n;
        len -= n;
    }
    return s->error;
}

int
store_locate(struct store *s, int64_t offset, sys_file *f, int64_t *file_offset, int64_t *run)
{
    struct run r = run_at(s, offset, 1);
    *file_offset = r.at;
    *run = s->t->files[r.file].length - r.at;
    return is_real(s, r.file) ? open_for_reading(s, r.file, f) : SYS_NOT_FOUND;
}

/* ---- Finished files */

static void
finish(struct store *s, uint32_t i)
{
    struct store_file *sf = &s->files[i];
    sf->place = STORE_FINAL;
    sf->finished = true;
    s->files_left -= sf->wanted;
}

/* One unverified piece less for every file that it touches. */
static void
count_down(struct store *s, uint32_t piece, bool queue)
{
    const struct torrent *t = s->t;
    int64_t at = geometry_piece_offset(t, piece);
    int64_t end = at + geometry_piece_size(t, piece);
    for (uint32_t i = geometry_file_at(t, at); i < t->file_count && t->files[i].offset < end; i++) {
        struct store_file *sf = &s->files[i];
        if (t->files[i].length == 0 || !is_real(s, i))
            continue;
        check(sf->pieces_left > 0);
        sf->pieces_left--;
        if (queue && sf->pieces_left == 0 && sf->wanted && !sf->finished)
            s->finishing[s->finishing_count++] = i;
    }
}

void
store_piece_good(struct store *s, uint32_t piece)
{
    count_down(s, piece, true);
}

/* A file under its final name that is good in part becomes ours to complete. */
static int
adopt(struct store *s, uint32_t i)
{
    char part[PATH_SIZE];
    open_files_close(&s->open, i);
    const char *to = path_with(s, i, ".part", 0, part);
    int error = sys_rename(s->dir, s->t->files[i].path, to, false);
    if (error == SYS_OK)
        s->files[i].place = STORE_PART;
    return error;
}

static int
settle(struct store *s, uint32_t i)
{
    struct store_file *sf = &s->files[i];
    const struct torrent_file *tf = &s->t->files[i];
    uint32_t first, end;
    sys_file f;
    int error = SYS_OK;
    geometry_file_pieces(s->t, i, &first, &end);
    if (sf->place == STORE_FINAL && sf->pieces_left == 0) {
        finish(s, i);
        return SYS_OK;
    }
    if (s->read_only)
        return SYS_OK;
    if (sf->place == STORE_FINAL && sf->pieces_left == end - first) {
        open_files_close(&s->open, i);
        sf->place = STORE_ABSENT;
        sf->in_the_way = true;
    } else if (sf->place == STORE_FINAL && sf->wanted) {
        error = adopt(s, i);
    }
    bool too_long = sf->place == STORE_PART && sf->size > tf->length;
    bool empty = sf->wanted && sf->place == STORE_ABSENT && tf->length == 0;
    if (error == SYS_OK && (too_long || empty))
        error = open_for_writing(s, i, &f);
    if (error == SYS_OK && sf->wanted && sf->pieces_left == 0)
        s->finishing[s->finishing_count++] = i;
    return error;
}

void
store_checked(struct store *s, const uint8_t *have)
{
    for (uint32_t piece = 0; piece < s->t->piece_count; piece++)
        if (bits_get(have, piece))
            count_down(s, piece, false);
    for (uint32_t i = 0; i < s->t->file_count; i++)
        if (is_real(s, i))
            fail(s, i, settle(s, i));
}

/* Compares a slice of our complete file with what stands under its name. SYS_EXISTS: they differ;
 * SYS_AGAIN: equal so far; SYS_OK: equal to the end. */
static int
compare(struct store *s, uint32_t i)
{
    sys_file ours, theirs;
    int64_t length = s->t->files[i].length;
    int error = SYS_AGAIN;
    if (open_for_reading(s, i, &ours) != SYS_OK ||
        sys_file_open(s->dir, s->t->files[i].path, SYS_READ, &theirs) != SYS_OK)
        return SYS_EXISTS;
    if (sys_file_size(theirs) != length)
        error = SYS_EXISTS;
    for (int64_t done = 0; done < CHECK_SLICE_SIZE && error == SYS_AGAIN;) {
        uint8_t a[COMPARE_SIZE], b[COMPARE_SIZE];
        int64_t n = sys_file_read(ours, s->compared, a, sizeof a);
        if (s->compared == length)
            error = SYS_OK;
        else if (n <= 0 || sys_file_read(theirs, s->compared, b, (size_t)n) != n ||
                 memcmp(a, b, (size_t)n) != 0)
            error = SYS_EXISTS;
        else
            s->compared += n;
        done += n;
    }
    sys_file_close(&theirs);
    return error;
}

static int
move_aside(struct store *s, uint32_t i)
{
    char old[PATH_SIZE];
    int error = SYS_EXISTS;
    for (uint32_t k = 1; k <= OLD_MAX && error == SYS_EXISTS; k++) {
        const char *to = path_with(s, i, ".old", k, old);
        error = sys_rename(s->dir, s->t->files[i].path, to, false);
    }
    return error;
}

/* Gives a file that is safely on the disk its name. SYS_AGAIN: more to do, call again. */
static int
give_name(struct store *s, uint32_t i)
{
    char mem[PATH_SIZE];
    const char *part = path_with(s, i, ".part", 0, mem);
    struct sys_stat st;
    int error = sys_stat(s->dir, s->t->files[i].path, &st);
    if (error != SYS_OK)
        return error;
    if (st.exists) {
        error = compare(s, i);
        if (error == SYS_AGAIN)
            return error;
        open_files_close(&s->open, i);
        if (error == SYS_OK)
            return sys_remove(s->dir, part);
        error = move_aside(s, i);
        if (error != SYS_OK)
            return error;
    }
    open_files_close(&s->open, i);
    sys_mark_from_internet(s->dir, part);
    error = sys_rename(s->dir, part, s->t->files[i].path, false);
    return error == SYS_EXISTS ? SYS_AGAIN : error;
}

/* Starts to push files to the disk, some ahead of the first. */
static void
begin_syncs(struct store *s)
{
    uint32_t end = s->finishing_at + STORE_SYNCS_MAX;
    for (; s->syncs_begun < s->finishing_count && s->syncs_begun < end; s->syncs_begun++) {
        sys_file f;
        uint32_t i = s->finishing[s->syncs_begun];
        int result = open_for_reading(s, i, &f);
        if (result == SYS_OK && s->t->files[i].length > 0)
            result = sys_sync_start(f);
        s->sync[s->syncs_begun % STORE_SYNCS_MAX] = result;
    }
}

/* SYS_AGAIN while the first file of the queue is not done. */
static int
finish_first(struct store *s, uint32_t i)
{
    int *sync = &s->sync[s->finishing_at % STORE_SYNCS_MAX];
    begin_syncs(s);
    if (*sync > 0) {
        int result = sys_sync_take(*sync);
        if (result == SYS_AGAIN)
            return result;
        *sync = result;
    }
    return *sync < 0 ? *sync : give_name(s, i);
}

static bool
may_link(const struct store *s, uint32_t i)
{
    struct sys_stat st;
    return s->t->files[i].link && sys_stat(s->dir, s->t->files[i].path, &st) == SYS_OK &&
           !st.exists;
}

/* A file system without symlinks is no reason to call a download failed. */
static void
make_links(struct store *s)
{
    for (uint32_t i = 0; i < s->t->file_count; i++)
        if (may_link(s, i))
            sys_make_link(s->dir, s->t->files[i].path, s->t->files[i].link);
    s->links_made = true;
}

bool
store_turn(struct store *s)
{
    for (int n = 0; s->finishing_at < s->finishing_count && s->error == SYS_OK; n++) {
        uint32_t i = s->finishing[s->finishing_at];
        int error = n < FINISH_FILES_MAX ? finish_first(s, i) : SYS_AGAIN;
        if (error == SYS_AGAIN)
            return false;
        s->compared = 0;
        if (error != SYS_OK) {
            s->error = tell(s, i, error);
            return true;
        }
        finish(s, i);
        s->finishing_at++;
    }
    if (s->files_left == 0 && !s->links_made && s->error == SYS_OK)
        make_links(s);
    return true;
}

bool
store_syncing(const struct store *s)
{
    return s->syncs_begun > s->finishing_at && s->sync[s->finishing_at % STORE_SYNCS_MAX] > 0;
}

bool
store_finished(const struct store *s)
{
    return s->files_left == 0 && s->links_made;
}

void
store_remove_unwanted(struct store *s)
{
    for (uint32_t i = 0; i < s->t->file_count && !s->read_only; i++) {
        char path[PATH_SIZE];
        if (s->files[i].wanted || s->files[i].place != STORE_PART)
            continue;
        open_files_close(&s->open, i);
        sys_remove(s->dir, path_with(s, i, ".part", 0, path));
        s->files[i].place = STORE_ABSENT;
        for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
            *slash = 0;
            if (sys_remove_empty_dir(s->dir, path) != SYS_OK)
                break;
        }
    }
}
