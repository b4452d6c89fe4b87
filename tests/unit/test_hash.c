/* Vectors: FIPS 180 examples and NIST's "million a"; beyond them the native and portable
 * block functions are judges of each other. */
#include "base/hash.h"
#include "base/hash_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    uint32_t repeat;
    const char *sha1, *sha256;
} vectors[] = {
    {"", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static void
test_published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t want[32], got[32];
        struct sha1 h1;
        struct sha256 h256;
        sha1_init(&h1);
        sha256_init(&h256);
        for (uint32_t k = 0; k < vectors[i].repeat; k++) {
            sha1_add(&h1, vectors[i].text, strlen(vectors[i].text));
            sha256_add(&h256, vectors[i].text, strlen(vectors[i].text));
        }
        sha1_end(&h1, got);
        assert_true(bytes_from_hex(bytes_of_text(vectors[i].sha1), want, SHA1_SIZE));
        assert_memory_equal(got, want, SHA1_SIZE);
        sha256_end(&h256, got);
        assert_true(bytes_from_hex(bytes_of_text(vectors[i].sha256), want, SHA256_SIZE));
        assert_memory_equal(got, want, SHA256_SIZE);
    }
}

static uint64_t
random_next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void
test_native_blocks_equal_portable_blocks(void **state)
{
    (void)state;
    if (!hash_native_works()) {
        skip();
    }
    uint8_t data[64 * 9 + 1];
    uint64_t seed = 1;
    for (int round = 0; round < 500; round++) {
        uint32_t native[8], portable[8];
        for (size_t i = 0; i < sizeof data; i++) {
            data[i] = (uint8_t)random_next(&seed);
        }
        for (int i = 0; i < 8; i++) {
            native[i] = portable[i] = (uint32_t)(random_next(&seed) << 16 ^ random_next(&seed));
        }
        const uint8_t *at = data + round % 2; /* aligned and not */
        size_t count = random_next(&seed) % 10;
        sha1_blocks_native(native, at, count);
        sha1_blocks_portable(portable, at, count);
        assert_memory_equal(native, portable, sizeof native);
        uint32_t other[8], first[8];
        memcpy(other, portable, sizeof other);
        memcpy(first, portable, sizeof first);
        other[0] ^= 1;
        sha1_two_native(first, data, other, at, count);
        sha1_blocks_portable(native, data, count);
        assert_memory_equal(first, native, sizeof first);
        portable[0] ^= 1;
        sha1_blocks_portable(portable, at, count);
        assert_memory_equal(other, portable, sizeof other);
        memcpy(native, portable, sizeof native);
        sha256_blocks_native(native, at, count);
        sha256_blocks_portable(portable, at, count);
        assert_memory_equal(native, portable, sizeof native);
    }
}

static void
test_any_split_gives_the_same(void **state)
{
    (void)state;
    uint8_t data[700], whole[32], parts[32];
    uint64_t seed = 2;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)random_next(&seed);
    }
    for (size_t len = 0; len < sizeof data; len++) {
        struct sha1 h1;
        struct sha256 h256;
        sha1_init(&h1);
        sha256_init(&h256);
        for (size_t at = 0; at < len;) {
            size_t n = random_next(&seed) % 150;
            n = n < len - at ? n : len - at;
            sha1_add(&h1, data + at, n);
            sha256_add(&h256, data + at, n);
            at += n;
        }
        sha1_of(bytes_of(data, len), whole);
        sha1_end(&h1, parts);
        assert_memory_equal(whole, parts, SHA1_SIZE);
        sha256_of(bytes_of(data, len), whole);
        sha256_end(&h256, parts);
        assert_memory_equal(whole, parts, SHA256_SIZE);
    }
}

static void
test_two_in_step_give_the_same_as_each_alone(void **state)
{
    (void)state;
    uint8_t data[600], alone[SHA1_SIZE], in_step[SHA1_SIZE];
    uint64_t seed = 3;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)random_next(&seed);
    }
    for (int round = 0; round < 2000; round++) {
        struct sha1 a, b;
        size_t a_len = 0, b_len = 0;
        sha1_init(&a);
        sha1_init(&b);
        for (int part = 0; part < 3; part++) { /* whole blocks mostly, as in a piece */
            size_t n = random_next(&seed) % 100, m = random_next(&seed) % 100;
            n = round % 2 ? n : n % 3 * 64;
            m = round % 2 ? m : m % 3 * 64;
            sha1_add_two(&a, bytes_of(data + a_len, n), &b, bytes_of(data + 100 + b_len, m));
            a_len += n;
            b_len += m;
        }
        sha1_of(bytes_of(data, a_len), alone);
        sha1_end(&a, in_step);
        assert_memory_equal(alone, in_step, SHA1_SIZE);
        sha1_of(bytes_of(data + 100, b_len), alone);
        sha1_end(&b, in_step);
        assert_memory_equal(alone, in_step, SHA1_SIZE);
    }
}

static void
test_end_leaves_the_context_usable(void **state)
{
    (void)state;
    struct sha1 h;
    uint8_t before[SHA1_SIZE], after[SHA1_SIZE];
    sha1_init(&h);
    sha1_add(&h, "abc", 3);
    sha1_end(&h, before);
    sha1_add(&h, "def", 3);
    sha1_end(&h, after);
    sha1_of(BYTES("abcdef"), before);
    assert_memory_equal(before, after, SHA1_SIZE);
    sha1_add(&h, NULL, 0);
    sha1_end(&h, after);
    assert_memory_equal(before, after, SHA1_SIZE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_native_blocks_equal_portable_blocks),
        cmocka_unit_test(test_any_split_gives_the_same),
        cmocka_unit_test(test_two_in_step_give_the_same_as_each_alone),
        cmocka_unit_test(test_end_leaves_the_context_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
