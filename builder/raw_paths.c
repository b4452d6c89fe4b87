#include "builder/raw_paths.h"

#include <string.h>

/* Can it be a component of a path below a folder? */
static bool
is_component(struct bytes name)
{
    return name.len > 0 && bytes_find(name, '/') == name.len && bytes_find(name, 0) == name.len &&
           !bytes_equal(name, BYTES(".")) && !bytes_equal(name, BYTES(".."));
}

static bool
put_component(struct buf *b, struct bytes name)
{
    if (b->len > 0) {
        buf_byte(b, '/');
    }
    buf_add(b, name);
    return is_component(name);
}

/* The value under `key.utf-8`, else under `key`. */
static struct bencode
preferred(struct bencode v, const char *utf8_key, const char *key)
{
    struct bencode p = bencode_get(v, utf8_key);
    return bencode_type(p) != BENCODE_NONE ? p : bencode_get(v, key);
}

/* Is there a file at this path? */
static bool
is_there(sys_dir dir, const char *path)
{
    struct sys_stat st;
    return sys_stat(dir, path, &st) == SYS_OK && st.exists && !st.is_dir && !st.is_link;
}

static void
use_if_there(struct torrent_file *f, struct buf *raw, sys_dir dir, struct arena *arena)
{
    const char *path = buf_cstr(raw);
    if (raw->full || strcmp(path, f->path) == 0 || is_there(dir, f->path) || !is_there(dir, path)) {
        return;
    }
    char *copy = arena_take(arena, raw->len + 1, 1);
    if (copy) {
        memcpy(copy, path, raw->len);
        f->path = copy;
    }
}

void
raw_paths_find(struct torrent *t, sys_dir dir, struct arena *arena)
{
    struct bencode info = {t->info};
    struct bytes name = bencode_string(preferred(info, "name.utf-8", "name"));
    uint8_t mem[PATH_LEN_MAX];
    struct buf raw = BUF(mem);
    if (t->single) {
        if (put_component(&raw, name)) {
            use_if_there(&t->files[0], &raw, dir, arena);
        }
        return;
    }
    struct bencode_walk files = bencode_walk(bencode_get(info, "files"));
    for (uint32_t i = 0; i < t->file_count && bencode_next(&files); i++) {
        struct bencode_walk path = bencode_walk(preferred(files.value, "path.utf-8", "path"));
        raw = BUF(mem);
        bool good = put_component(&raw, name);
        while (good && bencode_next(&path)) {
            good = put_component(&raw, bencode_string(path.value));
        }
        if (good && !t->files[i].pad) {
            use_if_there(&t->files[i], &raw, dir, arena);
        }
    }
}
