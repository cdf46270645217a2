/* SHA-256 (FIPS 180-4), for weak keys and for naming content. */
#ifndef FATHOM_SHA256_H
#define FATHOM_SHA256_H
#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK_BYTES 64u

struct sha256 {
    uint32_t state[8];
    uint64_t total_bytes;
    uint8_t block[SHA256_BLOCK_BYTES];
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t length);
/* The same as adding to each, and faster where both have had whole blocks so far. */
void sha256_add_two(struct sha256 *one, const void *bytes, struct sha256 *other, const void *other_bytes, size_t length);
void sha256_end(struct sha256 *hash, uint8_t digest[32]);
#endif
