/* A few large buffers for bodies that are copied, shared by all clients of a server. Their memory
 * is used only when touched. */
#ifndef NET_HTTP_POOL_H
#define NET_HTTP_POOL_H

#include "base/arena.h"

#include <stdbool.h>

enum { HTTP_POOL_COUNT = 8 };

struct http_pool {
    uint8_t *free[HTTP_POOL_COUNT]; /* NULL: in use */
};

/* Buffers of `size` bytes each. False: no memory. */
bool http_pool_open(struct http_pool *p, size_t size, struct arena *arena);

/* NULL: all are in use. */
uint8_t *http_pool_take(struct http_pool *p);

/* Gives `*buffer` back, if it is not NULL, which it becomes. */
void http_pool_give(struct http_pool *p, uint8_t **buffer);

#endif
