/* Finding the payload of an app.
 *
 * A trailer at the end says it all. Without one the file is either a bare stub or an app whose
 * end was lost on the way (a download cut short); the program's own tables tell them apart,
 * because an image knows how long it is. */
#include "engine/app_file.h"

enum {
    HEAD_SIZE = 4096,
    PADDING_MAX = 7, /* between trailer and certificate table */
};

/* `size` 2 or 4. Of numbers with 64 bits the lower half is read: no image is longer. */
static uint32_t
le(struct bytes head, uint32_t at, size_t size)
{
    if (at > head.len || size > head.len - at) {
        return 0;
    }
    return size == 2 ? le16(head.ptr + at) : le32(head.ptr + at);
}

/* The end of either table of headers or of the last segment, whichever is later. */
static uint32_t
elf_end(struct bytes head)
{
    bool wide = head.len > 4 && head.ptr[4] == 2;
    uint32_t counts = wide ? 54 : 42; /* size and number of program headers, then of sections */
    uint32_t end = le(head, wide ? 40 : 32, 4) + le(head, counts + 4, 2) * le(head, counts + 6, 2);
    uint32_t at = le(head, wide ? 32 : 28, 4), size = le(head, counts, 2);
    for (uint32_t i = le(head, counts + 2, 2); i > 0; i--, at += size) {
        uint32_t last = le(head, at + (wide ? 8 : 4), 4) + le(head, at + (wide ? 32 : 16), 4);
        end = last > end ? last : end;
    }
    return at > end ? at : end;
}

/* The end of the last section's data. */
static uint32_t
pe_end(struct bytes head)
{
    uint32_t pe = le(head, 60, 4), end = 0;
    if (le(head, pe, 4) != 0x4550) {
        return 0;
    }
    uint32_t at = pe + 24 + le(head, pe + 20, 2);
    for (uint32_t i = le(head, pe + 6, 2); i > 0; i--, at += 40) {
        uint32_t last = le(head, at + 16, 4) + le(head, at + 20, 4);
        end = last > end ? last : end;
    }
    return end;
}

uint64_t
app_image_end(struct bytes head)
{
    if (bytes_starts(head, BYTES("\177ELF"))) {
        return elf_end(head);
    }
    return bytes_starts(head, BYTES("MZ")) ? pe_end(head) : 0;
}

/* Looks for the trailer that ends at `end` or up to PADDING_MAX bytes before. */
static bool
find_trailer(struct app_file *a, sys_file f, uint64_t end)
{
    uint8_t tail[TRAILER_SIZE + PADDING_MAX];
    size_t len = end < sizeof tail ? (size_t)end : sizeof tail;
    if (sys_file_read(f, (int64_t)(end - len), tail, len) != (int64_t)len) {
        return false;
    }
    for (size_t padding = 0; padding <= PADDING_MAX && padding + TRAILER_SIZE <= len; padding++) {
        const uint8_t *at = tail + len - padding - TRAILER_SIZE;
        if (bytes_starts(bytes_of(at, TRAILER_SIZE), BYTES(PAYLOAD_MAGIC))) {
            uint64_t payload_end = end - padding - TRAILER_SIZE;
            bool good = payload_read_trailer(&a->trailer, at, &a->why);
            if (good && (a->trailer.offset > payload_end ||
                         a->trailer.stored_len != payload_end - a->trailer.offset)) {
                a->why = (struct fault){"its length is wrong", (size_t)payload_end};
            }
            return true;
        }
    }
    return false;
}

/* Reads and inflates the payload that the trailer describes. */
static void
read_payload(struct app_file *a, sys_file f, struct arena *arena)
{
    struct arena spare = {.size_max = PAYLOAD_SIZE_MAX + HEAD_SIZE};
    const struct payload_trailer *t = &a->trailer;
    uint8_t *stored = arena_take(&spare, t->stored_len, 1);
    uint8_t *full = arena_take(arena, t->full_len, 1);
    if (!stored || !full) {
        a->why = (struct fault){"its payload is too large", (size_t)t->offset};
    } else if (sys_file_read(f, (int64_t)t->offset, stored, t->stored_len) != t->stored_len) {
        a->why = (struct fault){"its payload cannot be read", (size_t)t->offset};
    } else if (payload_inflate(t, bytes_of(stored, t->stored_len), full, t->full_len, &a->why)) {
        a->full = bytes_of(full, t->full_len);
        payload_parse(&a->payload, a->full, &a->why);
    }
    arena_free(&spare);
}

void
app_file_read(struct app_file *a, sys_file f, struct arena *arena)
{
    uint8_t mem[HEAD_SIZE];
    *a = (struct app_file){.size = sys_file_size(f)};
    int64_t got = a->size < 0 ? a->size : sys_file_read(f, 0, mem, sizeof mem);
    if (got < 0) {
        a->kind = APP_UNREAD;
        a->error = (int)got;
        return;
    }
    struct bytes head = bytes_of(mem, (size_t)got);
    uint64_t size = (uint64_t)a->size, image = app_image_end(head);
    if (find_trailer(a, f, payload_trailer_end(head, size))) {
        if (!a->why.what) {
            read_payload(a, f, arena);
        }
        a->kind = a->why.what ? APP_DAMAGED : APP_GOOD;
    } else if (image == 0) {
        a->kind = APP_NOT;
    } else if (image == size) {
        a->kind = APP_STUB;
    } else {
        a->kind = APP_DAMAGED;
        a->why = (struct fault){"its end is missing", (size_t)size};
    }
}
