/* SHA-1 and SHA-256 (FIPS 180-4), with the processor's own instructions where it has
 * them (x86 SHA-NI, ARMv8 crypto), BearSSL's portable code elsewhere.
 *
 * Contexts are plain values: copy one to fork a hash. {0} is not started: call init. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/bytes.h"

enum { SHA1_SIZE = 20, SHA256_SIZE = 32 };

struct sha1 {
    uint32_t state[5];
    uint64_t count; /* bytes taken so far */
    uint8_t block[64];
};

struct sha256 {
    uint32_t state[8];
    uint64_t count;
    uint8_t block[64];
};

void sha1_init(struct sha1 *h);
void sha1_add(struct sha1 *h, const void *data, size_t len);
/* Leaves the context as it was, so that a prefix can be asked for. */
void sha1_end(const struct sha1 *h, uint8_t out[SHA1_SIZE]);
/* Adds to two hashes in step: with the processor's own instructions the two together take little
 * longer than one, because each alone waits for its last result most of the time. */
void sha1_add_two(struct sha1 *a, struct bytes a_data, struct sha1 *b, struct bytes b_data);
void sha1_of(struct bytes data, uint8_t out[SHA1_SIZE]);

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(const struct sha256 *h, uint8_t out[SHA256_SIZE]);
void sha256_of(struct bytes data, uint8_t out[SHA256_SIZE]);

#endif
