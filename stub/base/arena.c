/* The arena: a list of zeroed chunks from the C library.
 *
 * Small requests are cut from the newest chunk; a request that would waste more than a
 * quarter of a fresh chunk gets one of its own, behind the newest, which stays in use. */
#include "base/arena.h"

#include <stdlib.h>

enum { CHUNK_SIZE = 65536, ALIGNMENT = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t left;
    _Alignas(ALIGNMENT) uint8_t mem[];
};

static struct arena_chunk *
chunk_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_chunk)) {
        return NULL;
    }
    struct arena_chunk *c = calloc(1, sizeof *c + size);
    if (c) {
        c->left = size;
    }
    return c;
}

static void *
take_own_chunk(struct arena *a, size_t size)
{
    struct arena_chunk *c = chunk_new(size);
    if (!c) {
        return NULL;
    }
    c->left = 0;
    if (a->chunks) {
        c->next = a->chunks->next;
        a->chunks->next = c;
    } else {
        a->chunks = c;
    }
    a->used += size;
    return c->mem;
}

void *
arena_take(struct arena *a, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - ALIGNMENT) / size) {
        return NULL;
    }
    size_t want = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (want == 0) {
        want = ALIGNMENT; /* an empty table still has an address of its own */
    }
    if (a->used > a->size_max || want > a->size_max - a->used) {
        return NULL;
    }
    if (want > CHUNK_SIZE / 4) {
        return take_own_chunk(a, want);
    }
    if (!a->chunks || a->chunks->left < want) {
        struct arena_chunk *c = chunk_new(CHUNK_SIZE);
        if (!c) {
            return NULL;
        }
        c->next = a->chunks;
        a->chunks = c;
    }
    struct arena_chunk *c = a->chunks;
    void *mem = c->mem + (CHUNK_SIZE - c->left);
    c->left -= want;
    a->used += want;
    return mem;
}

void
arena_free(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *c = a->chunks;
        a->chunks = c->next;
        free(c);
    }
    a->used = 0;
}
