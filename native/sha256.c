/* SHA-256 (FIPS 180-4). Rules of the place: no allocation, no library calls but
 * memcpy, no state outside `struct sha256`, so that it fits a static program and
 * an addon alike. Processors with the SHA extensions are asked for once; two
 * threads that ask at the same time find the same answer. */
#include "sha256.h"

#include <string.h>

/* FIPS 180-4, section 4.2.2. */
static const uint32_t ROUND[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate_right(uint32_t word, int count) { return word >> count | word << (32 - count); }

static void compress_portable(uint32_t state[8], const uint8_t *block, size_t count)
{
    for (; count > 0; count--, block += SHA256_BLOCK_BYTES) {
        uint32_t w[64];
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
                   (uint32_t)block[4 * i + 3];
        for (int i = 16; i < 64; i++) {
            uint32_t s0 = rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ w[i - 15] >> 3;
            uint32_t s1 = rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ w[i - 2] >> 10;
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (int i = 0; i < 64; i++) {
            uint32_t big1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
            uint32_t t1 = h + big1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i];
            uint32_t big0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
            uint32_t t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define SHA_NI __attribute__((target("sha,sse4.1,ssse3")))
#define INLINE static inline __attribute__((always_inline))

/* The instructions want the state as two words ABEF and CDGH. Source: Intel SDM, SHA256RNDS2. */
struct lane {
    __m128i abef, cdgh;
    __m128i w[4]; /* the last sixteen words of the message schedule */
};

SHA_NI INLINE struct lane lane_from(const uint32_t state[8])
{
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)&state[0]);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)&state[4]);
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
    __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    return (struct lane){.abef = _mm_alignr_epi8(cdab, efgh, 8), .cdgh = _mm_blend_epi16(efgh, cdab, 0xf0)};
}

SHA_NI INLINE void lane_to(const struct lane *lane, uint32_t state[8])
{
    __m128i feba = _mm_shuffle_epi32(lane->abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(lane->cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)&state[0], _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}

SHA_NI INLINE void lane_load(struct lane *lane, const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    for (int i = 0; i < 4; i++)
        lane->w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), big_endian);
}

/* Four rounds, of sixteen such steps. */
SHA_NI INLINE void lane_step(struct lane *lane, int i)
{
    __m128i words = lane->w[i & 3];
    if (i >= 4) {
        __m128i newest = lane->w[(i + 3) & 3];
        words = _mm_sha256msg1_epu32(words, lane->w[(i + 1) & 3]);
        words = _mm_add_epi32(words, _mm_alignr_epi8(newest, lane->w[(i + 2) & 3], 4));
        words = _mm_sha256msg2_epu32(words, newest);
        lane->w[i & 3] = words;
    }
    __m128i keyed = _mm_add_epi32(words, _mm_load_si128((const __m128i *)(const void *)&ROUND[4 * i]));
    lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, keyed);
    lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(keyed, 0x0e));
}

SHA_NI INLINE void lane_sum(struct lane *lane, __m128i abef_before, __m128i cdgh_before)
{
    lane->abef = _mm_add_epi32(lane->abef, abef_before);
    lane->cdgh = _mm_add_epi32(lane->cdgh, cdgh_before);
}

#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

SHA_NI static void compress_sha_ni(uint32_t state[8], const uint8_t *block, size_t count)
{
    struct lane lane = lane_from(state);
    for (; count > 0; count--, block += SHA256_BLOCK_BYTES) {
        const __m128i abef_before = lane.abef, cdgh_before = lane.cdgh;
        lane_load(&lane, block);
        UNROLLED
        for (int i = 0; i < 16; i++) lane_step(&lane, i);
        lane_sum(&lane, abef_before, cdgh_before);
    }
    lane_to(&lane, state);
}

/* Each step waits for the one before; two messages at a time take little longer than one (measured: 1.85 times the bytes). */
SHA_NI static void compress_two_sha_ni(uint32_t one[8], const uint8_t *block, uint32_t other[8], const uint8_t *other_block, size_t count)
{
    struct lane a = lane_from(one), b = lane_from(other);
    for (; count > 0; count--, block += SHA256_BLOCK_BYTES, other_block += SHA256_BLOCK_BYTES) {
        const __m128i a_abef = a.abef, a_cdgh = a.cdgh, b_abef = b.abef, b_cdgh = b.cdgh;
        lane_load(&a, block);
        lane_load(&b, other_block);
        UNROLLED
        for (int i = 0; i < 16; i++) {
            lane_step(&a, i);
            lane_step(&b, i);
        }
        lane_sum(&a, a_abef, a_cdgh);
        lane_sum(&b, b_abef, b_cdgh);
    }
    lane_to(&a, one);
    lane_to(&b, other);
}

