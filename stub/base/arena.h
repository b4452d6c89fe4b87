/* All memory of one engine: taken in large chunks, given back at once.
 *
 * Allocation is meant for start-up; afterwards fixed pools are used. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

/* `{.size_max = n}` is a valid start. */
struct arena {
    struct arena_chunk *chunks;
    size_t used;     /* bytes handed out so far */
    size_t size_max; /* arena_take fails beyond this */
};

/* `count` zeroed items of `size` bytes, aligned for anything. NULL when count * size
 * overflows, the cap is reached or the system has no memory. Pages that are never
 * touched cost no physical memory (large requests come from fresh mappings). */
void *arena_take(struct arena *a, size_t count, size_t size);

/* Gives everything back; the arena may be used again. */
void arena_free(struct arena *a);

#endif
