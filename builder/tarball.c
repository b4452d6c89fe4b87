/* A pax archive: a record with the name (which may be longer than the 100 bytes of tar's head), the
 * head, the contents, and two empty blocks; then deflated in a gzip frame. */
#include "builder/tarball.h"

#include "base/check.h"
#include "builder/deflate.h"
#include "builder/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 512,
    NAME_MAX_OLD = 100, /* of the head's field */
    PATH_RECORD_MAX = BLOCK,
    GZIP_HEAD = 10,
    GZIP_TAIL = 8,
};

/* The head of an entry, as POSIX describes "ustar". */
struct tar_head {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], device_major[8], device_minor[8], prefix[155];
    char unused[12];
};

static void
put_head(uint8_t *out, const char *name, size_t size, char type)
{
    struct tar_head h;
    check(sizeof h == BLOCK);
    memset(&h, 0, sizeof h);
    memcpy(h.name, name, strlen(name) < NAME_MAX_OLD ? strlen(name) : NAME_MAX_OLD);
    memcpy(h.mode, "0000755", 8);
    memcpy(h.uid, "0000000", 8);
    memcpy(h.gid, "0000000", 8);
    snprintf(h.size, sizeof h.size, "%011llo", (unsigned long long)size);
    memcpy(h.mtime, "00000000000", 12);
    memset(h.checksum, ' ', sizeof h.checksum);
    h.type = type;
    memcpy(h.magic, "ustar", 6);
    memcpy(h.version, "00", 2);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof h; i++) {
        sum += ((const uint8_t *)&h)[i];
    }
    snprintf(h.checksum, sizeof h.checksum, "%06o", sum);
    memcpy(out, &h, sizeof h);
}

/* "LEN path=NAME\n", where LEN counts itself. Returns its length. */
static size_t
put_path_record(uint8_t *out, const char *name)
{
    size_t rest = strlen(name) + sizeof " path=\n" - 1, len = rest + 1;
    for (size_t n = 10; len >= n; n *= 10) {
        len++;
    }
    check(len < PATH_RECORD_MAX);
    snprintf((char *)out, PATH_RECORD_MAX, "%zu path=%s\n", len, name);
    return len;
}

static size_t
padded(size_t len)
{
    return (len + BLOCK - 1) / BLOCK * BLOCK;
}

/* The archive in malloc'd memory. */
static struct bytes
make_tar(const char *name, const struct bytes *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].len;
    }
    size_t len = 3 * BLOCK + padded(size) + 2 * BLOCK;
    uint8_t *tar = files_memory(len, 1), *at = tar;
    memset(tar, 0, len);
    put_head(at, "name", put_path_record(at + BLOCK, name), 'x');
    at += 2 * BLOCK;
    put_head(at, name, size, '0');
    at += BLOCK;
    for (size_t i = 0; i < count; i++) {
        memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    return bytes_of(tar, len);
}

struct bytes
tarball_make(const char *name, const struct bytes *parts, size_t count)
{
    static const uint8_t head[GZIP_HEAD] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3};
    struct bytes tar = make_tar(name, parts, count);
    size_t room = deflate_room(tar.len);
    uint8_t *out = files_memory(GZIP_HEAD + room + GZIP_TAIL, 1);
    memcpy(out, head, sizeof head);
    size_t len = GZIP_HEAD + deflate_all(tar, out + GZIP_HEAD, room);
    put_le32(out + len, deflate_crc32(tar));
    put_le32(out + len + 4, (uint32_t)tar.len);
    free((void *)(uintptr_t)tar.ptr);
    return bytes_of(out, len + GZIP_TAIL);
}
