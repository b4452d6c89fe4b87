/* Blocks by the ARMv8 cryptography extension, if the system says that the processor has it. */
#include "base/hash_impl.h"

#ifdef HASH_NATIVE_ARM

#include <sys/auxv.h>

#pragma GCC target("+crypto")
#include <arm_neon.h>

bool
hash_native_works(void)
{
    unsigned long needed = HWCAP_SHA1 | HWCAP_SHA2;
    return (getauxval(AT_HWCAP) & needed) == needed;
}

static uint32x4_t
load_be(const uint8_t *p)
{
    return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

void
sha1_blocks_native(uint32_t *state, const uint8_t *data, size_t count)
{
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32x4_t abcd = vld1q_u32(state);
    uint32_t e = state[4];
    for (; count; count--, data += HASH_BLOCK_SIZE) {
        uint32x4_t w[4], abcd_before = abcd;
        uint32_t e_before = e;
        for (int i = 0; i < 4; i++) {
            w[i] = load_be(data + 16 * i);
        }
        for (int g = 0; g < 20; g++) {
            uint32x4_t *now = &w[g & 3];
            uint32x4_t mixed = vaddq_u32(*now, vdupq_n_u32(k[g / 5]));
            uint32_t e_next = vsha1h_u32(vgetq_lane_u32(abcd, 0));
            abcd = g < 5                ? vsha1cq_u32(abcd, e, mixed)
                   : g >= 10 && g < 15 ? vsha1mq_u32(abcd, e, mixed)
                                        : vsha1pq_u32(abcd, e, mixed);
            e = e_next;
            *now = vsha1su1q_u32(vsha1su0q_u32(*now, w[(g + 1) & 3], w[(g + 2) & 3]),
                                 w[(g + 3) & 3]);
        }
        abcd = vaddq_u32(abcd, abcd_before);
        e += e_before;
    }
    vst1q_u32(state, abcd);
    state[4] = e;
}

/* One after the other: these processors wait less for their own results. */
void
sha1_two_native(uint32_t *state, const uint8_t *data, uint32_t *state2, const uint8_t *data2,
                size_t count)
{
    sha1_blocks_native(state, data, count);
    sha1_blocks_native(state2, data2, count);
}

void
sha256_blocks_native(uint32_t *state, const uint8_t *data, size_t count)
{
    uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
    for (; count; count--, data += HASH_BLOCK_SIZE) {
        uint32x4_t w[4], abcd_before = abcd, efgh_before = efgh;
        for (int i = 0; i < 4; i++) {
            w[i] = load_be(data + 16 * i);
        }
        for (int g = 0; g < 16; g++) {
            uint32x4_t *now = &w[g & 3], abcd_old = abcd;
            uint32x4_t mixed = vaddq_u32(*now, vld1q_u32(hash_k256 + 4 * g));
            abcd = vsha256hq_u32(abcd, efgh, mixed);
            efgh = vsha256h2q_u32(efgh, abcd_old, mixed);
            *now = vsha256su1q_u32(vsha256su0q_u32(*now, w[(g + 1) & 3]), w[(g + 2) & 3],
                                   w[(g + 3) & 3]);
        }
        abcd = vaddq_u32(abcd, abcd_before);
        efgh = vaddq_u32(efgh, efgh_before);
    }
    vst1q_u32(state, abcd);
    vst1q_u32(state + 4, efgh);
}
#else
typedef int hash_arm_is_empty; /* ISO C wants a declaration in every file */
#endif
