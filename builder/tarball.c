/* A pax archive: a record with the name (which may be longer than the 100 bytes of tar's head), the
 * head, the contents, and two empty blocks. The gzip frame around it has the image deflated, which
 * takes time and is the same for every torrent, and all else as it is: a payload is deflated
 * already. */
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
    STORED_MAX = 65535, /* bytes in a block */
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

static size_t
stored_room(size_t len)
{
    return len + 5 * (len / STORED_MAX + 1);
}

/* Bytes as they are, in stored blocks (RFC 1951 3.2.4). */
static void
put_stored(struct buf *b, struct bytes data, bool is_last)
{
    do {
        struct bytes some = bytes_first(data, STORED_MAX);
        data = bytes_skip(data, some.len);
        uint8_t head[5] = {is_last && data.len == 0};
        put_le16(head + 1, (uint16_t)some.len);
        put_le16(head + 3, (uint16_t)~some.len);
        buf_add(b, bytes_of(head, sizeof head));
        buf_add(b, some);
    } while (data.len > 0);
}

static struct bytes
make_head(const struct bytes tar)
{
    static const uint8_t gzip[GZIP_HEAD] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3};
    size_t room = sizeof gzip + stored_room(tar.len);
    struct buf b = buf_over(files_memory(room, 1), room);
    buf_add(&b, bytes_of(gzip, sizeof gzip));
    put_stored(&b, tar, false);
    return buf_bytes(&b);
}

static struct bytes
make_tail(struct bytes tar, uint32_t crc, size_t tar_len)
{
    uint8_t end[GZIP_TAIL];
    size_t room = stored_room(tar.len) + sizeof end;
    struct buf b = buf_over(files_memory(room, 1), room);
    put_stored(&b, tar, true);
    put_le32(end, crc);
    put_le32(end + 4, (uint32_t)tar_len);
    buf_add(&b, bytes_of(end, sizeof end));
    return buf_bytes(&b);
}

struct tarball
tarball_make(const char *name, const struct tarball_image *image, struct bytes rest)
{
    uint8_t front[3 * BLOCK] = {0};
    size_t size = image->len + rest.len;
    size_t behind_len = rest.len + padded(size) - size + 2 * BLOCK;
    uint8_t *behind = files_memory(behind_len, 1);
    put_head(front, "name", put_path_record(front + BLOCK, name), 'x');
    put_head(front + 2 * BLOCK, name, size, '0');
    memcpy(behind, rest.ptr, rest.len);
    uint32_t crc = deflate_crc32(bytes_of(front, sizeof front));
    crc = deflate_crc32_join(crc, image->crc, image->len);
    crc = deflate_crc32_join(crc, deflate_crc32(bytes_of(behind, behind_len)), behind_len);
    size_t tar_len = sizeof front + image->len + behind_len;
    struct tarball t = {make_head(bytes_of(front, sizeof front)),
                        make_tail(bytes_of(behind, behind_len), crc, tar_len)};
    free(behind);
    return t;
}

void
tarball_free(struct tarball *t)
{
    free((void *)(uintptr_t)t->head.ptr);
    free((void *)(uintptr_t)t->tail.ptr);
    *t = (struct tarball){0};
}

struct tarball_image
tarball_image(struct bytes image)
{
    size_t room = deflate_room(image.len);
    uint8_t *out = files_memory(room, 1);
    size_t len = deflate_begin(image, out, room);
    return (struct tarball_image){bytes_of(out, len), image.len, deflate_crc32(image)};
}

void
tarball_image_free(struct tarball_image *image)
{
    free((void *)(uintptr_t)image->deflated.ptr);
    *image = (struct tarball_image){0};
}