/* CPUID leaf 7 EBX bit 29: SHA; leaf 1 ECX bit 9: SSSE3, bit 19: SSE4.1. Source: Intel SDM, CPUID. */
static int has_sha_ni(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 9) || !(c & 1u << 19)) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
}

static int uses_sha_ni(void)
{
    static int answer; /* 0: not asked yet, 1: portable, 2: SHA-NI */
    int known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
    if (known == 0) {
        known = has_sha_ni() ? 2 : 1;
        __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
    }
    return known == 2;
}

static void compress(uint32_t state[8], const uint8_t *block, size_t count)
{
    if (uses_sha_ni()) compress_sha_ni(state, block, count);
    else compress_portable(state, block, count);
}

static void compress_two(uint32_t one[8], const uint8_t *block, uint32_t other[8], const uint8_t *other_block, size_t count)
{
    if (uses_sha_ni()) return compress_two_sha_ni(one, block, other, other_block, count);
    compress_portable(one, block, count);
    compress_portable(other, other_block, count);
}
#else
static void compress(uint32_t state[8], const uint8_t *block, size_t count) { compress_portable(state, block, count); }

static void compress_two(uint32_t one[8], const uint8_t *block, uint32_t other[8], const uint8_t *other_block, size_t count)
{
    compress_portable(one, block, count);
    compress_portable(other, other_block, count);
}
#endif

void sha256_start(struct sha256 *hash)
{
    /* FIPS 180-4, section 5.3.3. */
    static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, START, sizeof START);
    hash->total_bytes = 0;
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    size_t filled = hash->total_bytes % SHA256_BLOCK_BYTES;
    hash->total_bytes += length;
    if (length == 0) return;
    if (filled > 0) {
        size_t part = SHA256_BLOCK_BYTES - filled < length ? SHA256_BLOCK_BYTES - filled : length;
        memcpy(hash->block + filled, at, part);
        at += part, length -= part, filled += part;
        if (filled < SHA256_BLOCK_BYTES) return;
        compress(hash->state, hash->block, 1);
    }
    if (length >= SHA256_BLOCK_BYTES) compress(hash->state, at, length / SHA256_BLOCK_BYTES);
    at += length - length % SHA256_BLOCK_BYTES;
    memcpy(hash->block, at, length % SHA256_BLOCK_BYTES);
}

void sha256_add_two(struct sha256 *one, const void *bytes, struct sha256 *other, const void *other_bytes, size_t length)
{
    size_t whole = one->total_bytes % SHA256_BLOCK_BYTES || other->total_bytes % SHA256_BLOCK_BYTES ? 0 : length - length % SHA256_BLOCK_BYTES;
    if (whole > 0) compress_two(one->state, bytes, other->state, other_bytes, whole / SHA256_BLOCK_BYTES);
    one->total_bytes += whole;
    other->total_bytes += whole;
    sha256_add(one, (const uint8_t *)bytes + whole, length - whole);
    sha256_add(other, (const uint8_t *)other_bytes + whole, length - whole);
}

void sha256_end(struct sha256 *hash, uint8_t digest[32])
{
    size_t filled = hash->total_bytes % SHA256_BLOCK_BYTES;
    uint64_t bits = hash->total_bytes * 8;
    hash->block[filled++] = 0x80;
    if (filled > SHA256_BLOCK_BYTES - 8) {
        memset(hash->block + filled, 0, SHA256_BLOCK_BYTES - filled);
        compress(hash->state, hash->block, 1);
        filled = 0;
    }
    memset(hash->block + filled, 0, SHA256_BLOCK_BYTES - 8 - filled);
    for (int i = 0; i < 8; i++) hash->block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
    compress(hash->state, hash->block, 1);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 4; j++) digest[4 * i + j] = (uint8_t)(hash->state[i] >> (24 - 8 * j));
}
