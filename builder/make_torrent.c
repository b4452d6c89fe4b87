/* Making metainfo: look at everything first, then hash it as one stream. */
#include "builder/make_torrent.h"

#include "base/version.h"
#include "builder/files.h"
#include "meta/bencode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLICE_SIZE = 1024 * 1024,
    LISTING_MIN = 64 * 1024,
    LISTING_MAX = 256 * 1024 * 1024, /* names in one folder */
};

static bool fail(struct make_torrent *m, const char *format, ...)
    __attribute__((format(gnu_printf, 2, 3)));

static bool
fail(struct make_torrent *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(m->error, sizeof m->error, format, args);
    va_end(args);
    m->state = MAKE_FAILED;
    return false;
}

static bool
fail_disk(struct make_torrent *m, const char *path, int64_t error)
{
    m->damaged_by_disk = true;
    if (error == SYS_LINK) {
        return fail(m, "%s is a symbolic link, which is not followed; give what it leads to", path);
    }
    if (error == SYS_NOT_A_FILE) {
        return fail(m, "%s is neither a file nor a folder", path);
    }
    return fail(m, "%s: %s", path, sys_error_text(error));
}

uint32_t
make_piece_length(int64_t size)
{
    uint32_t length = MAKE_PIECE_LENGTH_MIN;
    while (length < MAKE_PIECE_LENGTH_CHOSEN_MAX && size / length >= MAKE_PIECES_AIM) {
        length *= 2;
    }
    return length;
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool
add_file(struct make_torrent *m, const char *path, const struct sys_stat *st)
{
    int64_t size = st->size;
    if (!m->only_looks) {
        sys_file f = SYS_NONE;
        int error = sys_file_open(m->base, path, SYS_READ, &f);
        if (error != SYS_OK) {
            return fail_disk(m, path, error);
        }
        size = sys_file_size(f);
        sys_file_close(&f);
    }
    if (size < 0) {
        return fail_disk(m, path, size);
    }
    if (m->file_count == FILES_MAX) {
        return fail(m, "more than %d files", FILES_MAX);
    }
    if (m->file_count == m->files_max) {
        m->files_max = m->files_max ? m->files_max * 2 : 64;
        m->files = realloc(m->files, m->files_max * sizeof *m->files);
        if (!m->files) {
            m->file_count = 0;
            return fail(m, "not enough memory");
        }
    }
    m->files[m->file_count++] = (struct make_file){files_join(NULL, path), size, st->stamp};
    m->size += size;
    return true;
}

/* The names in a folder, each followed by NUL; in malloc'd memory, NULL on failure. */
static char *
list_folder(struct make_torrent *m, const char *path, size_t *len)
{
    for (size_t max = LISTING_MIN; max <= LISTING_MAX; max *= 4) {
        char *mem = files_memory(max, 1);
        struct buf b = buf_over(mem, max);
        int error = sys_dir_list(m->base, path, &b);
        if (error == SYS_OK) {
            *len = b.len;
            return mem;
        }
        free(mem);
        if (error != SYS_FULL) {
            fail_disk(m, path, error);
            return NULL;
        }
    }
    fail(m, "%s: too many files in one folder", path);
    return NULL;
}

/* Folders that are still to be looked into. */
struct pending {
    char **paths;
    size_t count, max;
};

static void
push(struct pending *p, char *path)
{
    if (p->count == p->max) {
        size_t max = p->max ? p->max * 2 : 64;
        char **paths = files_memory(max, sizeof *paths);
        if (p->count) {
            memcpy(paths, p->paths, p->count * sizeof *paths);
        }
        free(p->paths);
        p->paths = paths;
        p->max = max;
    }
    p->paths[p->count++] = path;
}

/* Looks at one name in a folder. */
static bool
look_at(struct make_torrent *m, struct pending *folders, const char *path)
{
    struct sys_stat st;
    int error = sys_stat(m->base, path, &st);
    if (error == SYS_OK && !st.exists) {
        error = SYS_NOT_FOUND;
    }
    if (error != SYS_OK || st.is_link) {
        return fail_disk(m, path, error != SYS_OK ? error : SYS_LINK);
    }
    size_t depth = 1;
    for (const char *c = path; *c; c++) {
        depth += *c == '/';
    }
    if (!bytes_is_utf8(bytes_of_text(path))) {
        return fail(m, "%s: the name is not UTF-8, as names in torrents have to be", path);
    }
    if (strlen(path) >= PATH_LEN_MAX || depth > PATH_DEPTH_MAX) {
        return fail(m, "%s: the path is too long", path);
    }
    if (st.is_dir) {
        push(folders, files_join(NULL, path));
        return true;
    }
    return add_file(m, path, &st);
}

static bool
look_into(struct make_torrent *m, struct pending *folders, const char *folder)
{
    size_t len = 0;
    char *names = list_folder(m, folder, &len);
    bool good = names != NULL;
    for (size_t at = 0; good && at < len; at += strlen(names + at) + 1) {
        char *path = files_join(folder, names + at);
        good = look_at(m, folders, path);
        free(path);
    }
    free(names);
    return good;
}

static bool
look_at_all(struct make_torrent *m, const char *name)
{
    struct pending folders = {0};
    bool good = look_at(m, &folders, name);
    m->single = folders.count == 0;
    while (good && folders.count) {
        char *folder = folders.paths[--folders.count];
        good = look_into(m, &folders, folder);
        free(folder);
    }
    while (folders.count) {
        free(folders.paths[--folders.count]);
    }
    free(folders.paths);
    return good;
}

static int
by_path(const void *a, const void *b)
{
    const struct make_file *x = a, *y = b;
    return bytes_compare(bytes_of_text(x->path), bytes_of_text(y->path));
}

void
make_fingerprint(sys_dir base, const char *name, uint8_t out[SHA1_SIZE])
{
    struct make_torrent m = {.base = base, .only_looks = true};
    struct sha1 sha;
    sha1_init(&sha);
    look_at_all(&m, name);
    if (m.file_count > 0) {
        qsort(m.files, m.file_count, sizeof *m.files, by_path);
    }
    for (uint32_t i = 0; i < m.file_count; i++) {
        const struct make_file *f = &m.files[i];
        uint8_t figures[16];
        put_be64(figures, (uint64_t)f->size);
        put_be64(figures + 8, f->stamp);
        sha1_add(&sha, f->path, strlen(f->path) + 1);
        sha1_add(&sha, figures, sizeof figures);
    }
    sha1_add(&sha, m.error, strlen(m.error));
    sha1_end(&sha, out);
    make_close(&m);
}

void
make_open(struct make_torrent *m, sys_dir base, const char *name, uint32_t piece_length)
{
    *m = (struct make_torrent){.base = base, .name = files_join(NULL, name)};
    if (!look_at_all(m, name)) {
        return;
    }
    if (m->size == 0) {
        fail(m, m->file_count ? "%s holds not one byte" : "%s is empty: there is no file in it",
             name);
        return;
    }
    qsort(m->files, m->file_count, sizeof *m->files, by_path);
    m->piece_length = piece_length ? piece_length : make_piece_length(m->size);
    int64_t pieces = (m->size - 1) / m->piece_length + 1;
    if (pieces > PIECES_MAX) {
        fail(m, "%s: more than %d pieces; choose longer ones", name, PIECES_MAX);
        return;
    }
    m->piece_count = (uint32_t)pieces;
    m->hashes = files_memory(m->piece_count, SHA1_SIZE);
    m->slice = files_memory(SLICE_SIZE, 1);
    sha1_init(&m->sha);
}

/* --- hashing ---------------------------------------------------------------------------------- */

static void
take(struct make_torrent *m, const uint8_t *data, size_t len)
{
    while (len > 0) {
        int64_t left = m->piece_length - m->done % m->piece_length;
        size_t n = (int64_t)len < left ? len : (size_t)left;
        sha1_add(&m->sha, data, n);
        data += n;
        len -= n;
        m->done += (int64_t)n;
        if (m->done % m->piece_length == 0 || m->done == m->size) {
            sha1_end(&m->sha, m->hashes + (size_t)m->piece_at * SHA1_SIZE);
            m->piece_at++;
            sha1_init(&m->sha);
        }
    }
}

/* Opens the file that is next; steps over files that are done. */
static bool
open_next(struct make_torrent *m)
{
    while (m->file_done == m->files[m->file_at].size) {
        sys_file_close(&m->file);
        m->file_at++;
        m->file_done = 0;
        if (m->file_at == m->file_count) {
            m->state = MAKE_DONE;
            return false;
        }
    }
    const struct make_file *f = &m->files[m->file_at];
    int error = m->file ? SYS_OK : sys_file_open(m->base, f->path, SYS_READ, &m->file);
    if (error != SYS_OK) {
        return fail_disk(m, f->path, error);
    }
    if (m->file_done == 0 && sys_file_size(m->file) != f->size) {
        return fail(m, "%s changed while it was read", f->path);
    }
    return true;
}

void
make_turn(struct make_torrent *m, int64_t bytes_max)
{
    while (m->state == MAKE_HASHING && bytes_max > 0 && open_next(m)) {
        const struct make_file *f = &m->files[m->file_at];
        int64_t left = f->size - m->file_done;
        int64_t want = left < SLICE_SIZE ? left : SLICE_SIZE;
        int64_t got = sys_file_read(m->file, m->file_done, m->slice, (size_t)want);
        if (got < 0) {
            fail_disk(m, f->path, got);
        } else if (got < want) {
            fail(m, "%s changed while it was read", f->path);
        } else {
            take(m, m->slice, (size_t)got);
            m->file_done += got;
            bytes_max -= got;
        }
    }
}

void
make_use_hashes(struct make_torrent *m, const uint8_t *hashes)
{
    memcpy(m->hashes, hashes, (size_t)m->piece_count * SHA1_SIZE);
    m->done = m->size;
    m->state = MAKE_DONE;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
put_text_key(struct buf *b, const char *key, const char *text)
{
    if (text && *text) {
        bencode_put_text(b, key);
        bencode_put_text(b, text);
    }
}

static void
put_trackers(struct buf *b, const struct source_list *s)
{
    if (s->tracker_count == 0) {
        return;
    }
    bencode_put_text(b, "announce");
    bencode_put_string(b, s->trackers[0]);
    if (s->tracker_count == 1) {
        return;
    }
    bencode_put_text(b, "announce-list");
    buf_byte(b, 'l');
    for (uint32_t i = 0; i < s->tracker_count; i++) {
        if (i == 0 || s->tracker_tier[i] != s->tracker_tier[i - 1]) {
            buf_text(b, i ? "el" : "l");
        }
        bencode_put_string(b, s->trackers[i]);
    }
    buf_text(b, "ee");
}

/* [[host, port], ...] (BEP 5) */
static void
put_nodes(struct buf *b, const struct arg_list *nodes)
{
    if (!nodes || nodes->count == 0) {
        return;
    }
    bencode_put_text(b, "nodes");
    buf_byte(b, 'l');
    for (uint32_t i = 0; i < nodes->count; i++) {
        struct bytes text = bytes_of_text(nodes->v[i]);
        const char *colon = strrchr(nodes->v[i], ':');
        struct bytes host = bytes_first(text, (size_t)(colon - nodes->v[i]));
        uint64_t port = 0;
        if (bytes_starts(host, BYTES("[")) && bytes_ends(host, BYTES("]"))) {
            host = bytes_of(host.ptr + 1, host.len - 2);
        }
        bytes_to_u64(bytes_of_text(colon + 1), 65535, &port);
        buf_byte(b, 'l');
        bencode_put_string(b, host);
        bencode_put_int(b, (int64_t)port);
        buf_byte(b, 'e');
    }
    buf_byte(b, 'e');
}

static void
put_files(struct buf *b, const struct make_torrent *m)
{
    bencode_put_text(b, "files");
    buf_byte(b, 'l');
    for (uint32_t i = 0; i < m->file_count; i++) {
        struct bytes path = bytes_of_text(m->files[i].path);
        bytes_cut(&path, '/'); /* the torrent's own name */
        buf_byte(b, 'd');
        bencode_put_text(b, "length");
        bencode_put_int(b, m->files[i].size);
        bencode_put_text(b, "path");
        buf_byte(b, 'l');
        while (path.len > 0) {
            bencode_put_string(b, bytes_cut(&path, '/'));
        }
        buf_text(b, "ee");
    }
    buf_byte(b, 'e');
}

static void
put_info(struct buf *b, const struct make_torrent *m, const struct make_extra *extra)
{
    buf_byte(b, 'd');
    if (m->single) {
        bencode_put_text(b, "length");
        bencode_put_int(b, m->size);
    } else {
        put_files(b, m);
    }
    bencode_put_text(b, "name");
    bencode_put_text(b, m->name);
    bencode_put_text(b, "piece length");
    bencode_put_int(b, m->piece_length);
    bencode_put_text(b, "pieces");
    bencode_put_string(b, bytes_of(m->hashes, (size_t)m->piece_count * SHA1_SIZE));
    if (extra->is_private) {
        bencode_put_text(b, "private");
        bencode_put_int(b, 1);
    }
    put_text_key(b, "source", extra->source);
    buf_byte(b, 'e');
}

struct bytes
make_metainfo(const struct make_torrent *m, const struct make_extra *extra)
{
    uint8_t *mem = files_memory(METAINFO_SIZE_MAX, 1);
    struct buf b = buf_over(mem, METAINFO_SIZE_MAX);
    buf_byte(&b, 'd');
    put_trackers(&b, extra->sources);
    put_text_key(&b, "comment", extra->comment);
    put_text_key(&b, "created by", USER_AGENT);
    if (extra->date >= 0) {
        bencode_put_text(&b, "creation date");
        bencode_put_int(&b, extra->date);
    }
    bencode_put_text(&b, "info");
    put_info(&b, m, extra);
    put_nodes(&b, extra->nodes);
    if (extra->sources->webseed_count) {
        bencode_put_text(&b, "url-list");
        buf_byte(&b, 'l');
        for (uint32_t i = 0; i < extra->sources->webseed_count; i++) {
            bencode_put_string(&b, extra->sources->webseeds[i]);
        }
        buf_byte(&b, 'e');
    }
    buf_byte(&b, 'e');
    if (b.full) {
        free(mem);
        return (struct bytes){0};
    }
    uint8_t *fitted = realloc(mem, b.len);
    return bytes_of(fitted ? fitted : mem, b.len);
}

void
make_close(struct make_torrent *m)
{
    sys_file_close(&m->file);
    for (uint32_t i = 0; i < m->file_count; i++) {
        free(m->files[i].path);
    }
    free(m->files);
    free(m->hashes);
    free(m->slice);
    free((char *)(uintptr_t)m->name);
    *m = (struct make_torrent){0};
}
