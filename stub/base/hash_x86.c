/* Blocks by the x86 SHA extensions ("SHA-NI").
 *
 * A vector holds four words. "Group" g is the four rounds 4g to 4g+3; w[g % 4] is the
 * message vector it eats, and once eaten that place is refilled with what group g + 4
 * will need. With the group number constant everything stays in registers. */
#include "base/hash_impl.h"

#ifdef HASH_NATIVE_X86

#include <cpuid.h>
#include <immintrin.h>

#define NATIVE __attribute__((target("sha,ssse3,sse4.1")))
#define NATIVE_INLINE static inline __attribute__((always_inline, target("sha,ssse3,sse4.1")))

bool
hash_native_works(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

NATIVE_INLINE __m128i
load(const void *p)
{
    return _mm_loadu_si128(p);
}

/* Four big-endian words in the order that the instructions want. */
NATIVE_INLINE void
load_block(__m128i w[4], const uint8_t *block, __m128i order)
{
    for (int i = 0; i < 4; i++) {
        w[i] = _mm_shuffle_epi8(load(block + 16 * i), order);
    }
}

/* SHA-1: abcd holds a in its high word; e holds the older abcd, from which sha1nexte makes
 * the e of the next group. */
struct sha1_lane {
    __m128i abcd, e, w[4], abcd_before, e_before;
};

NATIVE_INLINE void
sha1_load(struct sha1_lane *l, const uint32_t *state)
{
    l->abcd = _mm_shuffle_epi32(load(state), 0x1b);
    l->e = _mm_set_epi32((int)state[4], 0, 0, 0);
}

NATIVE_INLINE void
sha1_store(const struct sha1_lane *l, uint32_t *state)
{
    _mm_storeu_si128((__m128i *)(void *)state, _mm_shuffle_epi32(l->abcd, 0x1b));
    state[4] = (uint32_t)_mm_extract_epi32(l->e, 3);
}

NATIVE_INLINE void
sha1_begin(struct sha1_lane *l, const uint8_t *block)
{
    l->abcd_before = l->abcd;
    l->e_before = l->e;
    load_block(l->w, block, _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f));
}

/* The round function changes every 20 rounds. */
NATIVE_INLINE void
sha1_group(struct sha1_lane *l, int g)
{
    __m128i *now = &l->w[g & 3], next;
    __m128i mixed = g == 0 ? _mm_add_epi32(l->e, *now) : _mm_sha1nexte_epu32(l->e, *now);
    l->e = l->abcd;
    switch (g / 5) {
    case 0: l->abcd = _mm_sha1rnds4_epu32(l->abcd, mixed, 0); break;
    case 1: l->abcd = _mm_sha1rnds4_epu32(l->abcd, mixed, 1); break;
    case 2: l->abcd = _mm_sha1rnds4_epu32(l->abcd, mixed, 2); break;
    case 3: l->abcd = _mm_sha1rnds4_epu32(l->abcd, mixed, 3); break;
    }
    if (g < 16) {
        next = _mm_sha1msg1_epu32(*now, l->w[(g + 1) & 3]);
        next = _mm_xor_si128(next, l->w[(g + 2) & 3]);
        *now = _mm_sha1msg2_epu32(next, l->w[(g + 3) & 3]);
    }
}

NATIVE_INLINE void
sha1_finish(struct sha1_lane *l)
{
    l->e = _mm_sha1nexte_epu32(l->e, l->e_before);
    l->abcd = _mm_add_epi32(l->abcd, l->abcd_before);
}

NATIVE void
sha1_two_native(uint32_t *state, const uint8_t *data, uint32_t *state2, const uint8_t *data2,
                size_t count)
{
    struct sha1_lane l, l2;
    sha1_load(&l, state);
    sha1_load(&l2, state2);
    for (; count; count--, data += HASH_BLOCK_SIZE, data2 += HASH_BLOCK_SIZE) {
        sha1_begin(&l, data);
        sha1_begin(&l2, data2);
#pragma GCC unroll 20
        for (int g = 0; g < 20; g++) {
            sha1_group(&l, g);
            sha1_group(&l2, g);
        }
        sha1_finish(&l);
        sha1_finish(&l2);
    }
    sha1_store(&l, state);
    sha1_store(&l2, state2);
}

/* One alone takes about an eighth longer than with code of its own, which few would notice. */
void
sha1_blocks_native(uint32_t *state, const uint8_t *data, size_t count)
{
    uint32_t spare[5] = {0};
    sha1_two_native(state, data, spare, data, count);
}

NATIVE_INLINE void
sha256_group(__m128i *abef, __m128i *cdgh, __m128i w[4], int g)
{
    __m128i *now = &w[g & 3], next;
    __m128i mixed = _mm_add_epi32(*now, load(hash_k256 + 4 * g));
    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, mixed);
    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(mixed, 0x0e));
    if (g < 12) {
        next = _mm_sha256msg1_epu32(*now, w[(g + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[(g + 3) & 3], w[(g + 2) & 3], 4));
        *now = _mm_sha256msg2_epu32(next, w[(g + 3) & 3]);
    }
}

NATIVE void
sha256_blocks_native(uint32_t *state, const uint8_t *data, size_t count)
{
    const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i cdab = _mm_shuffle_epi32(load(state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; count; count--, data += HASH_BLOCK_SIZE) {
        __m128i w[4], abef_before = abef, cdgh_before = cdgh;
        load_block(w, data, order);
#pragma GCC unroll 16
        for (int g = 0; g < 16; g++) {
            sha256_group(&abef, &cdgh, w, g);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else
typedef int hash_x86_is_empty; /* ISO C wants a declaration in every file */
#endif
