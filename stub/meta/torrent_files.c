/* The list of files (BEP 3, 47): lengths, safe paths, padding, links. */
#include "meta/torrent_impl.h"

#include "meta/safe_path.h"

#include <string.h>

/* Beyond this the last byte's offset would not fit; the piece hashes allow far less. */
#define SIZE_LIMIT ((int64_t)PIECES_MAX * PIECE_LENGTH_MAX)

static bool
out_of_memory(struct torrent_reader *r, struct bencode v)
{
    return torrent_refuse(r, v, "there is not enough memory for it");
}

static bool
set_length(struct torrent_reader *r, struct torrent_file *f, struct bencode v)
{
    f->length = bencode_int(v, -1);
    if (f->length < 0) {
        return torrent_refuse(r, v, "the length of a file makes no sense");
    }
    if (f->length > SIZE_LIMIT - r->t->size) {
        return torrent_refuse(r, v, "it is too large to be real");
    }
    f->offset = r->t->size;
    r->t->size += f->length;
    return true;
}

static bool
has_attr(struct bytes attr, uint8_t letter)
{
    return bytes_find(attr, letter) < attr.len;
}

bool
torrent_read_single(struct torrent_reader *r, struct bencode length, struct bytes attr)
{
    struct torrent *t = r->t;
    t->files = arena_take(r->arena, 1, sizeof *t->files);
    if (!t->files) {
        return out_of_memory(r, length);
    }
    t->file_count = 1;
    t->files[0].path = t->name;
    t->files[0].executable = has_attr(attr, 'x');
    return set_length(r, &t->files[0], length);
}

/* Appends "/component" for each string of the list; empty ones mean nothing. False when
 * something else stands in the list, or nothing at all. */
static bool
add_components(struct buf *path, struct bencode list)
{
    struct bencode_walk w = bencode_walk(list);
    int count = 0;
    bool named = false;
    while (bencode_next(&w) && count++ < PATH_DEPTH_MAX) {
        struct bytes name = bencode_string(w.value);
        if (bencode_type(w.value) != BENCODE_STRING) {
            return false;
        }
        if (name.len) {
            named = true;
            buf_byte(path, '/');
            safe_path_component(path, name);
        }
    }
    if (count && !named) {
        buf_text(path, "/_");
    }
    if (count > PATH_DEPTH_MAX) {
        path->full = true;
    }
    return count > 0;
}

static bool
is_pad_name(struct bencode path)
{
    struct bencode_walk w = bencode_walk(path);
    while (bencode_next(&w)) {
        if (bytes_starts(bencode_string(w.value), BYTES("_____padding_file"))) {
            return true; /* BitComet's way, older than BEP 47 */
        }
    }
    return false;
}

/* Writes `target` as seen from the folder of the link at `path`; both begin in one folder. */
static void
add_relative(struct buf *out, struct bytes path, struct bytes target)
{
    for (;;) {
        struct bytes path_rest = path, target_rest = target;
        struct bytes part = bytes_cut(&path_rest, '/');
        if (!bytes_equal(part, bytes_cut(&target_rest, '/')) || path_rest.len == 0 ||
            target_rest.len == 0) {
            break;
        }
        path = path_rest;
        target = target_rest;
    }
    while (bytes_find(path, '/') < path.len) {
        bytes_cut(&path, '/');
        buf_text(out, "../");
    }
    buf_add(out, target);
}

/* Is `target` the place `path` itself or a folder around it? */
static bool
is_around(struct bytes target, struct bytes path)
{
    return bytes_starts(path, target) && (path.len == target.len || path.ptr[target.len] == '/');
}

static const char *
copy_text(struct torrent_reader *r, const struct buf *b)
{
    char *text = arena_take(r->arena, 1, b->len + 1);
    if (text) {
        memcpy(text, b->ptr, b->len);
    }
    return text;
}

