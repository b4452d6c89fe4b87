/* SHA-1 and SHA-256 (FIPS 180-4): cutting the input into blocks, padding, and the choice of
 * the block function. Both hashes differ only in the state and the block function, so
 * one piece of code does both. */
#include "base/hash.h"

#include "base/hash_impl.h"

#include <stdatomic.h>
#include <string.h>

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
