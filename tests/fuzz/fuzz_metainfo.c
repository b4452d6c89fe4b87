/* Any bytes as a .torrent: what is taken fits together and stays below its folder. */
#include "base/check.h"
#include "meta/geometry.h"
#include "meta/safe_path.h"
#include "meta/sources.h"
#include "meta/torrent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void
check_path(const struct torrent *t, const struct torrent_file *f)
{
    struct bytes path = bytes_of_text(f->path);
    check(path.len > 0 && path.len <= PATH_LEN_MAX);
    check(bytes_is_utf8(path));
    if (!t->single) {
        check(bytes_starts(path, bytes_of_text(t->name)));
        check(path.ptr[strlen(t->name)] == '/');
    }
    for (struct bytes rest = path; rest.len;) {
        struct bytes part = bytes_cut(&rest, '/');
        check(part.len > 0 && part.len <= 255);
        check(!bytes_equal(part, BYTES(".")) && !bytes_equal(part, BYTES("..")));
        check(bytes_find(part, '\\') == part.len && bytes_find(part, ':') == part.len);
    }
    if (f->link) {
        check(f->length == 0);
        check(safe_path_link_stays_inside(path, bytes_of_text(f->link)));
    }
}

/* No two stored files have one key, nor is one the folder of another. */
static void
check_unique(const struct torrent *t)
{
    uint64_t *keys = calloc(t->file_count, sizeof *keys);
    size_t count = 0;
    for (uint32_t i = 0; i < t->file_count; i++) {
        if (!t->files[i].pad) {
            keys[count++] = safe_path_key(bytes_of_text(t->files[i].path));
        }
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++) {
        check(keys[i] != keys[i - 1]);
    }
    for (uint32_t i = 0; i < t->file_count; i++) {
        struct bytes path = bytes_of_text(t->files[i].path);
        for (size_t at = 0; at < path.len && !t->files[i].pad; at++) {
            uint64_t key = path.ptr[at] == '/' ? safe_path_key(bytes_first(path, at)) : 0;
            check(!key || !bsearch(&key, keys, count, sizeof key, compare_keys));
        }
    }
    free(keys);
}

static void
check_torrent(const struct torrent *t)
{
    int64_t sum = 0, pieces = 0;
    check(t->file_count > 0);
    check(t->name[0] != 0);
    for (uint32_t i = 0; i < t->file_count; i++) {
        const struct torrent_file *f = &t->files[i];
        uint32_t first, end;
        check(f->offset == sum && f->length >= 0);
        sum += f->length;
        check_path(t, f);
        geometry_file_pieces(t, i, &first, &end);
        check(first <= end && end <= t->piece_count);
        if (f->length) {
            check(geometry_file_at(t, f->offset) == i);
            check(geometry_file_at(t, f->offset + f->length - 1) == i);
        }
    }
    check(sum == t->size);
    for (uint32_t i = 0; i < t->piece_count && i < 1000; i++) {
        check(geometry_piece_size(t, i) > 0);
    }
    if (t->piece_count) {
        uint32_t last = t->piece_count - 1;
        pieces = geometry_piece_offset(t, last) + geometry_piece_size(t, last);
    }
    check(pieces == t->size);
    check_unique(t);
    for (uint32_t i = 0; i < t->tracker_count; i++) {
        check(source_is_tracker(t->trackers[i].url));
        check(i == 0 || t->trackers[i].tier - t->trackers[i - 1].tier <= 1);
    }
    check(bytes_is_utf8(t->comment) && bytes_is_utf8(t->created_by) && bytes_is_utf8(t->source));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct torrent t;
    struct arena arena = {.size_max = (size_t)1 << 28};
    struct fault why;
    struct bytes in = bytes_of(data, size);
    bool ok = torrent_parse(&t, in, &arena, &why);
    check(ok == (why.what == NULL));
    check(why.where <= size);
    if (ok) {
        check(t.info.ptr > data && t.info.len < size);
        check_torrent(&t);
        uint8_t info_hash[SHA1_SIZE];
        struct bytes info = t.info;
        memcpy(info_hash, t.info_hash, sizeof info_hash);
        check(torrent_parse_info(&t, info, &arena, &why));
        check(memcmp(info_hash, t.info_hash, sizeof info_hash) == 0);
    }
    torrent_parse_info(&t, in, &arena, &why);
    arena_free(&arena);
    return 0;
}
