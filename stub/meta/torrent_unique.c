/* No two files of a torrent may be one file on disk, on any system.
 *
 * All folders are known before any file is placed; a file that meets a folder or an earlier
 * file gets " (2)", " (3)", ... before its extension. Folders that differ in case
 * only are left alone: where they are one folder, their files still have different paths.
 *
 * Found by a hash table with linear probing. The place of a key depends on the info-hash,
 * so that nobody can prepare names which all fall into one place. Each name remembers
 * the next number to try: a thousand files of one name cost a thousand tries, not a
 * million. */
#include "meta/torrent_impl.h"

#include "meta/safe_path.h"

#include <string.h>

enum { LINK_HOPS_MAX = 40 };

struct entry {
    uint64_t key;       /* 0: free */
    uint32_t file;      /* number of the file plus 1; 0: a folder */
    uint32_t next_mark; /* the number to try for the next file of this name */
};

struct table {
    struct entry *entries;
    int bits;
    uint64_t seed;
};

/* The entry of a key, or the free one where it belongs. */
static struct entry *
find(const struct table *names, uint64_t key)
{
    size_t mask = ((size_t)1 << names->bits) - 1;
    size_t at = (size_t)((key * names->seed) >> (64 - names->bits));
    while (names->entries[at].key && names->entries[at].key != key) {
        at = (at + 1) & mask;
    }
    return &names->entries[at];
}

/* A key as it stands in the table, where 0 means free. */
static uint64_t
table_key(uint64_t key)
{
    return key ? key : 1;
}

static uint64_t
key_of(struct bytes path)
{
    return table_key(safe_path_key(path));
}

/* Calls for each folder of file `i` that file `i - 1` does not lie in: puts it into `names`,
 * or only counts when `names` is NULL. */
static uint32_t
add_folders(const struct torrent *t, uint32_t i, struct bytes *last, struct table *names)
{
    struct bytes path = bytes_of_text(t->files[i].path);
    uint32_t count = 0;
    if (t->files[i].pad) {
        return 0;
    }
    size_t common = 0;
    while (common < path.len && common < last->len && path.ptr[common] == last->ptr[common]) {
        common++;
    }
    uint64_t running = SAFE_PATH_KEY_START;
    size_t from = 0;
    for (size_t at = common; at < path.len; at++) {
        if (path.ptr[at] == '/') {
            count++;
            if (names) {
                running = safe_path_key_add(running, bytes_of(path.ptr + from, at - from));
                from = at;
                uint64_t key = table_key(running);
                *find(names, key) = (struct entry){.key = key, .next_mark = 2};
            }
        }
    }
    *last = path;
    return count;
}

static uint32_t
add_all_folders(const struct torrent *t, struct table *names)
{
    struct bytes last = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->file_count; i++) {
        count += add_folders(t, i, &last, names);
    }
    return count;
}

/* Where the mark goes: before the extension of the last component. */
static size_t
mark_place(struct bytes path)
{
    for (size_t at = path.len - 1; at > 0 && path.ptr[at - 1] != '/'; at--) {
        if (path.ptr[at] == '.') {
            return at;
        }
    }
    return path.len;
}

/* Gives file `i`, whose name is taken by `taken`, the next free name. */
static bool
rename_file(struct torrent_reader *r, uint32_t i, struct table *names, struct entry *taken)
{
    struct torrent_file *f = &r->t->files[i];
    struct bytes old = bytes_of_text(f->path);
    size_t place = mark_place(old);
    char *path = arena_take(r->arena, 1, old.len + PATH_MARK_MAX);
    if (!path) {
        return torrent_refuse(r, (struct bencode){0}, "there is not enough memory for it");
    }
    for (;;) {
        struct buf b = buf_over(path, old.len + PATH_MARK_MAX);
        buf_add(&b, bytes_first(old, place));
        buf_text(&b, " (");
        buf_u64(&b, taken->next_mark++);
        buf_byte(&b, ')');
        buf_add(&b, bytes_skip(old, place));
        uint64_t key = key_of(buf_bytes(&b));
        struct entry *e = find(names, key);
        if (e->key == 0) {
            *e = (struct entry){.key = key, .file = i + 1, .next_mark = 2};
            f->path = buf_cstr(&b);
            return true;
        }
    }
}

static bool
place_files(struct torrent_reader *r, struct table *names)
{
    const struct torrent *t = r->t;
    for (uint32_t i = 0; i < t->file_count; i++) {
        if (t->files[i].pad) {
            continue; /* never stored */
        }
        uint64_t key = key_of(bytes_of_text(t->files[i].path));
        struct entry *e = find(names, key);
        if (e->key == 0) {
            *e = (struct entry){.key = key, .file = i + 1, .next_mark = 2};
        } else if (!rename_file(r, i, names, e)) {
            return false;
        }
    }
    return true;
}

/* A link to a link to ... that does not end is no link. */
static void
drop_circles(struct torrent *t, const uint64_t *targets, const struct table *names)
{
    for (uint32_t i = 0; i < t->file_count; i++) {
        uint32_t at = i, hops = 0;
        while (t->files[at].link && hops < LINK_HOPS_MAX) {
            const struct entry *e = find(names, table_key(targets[at]));
            if (e->key == 0 || e->file == 0) {
                break;
            }
            at = e->file - 1;
            hops++;
        }
        if (hops == LINK_HOPS_MAX) {
            t->files[i].link = NULL;
        }
    }
}

bool
torrent_make_paths_unique(struct torrent_reader *r, const uint64_t *targets)
{
    struct torrent *t = r->t;
    struct table names = {.bits = 4, .seed = be64(t->info_hash) | 1};
    uint32_t folders = add_all_folders(t, NULL);
    if (folders > FOLDERS_MAX) {
        return torrent_refuse(r, (struct bencode){t->info}, "it has too many folders");
    }
    while (((uint32_t)1 << names.bits) / 2 < t->file_count + folders) {
        names.bits++;
    }
    size_t count = (size_t)1 << names.bits;
    struct arena scratch = {.size_max = count * sizeof *names.entries + 64};
    names.entries = arena_take(&scratch, count, sizeof *names.entries);
    if (!names.entries) {
        return torrent_refuse(r, (struct bencode){t->info}, "there is not enough memory for it");
    }
    add_all_folders(t, &names);
    bool good = place_files(r, &names);
    if (good) {
        drop_circles(t, targets, &names);
    }
    arena_free(&scratch);
    return good;
}
