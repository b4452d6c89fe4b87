/* A file holds the hashes and, behind them, the hash of all of them and of their count of bytes of
 * content. */
#include "builder/hash_cache.h"

#include "builder/files.h"

#include <stdlib.h>
#include <string.h>

#define ENDING ".hashes"
enum { NAME_SIZE = 2 * SHA1_SIZE + sizeof ENDING, NAMES_MAX = 16 * 1024 * 1024 };

static void
put_name(char name[NAME_SIZE], const uint8_t fingerprint[SHA1_SIZE])
{
    struct buf b = buf_over(name, NAME_SIZE);
    buf_hex(&b, bytes_of(fingerprint, SHA1_SIZE));
    buf_text(&b, ENDING);
    buf_cstr(&b);
}

static void
seal(const struct make_torrent *m, const uint8_t *hashes, uint8_t out[SHA1_SIZE])
{
    struct sha1 sha;
    uint8_t size[8];
    put_be64(size, (uint64_t)m->size);
    sha1_init(&sha);
    sha1_add(&sha, hashes, (size_t)m->piece_count * SHA1_SIZE);
    sha1_add(&sha, size, sizeof size);
    sha1_end(&sha, out);
}

bool
hash_cache_get(sys_dir dir, const uint8_t fingerprint[SHA1_SIZE], struct make_torrent *m)
{
    char name[NAME_SIZE];
    uint8_t sum[SHA1_SIZE];
    sys_file f = SYS_NONE;
    size_t len = (size_t)m->piece_count * SHA1_SIZE;
    put_name(name, fingerprint);
    if (m->state != MAKE_HASHING || sys_file_open(dir, name, SYS_READ, &f) != SYS_OK) {
        return false;
    }
    uint8_t *hashes = files_memory(len + SHA1_SIZE, 1);
    bool good = sys_file_size(f) == (int64_t)(len + SHA1_SIZE) &&
                sys_file_read(f, 0, hashes, len + SHA1_SIZE) == (int64_t)(len + SHA1_SIZE);
    if (good) {
        seal(m, hashes, sum);
        good = memcmp(sum, hashes + len, SHA1_SIZE) == 0;
    }
    if (good) {
        make_use_hashes(m, hashes);
    }
    sys_file_close(&f);
    free(hashes);
    return good;
}

void
hash_cache_put(sys_dir dir, const uint8_t fingerprint[SHA1_SIZE], const struct make_torrent *m)
{
    char name[NAME_SIZE];
    uint8_t sum[SHA1_SIZE];
    struct bytes parts[2] = {bytes_of(m->hashes, (size_t)m->piece_count * SHA1_SIZE),
                             bytes_of(sum, sizeof sum)};
    put_name(name, fingerprint);
    seal(m, m->hashes, sum);
    sys_remove(dir, name);
    if (files_write_parts(dir, name, parts, 2, false) != SYS_OK) {
        sys_remove(dir, name);
    }
}

void
hash_cache_drop(sys_dir dir, const uint8_t fingerprint[SHA1_SIZE])
{
    char name[NAME_SIZE];
    put_name(name, fingerprint);
    sys_remove(dir, name);
}

static bool
is_kept(const char *name, const uint8_t (*keep)[SHA1_SIZE], size_t count)
{
    uint8_t fingerprint[SHA1_SIZE];
    struct bytes hex = bytes_first(bytes_of_text(name), 2 * SHA1_SIZE);
    bool found = false;
    size_t candidates = bytes_from_hex(hex, fingerprint, SHA1_SIZE) ? count : 0;
    for (size_t i = 0; i < candidates && !found; i++) {
        found = memcmp(fingerprint, keep[i], SHA1_SIZE) == 0;
    }
    return found;
}

void
hash_cache_tidy(sys_dir dir, const uint8_t (*keep)[SHA1_SIZE], size_t count)
{
    char *names = files_memory(NAMES_MAX, 1);
    struct buf b = buf_over(names, NAMES_MAX);
    if (sys_dir_list(dir, "", &b) == SYS_OK) {
        for (size_t at = 0; at < b.len; at += strlen(names + at) + 1) {
            const char *name = names + at;
            if (bytes_ends(bytes_of_text(name), BYTES(ENDING)) && !is_kept(name, keep, count)) {
                sys_remove(dir, name);
            }
        }
    }
    free(names);
}
