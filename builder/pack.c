#include "builder/pack.h"

#include "base/hash.h"
#include "builder/deflate.h"
#include "builder/embedded.h"
#include "builder/files.h"
#include "builder/pe_resources.h"
#include "builder/targets.h"
#include "meta/safe_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRAM_MAX = 64 * 1024 * 1024 }; /* a stub of the tests, with sanitizers, has 20 */

struct bytes
pack_stub(const char *target)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        const struct embedded_stub *s = &embedded_stubs[i];
        if (strcmp(s->target, target) == 0) {
            uint8_t *image = files_memory(s->full_len, 1);
            deflate_undo(bytes_of(s->data, s->stored_len), image, s->full_len);
            return bytes_of(image, s->full_len);
        }
    }
    return (struct bytes){0};
}

struct bytes
pack_program(const char *target, struct bytes icon, struct bytes title)
{
    struct bytes stub = pack_stub(target);
    if (stub.len == 0 || !target_is_windows(target)) {
        return stub;
    }
    struct bytes program = pe_resources_set(stub, icon, title);
    free((void *)(uintptr_t)stub.ptr);
    return program;
}

/* Was the program made from the target's stub? */
static bool
is_made_from(struct bytes program, const char *target, struct bytes icon, struct bytes title)
{
    struct bytes ours = pack_program(target, icon, title);
    pe_clear_signature((uint8_t *)(uintptr_t)ours.ptr, ours.len); /* as it was done to the other */
    bool same = bytes_equal(program, ours);
    free((void *)(uintptr_t)ours.ptr);
    return same;
}

const char *
pack_known_stub(sys_file f, uint64_t len, struct bytes title)
{
    const char *target = NULL;
    if (len > PROGRAM_MAX) {
        return NULL;
    }
    uint8_t *mem = files_memory((size_t)len + 1, 1);
    if (sys_file_read(f, 0, mem, (size_t)len) == (int64_t)len) {
        pe_clear_signature(mem, (size_t)len);
        struct bytes program = bytes_of(mem, (size_t)len), icon = pe_resources_icon(program);
        for (size_t i = 0; i < embedded_stub_count && !target; i++) {
            const char *name = embedded_stubs[i].target;
            if (is_made_from(program, name, (struct bytes){0}, title) ||
                (target_is_windows(name) && icon.len > 0 &&
                 is_made_from(program, name, icon, title))) {
                target = name;
            }
        }
        free((void *)(uintptr_t)icon.ptr);
    }
    free(mem);
    return target;
}

struct bytes
pack_tail(const struct payload *p, size_t stub_len)
{
    uint8_t *full_mem = files_memory(PAYLOAD_SIZE_MAX, 1);
    struct buf full = buf_over(full_mem, PAYLOAD_SIZE_MAX);
    struct bytes tail = {0};
    payload_write(p, &full);
    if (!full.full) {
        size_t room = deflate_room(full.len);
        uint8_t *out = files_memory(room + TRAILER_SIZE, 1);
        size_t len = deflate_all(buf_bytes(&full), out, room);
        struct payload_trailer t = {.version = PAYLOAD_VERSION,
                                    .offset = stub_len,
                                    .stored_len = (uint32_t)len,
                                    .full_len = (uint32_t)full.len};
        sha256_of(bytes_of(out, len), t.sha256);
        payload_write_trailer(&t, out + len);
        tail = bytes_of(out, len + TRAILER_SIZE);
    }
    free(full_mem);
    return tail;
}

/* What tells the targets apart is at the end, so it is the name that is cut, at a character. */
static struct bytes
cut_name(struct bytes name, size_t max)
{
    if (name.len > max) {
        name.len = max;
        while (name.len > 0 && (name.ptr[name.len] & 0xc0) == 0x80) {
            name.len--;
        }
    }
    return name;
}

void
pack_name(struct buf *out, const char *name, const char *target)
{
    uint8_t mem[NAME_LEN_MAX];
    struct buf b = BUF(mem);
    const char *end = target_is_windows(target) ? ".exe" : ".run";
    buf_add(&b, cut_name(bytes_of_text(name), NAME_LEN_MAX - strlen(target) - strlen(end) - 1));
    buf_byte(&b, '-');
    buf_text(&b, target);
    buf_text(&b, end);
    safe_path_component(out, buf_bytes(&b));
}
