/* The stub images that the builder carries, made by the build (builder/toolchain/embed.c). */
#ifndef BUILDER_EMBEDDED_H
#define BUILDER_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

struct embedded_stub {
    const char *target;  /* "linux-x86_64" */
    const uint8_t *data; /* the image in zlib format */
    size_t stored_len;   /* bytes at data */
    size_t full_len;     /* bytes of the image */
};

/* One entry a target that this builder was made with. */
extern const struct embedded_stub embedded_stubs[];
extern const size_t embedded_stub_count;

#endif
