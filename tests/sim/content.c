/* Random content, and the metainfo that fits it. */
#include "sim/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { METAINFO_MAX = 65536, FULL_PATH_MAX = 512 };

/* Lengths of `files` files that sum up to `size`; now and then an empty one. */
static void
put_files(struct buf *b, struct sim *sim, uint32_t files, size_t size)
{
    buf_text(b, "5:filesl");
    for (uint32_t i = 0; i < files; i++) {
        int64_t most = (int64_t)(size / (files - i) * 2);
        most = most < (int64_t)size ? most : (int64_t)size;
        int64_t len = i + 1 == files ? (int64_t)size : sim_between(sim, 0, most);
        if (i + 1 < files && sim_chance(sim, 10)) {
            len = 0;
        }
        size -= (size_t)len;
        char name[32];
        snprintf(name, sizeof name, "file-%u.bin", i);
        buf_byte(b, 'd');
        bencode_put_text(b, "length");
        bencode_put_int(b, len);
        bencode_put_text(b, "path");
        buf_byte(b, 'l');
        if (sim_chance(sim, 50)) {
            bencode_put_text(b, "sub");
        }
        bencode_put_text(b, name);
        buf_text(b, "ee");
    }
    buf_byte(b, 'e');
}

static void
put_info(struct buf *b, struct content *c, struct sim *sim, const struct content_config *config)
{
    buf_byte(b, 'd');
    if (config->files > 0) {
        put_files(b, sim, config->files, c->size);
    } else {
        bencode_put_text(b, "length");
        bencode_put_int(b, (int64_t)c->size);
    }
    bencode_put_text(b, "name");
    bencode_put_text(b, "content");
    bencode_put_text(b, "piece length");
    bencode_put_int(b, config->piece_length);
    bencode_put_text(b, "pieces");
    size_t count = (c->size + config->piece_length - 1) / config->piece_length;
    buf_u64(b, count * SHA1_SIZE);
    buf_byte(b, ':');
    for (size_t at = 0; at < c->size; at += config->piece_length) {
        size_t left = c->size - at;
        uint8_t hash[SHA1_SIZE];
        sha1_of(bytes_of(c->data + at, left < config->piece_length ? left : config->piece_length),
                hash);
        buf_add(b, bytes_of(hash, sizeof hash));
    }
    buf_byte(b, 'e');
}

void
content_make(struct content *c, struct sim *sim, const struct content_config *config)
{
    *c = (struct content){.arena = {.size_max = 1 << 26}};
    c->size = (size_t)sim_between(sim, (int64_t)config->size_min, (int64_t)config->size_max);
    c->data = malloc(c->size + 8);
    uint8_t *metainfo = arena_take(&c->arena, METAINFO_MAX, 1);
    check(c->data && metainfo);
    for (size_t i = 0; i < c->size; i += 8) {
        uint64_t v = random_u64(sim_random(sim));
        memcpy(c->data + i, &v, sizeof v);
    }
    struct buf b = buf_over(metainfo, METAINFO_MAX);
    buf_byte(&b, 'd');
    if (config->announce) {
        bencode_put_text(&b, "announce");
        bencode_put_text(&b, config->announce);
    }
    bencode_put_text(&b, "info");
    put_info(&b, c, sim, config);
    if (config->webseed) {
        bencode_put_text(&b, "url-list");
        bencode_put_text(&b, config->webseed);
    }
    buf_byte(&b, 'e');
    check(!b.full);
    struct fault why = {0};
    if (!torrent_parse(&c->torrent, buf_bytes(&b), &c->arena, &why)) {
        sim_fail(sim, "the torrent cannot be parsed: %s", why.what);
    }
}

void
content_free(struct content *c)
{
    arena_free(&c->arena);
    free(c->data);
    c->data = NULL;
}

static struct bytes
file_bytes(const struct content *c, const struct torrent_file *f)
{
    return bytes_of(c->data + f->offset, (size_t)f->length);
}

void
content_put(const struct content *c, struct sim_host *h, const char *folder)
{
    for (uint32_t i = 0; i < c->torrent.file_count; i++) {
        char path[FULL_PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, c->torrent.files[i].path);
        sim_file_put(h, path, file_bytes(c, &c->torrent.files[i]));
    }
}

void
content_check(const struct content *c, struct sim_host *h, const char *folder, const bool *wanted,
              size_t others)
{
    const struct torrent *t = &c->torrent;
    size_t count = others;
    for (uint32_t i = 0; i < t->file_count; i++) {
        char path[FULL_PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, t->files[i].path);
        if (wanted && !wanted[i]) {
            continue;
        }
        count++;
        if (!sim_file_exists(h, path)) {
            sim_fail(sim_host_world(h), "%s is complete without %s", sim_host_name(h), path);
        } else if (!sim_file_equals(h, path, file_bytes(c, &t->files[i]))) {
            sim_fail(sim_host_world(h), "%s has wrong content in %s", sim_host_name(h), path);
        }
    }
    if (sim_file_count(h, folder) != count) {
        sim_fail(sim_host_world(h), "%s has %zu files in its folder, not %zu", sim_host_name(h),
                 sim_file_count(h, folder), count);
    }
}
