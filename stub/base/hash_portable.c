/* Blocks for any processor, by BearSSL, which the stub carries for TLS anyway. */
#include "base/hash_impl.h"

#include <bearssl_hash.h>

/* BearSSL wants to know how much it has taken; any multiple of a block will do. */
enum { TAKEN = 0 };

static void
words_to_bytes(uint8_t *out, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_be32(out + 4 * i, words[i]);
    }
}

static void
bytes_to_words(uint32_t *words, const uint8_t *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        words[i] = be32(in + 4 * i);
    }
}

void
sha1_blocks_portable(uint32_t *state, const uint8_t *data, size_t count)
{
    br_sha1_context h;
    uint8_t mem[20];
    br_sha1_init(&h);
    words_to_bytes(mem, state, 5);
    br_sha1_set_state(&h, mem, TAKEN);
    br_sha1_update(&h, data, count * HASH_BLOCK_SIZE);
    br_sha1_state(&h, mem);
    bytes_to_words(state, mem, 5);
}

void
sha256_blocks_portable(uint32_t *state, const uint8_t *data, size_t count)
{
    br_sha256_context h;
    uint8_t mem[32];
    br_sha256_init(&h);
    words_to_bytes(mem, state, 8);
    br_sha256_set_state(&h, mem, TAKEN);
    br_sha256_update(&h, data, count * HASH_BLOCK_SIZE);
    br_sha256_state(&h, mem);
    bytes_to_words(state, mem, 8);
}

#ifdef HASH_NATIVE_NONE
bool
hash_native_works(void)
{
    return false;
}

void
sha1_blocks_native(uint32_t *state, const uint8_t *data, size_t count)
{
    sha1_blocks_portable(state, data, count);
}

void
sha1_two_native(uint32_t *state, const uint8_t *data, uint32_t *state2, const uint8_t *data2,
                size_t count)
{
    sha1_blocks_portable(state, data, count);
    sha1_blocks_portable(state2, data2, count);
}

void
sha256_blocks_native(uint32_t *state, const uint8_t *data, size_t count)
{
    sha256_blocks_portable(state, data, count);
}
#endif
