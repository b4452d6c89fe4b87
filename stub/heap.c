/* malloc for the app: every block is a mapping of its own.
 *
 * The app takes memory a few dozen times in its life, mostly in large pieces (arenas, TLS, name
 * look-ups), so a page a block costs nothing, a use after free faults at once, and libc's
 * allocator, which would be 8 KB in every download, is left out. Only the stub links this; the
 * builder and the tests keep their libc's. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HEAD = 64 }; /* before the block: the length of its mapping; keeps any alignment */

void *
malloc(size_t len)
{
    void *map = MAP_FAILED;
    if (len < PTRDIFF_MAX)
        map = mmap(NULL, len + HEAD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) {
        errno = ENOMEM;
        return NULL;
    }
    *(size_t *)map = len + HEAD;
    return (uint8_t *)map + HEAD;
}

void
free(void *block)
{
    if (!block)
        return;
    uint8_t *map = (uint8_t *)block - HEAD;
    munmap(map, *(size_t *)(void *)map);
}

void *
calloc(size_t count, size_t size)
{
    size_t len;
    if (__builtin_mul_overflow(count, size, &len))
        len = SIZE_MAX;
    return malloc(len); /* fresh mappings are zero */
}

void *
realloc(void *block, size_t len)
{
    void *grown = malloc(len);
    if (!grown || !block)
        return grown;
    size_t had = *(size_t *)(void *)((uint8_t *)block - HEAD) - HEAD;
    memcpy(grown, block, had < len ? had : len);
    free(block);
    return grown;
}