/* A link that makes no sense stays what it is without it: an empty file. */
static bool
read_link(struct torrent_reader *r, struct torrent_file *f, struct bencode list, uint64_t *key)
{
    char target_mem[PATH_LEN_MAX], link_mem[PATH_LEN_MAX];
    struct buf target = BUF(target_mem), link = BUF(link_mem);
    struct bytes path = bytes_of_text(f->path);
    buf_text(&target, r->t->name);
    if (!add_components(&target, list) || target.full || is_around(buf_bytes(&target), path)) {
        return true;
    }
    add_relative(&link, path, buf_bytes(&target));
    if (link.full || !safe_path_link_stays_inside(path, buf_bytes(&link))) {
        return true;
    }
    *key = safe_path_key(buf_bytes(&target));
    f->link = copy_text(r, &link);
    return f->link || out_of_memory(r, list);
}

/* Reads the file numbered t->file_count. */
static bool
read_file(struct torrent_reader *r, struct bencode v, uint64_t *target, size_t *paths_size)
{
    enum { ATTR, LENGTH, PATH, PATH_UTF8, LINK, COUNT };
    struct bencode found[COUNT];
    struct torrent_file *f = &r->t->files[r->t->file_count];
    bencode_get_many(v, "attr|length|path|path.utf-8|symlink path", found);
    struct bytes attr = bencode_string(found[ATTR]);
    bool is_link = has_attr(attr, 'l');
    struct bencode list = bencode_type(found[PATH_UTF8]) == BENCODE_LIST ? found[PATH_UTF8]
                                                                        : found[PATH];
    f->pad = has_attr(attr, 'p') || is_pad_name(list);
    f->executable = has_attr(attr, 'x');
    if (is_link) {
        f->offset = r->t->size; /* links take no room, whatever length they claim (BEP 47) */
    } else if (!set_length(r, f, found[LENGTH].raw.len ? found[LENGTH] : v)) {
        return false;
    }
    char mem[PATH_LEN_MAX - PATH_MARK_MAX];
    struct buf path = BUF(mem);
    buf_text(&path, r->t->name);
    if (f->pad && bencode_type(list) == BENCODE_NONE) {
        buf_text(&path, "/.pad"); /* BEP 47: padding needs no name */
    } else if (!add_components(&path, list)) {
        return torrent_refuse(r, list.raw.len ? list : v, "a file has no usable name");
    }
    *paths_size += path.len;
    if (path.full || *paths_size > PATHS_SIZE_MAX) {
        return torrent_refuse(r, list, "the path of a file is too long");
    }
    f->path = copy_text(r, &path);
    if (!f->path) {
        return out_of_memory(r, v);
    }
    return !is_link || f->pad || read_link(r, f, found[LINK], target);
}

static bool
read_list(struct torrent_reader *r, struct bencode files, uint64_t *targets)
{
    struct torrent *t = r->t;
    struct bencode_walk w = bencode_walk(files);
    size_t paths_size = 0;
    while (bencode_next(&w)) {
        if (bencode_type(w.value) != BENCODE_DICT) {
            return torrent_refuse(r, w.value, "the list of files holds something else");
        }
        if (!read_file(r, w.value, &targets[t->file_count], &paths_size)) {
            return false;
        }
        t->file_count++;
    }
    return torrent_make_paths_unique(r, targets);
}

bool
torrent_read_files(struct torrent_reader *r, struct bencode files)
{
    struct bencode_walk w = bencode_walk(files);
    uint32_t count = 0;
    while (bencode_next(&w)) {
        count++;
    }
    if (count == 0) {
        return torrent_refuse(r, files, "its list of files is empty");
    }
    if (count > FILES_MAX) {
        return torrent_refuse(r, files, "it has too many files");
    }
    /* Only needed while reading: given back at the end, unlike what goes to r->arena. */
    struct arena scratch = {.size_max = (size_t)count * sizeof(uint64_t) + 64};
    uint64_t *targets = arena_take(&scratch, count, sizeof *targets);
    r->t->files = arena_take(r->arena, count, sizeof *r->t->files);
    bool good = targets && r->t->files ? read_list(r, files, targets) : out_of_memory(r, files);
    arena_free(&scratch);
    return good;
}
