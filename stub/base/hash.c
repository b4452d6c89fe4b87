/* SHA-1 and SHA-256 (FIPS 180-4): cutting the input into blocks, padding, and the choice of
 * the block function. Both hashes differ only in the state and the block function, so
 * one piece of code does both. */
#include "base/hash.h"

#include "base/hash_impl.h"

#include <stdatomic.h>
#include <string.h>

#ifndef HASH_NATIVE_NONE
const uint32_t hash_k256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};
#endif

/* A view of either context. */
struct block_hash {
    uint32_t *state;
    uint64_t *count;
    uint8_t *block;
    bool is_sha256;
};

static bool
native_works(void)
{
    /* The one mutable variable of this layer: what the processor can do, asked once (the
     * question costs microseconds in a virtual machine). Every thread finds the same. */
    static atomic_int known; /* 0 not asked yet, 1 no, 2 yes */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        answer = hash_native_works() ? 2 : 1;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 2;
}

static void
take_blocks(struct block_hash h, const uint8_t *data, size_t count)
{
    bool native = native_works();
    if (h.is_sha256) {
        (native ? sha256_blocks_native : sha256_blocks_portable)(h.state, data, count);
    } else {
        (native ? sha1_blocks_native : sha1_blocks_portable)(h.state, data, count);
    }
}

static void
add(struct block_hash h, struct bytes data)
{
    size_t held = *h.count % HASH_BLOCK_SIZE;
    *h.count += data.len;
    if (held) {
        struct bytes fill = bytes_first(data, HASH_BLOCK_SIZE - held);
        if (fill.len) {
            memcpy(h.block + held, fill.ptr, fill.len);
        }
        if (held + fill.len < HASH_BLOCK_SIZE) {
            return;
        }
        take_blocks(h, h.block, 1);
        data = bytes_skip(data, fill.len);
    }
    if (data.len >= HASH_BLOCK_SIZE) {
        take_blocks(h, data.ptr, data.len / HASH_BLOCK_SIZE);
        data = bytes_skip(data, data.len / HASH_BLOCK_SIZE * HASH_BLOCK_SIZE);
    }
    if (data.len) {
        memcpy(h.block, data.ptr, data.len);
    }
}

static void
end(struct block_hash h, uint8_t *out, size_t out_size)
{
    uint8_t padding[HASH_BLOCK_SIZE + 8] = {0x80};
    uint64_t bits = *h.count * 8;
    size_t held = *h.count % HASH_BLOCK_SIZE;
    size_t zeros_end = held < 56 ? 56 - held : 120 - held;
    put_be64(padding + zeros_end, bits);
    add(h, bytes_of(padding, zeros_end + 8));
    for (size_t i = 0; i < out_size / 4; i++) {
        put_be32(out + 4 * i, h.state[i]);
    }
}

static struct block_hash
view1(struct sha1 *h)
{
    return (struct block_hash){h->state, &h->count, h->block, false};
}

void
sha1_init(struct sha1 *h)
{
    *h = (struct sha1){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

void
sha1_add(struct sha1 *h, const void *data, size_t len)
{
    add(view1(h), bytes_of(data, len));
}

void
sha1_add_two(struct sha1 *a, struct bytes a_data, struct sha1 *b, struct bytes b_data)
{
    size_t common = a_data.len < b_data.len ? a_data.len : b_data.len;
    bool whole = a->count % HASH_BLOCK_SIZE == 0 && b->count % HASH_BLOCK_SIZE == 0;
    if (whole && native_works()) {
        common -= common % HASH_BLOCK_SIZE;
        sha1_two_native(a->state, a_data.ptr, b->state, b_data.ptr, common / HASH_BLOCK_SIZE);
        a->count += common;
        b->count += common;
        a_data = bytes_skip(a_data, common);
        b_data = bytes_skip(b_data, common);
    }
    add(view1(a), a_data);
    add(view1(b), b_data);
}

void
sha1_end(const struct sha1 *h, uint8_t out[SHA1_SIZE])
{
    struct sha1 copy = *h;
    end(view1(&copy), out, SHA1_SIZE);
}

void
sha1_of(struct bytes data, uint8_t out[SHA1_SIZE])
{
    struct sha1 h;
    sha1_init(&h);
    sha1_add(&h, data.ptr, data.len);
    end(view1(&h), out, SHA1_SIZE);
}

static struct block_hash
view256(struct sha256 *h)
{
    return (struct block_hash){h->state, &h->count, h->block, true};
}

void
sha256_init(struct sha256 *h)
{
    *h = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void
sha256_add(struct sha256 *h, const void *data, size_t len)
{
    add(view256(h), bytes_of(data, len));
}

void
sha256_end(const struct sha256 *h, uint8_t out[SHA256_SIZE])
{
    struct sha256 copy = *h;
    end(view256(&copy), out, SHA256_SIZE);
}

void
sha256_of(struct bytes data, uint8_t out[SHA256_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_add(&h, data.ptr, data.len);
    end(view256(&h), out, SHA256_SIZE);
}
