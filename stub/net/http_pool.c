#include "net/http_pool.h"

#include "base/check.h"

bool
http_pool_open(struct http_pool *p, size_t size, struct arena *arena)
{
    uint8_t *mem = arena_take(arena, HTTP_POOL_COUNT, size);
    for (size_t i = 0; mem && i < HTTP_POOL_COUNT; i++) {
        p->free[i] = mem + i * size;
    }
    return mem != NULL;
}

uint8_t *
http_pool_take(struct http_pool *p)
{
    uint8_t *buffer = NULL;
    for (int i = 0; i < HTTP_POOL_COUNT && !buffer; i++) {
        buffer = p->free[i];
        p->free[i] = NULL;
    }
    return buffer;
}

void
http_pool_give(struct http_pool *p, uint8_t **buffer)
{
    for (int i = 0; *buffer; i++) {
        check(i < HTTP_POOL_COUNT);
        if (!p->free[i]) {
            p->free[i] = *buffer;
            *buffer = NULL;
        }
    }
}
