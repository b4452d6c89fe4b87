/* The block functions behind hash.h, for hash.c and its test only.
 *
 * Each takes `count` blocks of 64 bytes into the state (8 words; SHA-1 uses 5). The
 * native ones use the processor's SHA instructions and may be called only where
 * hash_native_works() says so. */
#ifndef BASE_HASH_IMPL_H
#define BASE_HASH_IMPL_H

#include "base/bytes.h"

enum { HASH_BLOCK_SIZE = 64 };

/* Was this program built for a processor family that we have native code for? On ARM only the
 * system knows what the processor can do. On 32-bit systems it would hardly ever be met. */
#if defined(__x86_64__)
#define HASH_NATIVE_X86
#elif defined(__aarch64__) && defined(__linux__)
#define HASH_NATIVE_ARM
#else
#define HASH_NATIVE_NONE
#endif

/* The round constants of SHA-256, for the native functions. */
extern const uint32_t hash_k256[64];

bool hash_native_works(void);
void sha1_blocks_native(uint32_t *state, const uint8_t *data, size_t count);
/* Two hashes in step. */
void sha1_two_native(uint32_t *state, const uint8_t *data, uint32_t *state2, const uint8_t *data2,
                     size_t count);
void sha256_blocks_native(uint32_t *state, const uint8_t *data, size_t count);

void sha1_blocks_portable(uint32_t *state, const uint8_t *data, size_t count);
void sha256_blocks_portable(uint32_t *state, const uint8_t *data, size_t count);

#endif
