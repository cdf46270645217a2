/* Both ways of computing SHA-256 give the digests of FIPS 180-4 and the NIST
 * example files, however the message is cut. Includes the source, so that the
 * portable way is tested on a processor that would never take it. */
#include "../sha256.c"

#include <stdio.h>

struct vector {
    const char *message;
    size_t repeat; /* the message is this many copies of `message` */
    const char *hex;
};

/* Source: NIST CSRC example values SHA256.pdf and SHA2_Additional.pdf. */
static const struct vector VECTORS[] = {
    {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static int failures;

static void expect(const uint8_t digest[32], const char *hex, const char *what, size_t which)
{
    char got[65];
    for (int i = 0; i < 32; i++) snprintf(got + 2 * i, 3, "%02x", digest[i]);
    if (strcmp(got, hex) == 0) return;
    fprintf(stderr, "sha256-vectors: %s %zu: found %s, expected %s\n", what, which, got, hex);
    failures++;
}

static void check_vectors(size_t cut)
{
    for (size_t v = 0; v < sizeof VECTORS / sizeof *VECTORS; v++) {
        struct sha256 hash;
        uint8_t digest[32];
        size_t length = strlen(VECTORS[v].message);
        sha256_start(&hash);
        for (size_t i = 0; i < VECTORS[v].repeat; i++)
            for (size_t at = 0; at < length; at += cut)
                sha256_add(&hash, VECTORS[v].message + at, length - at < cut ? length - at : cut);
        sha256_end(&hash, digest);
        expect(digest, VECTORS[v].hex, "vector", v);
    }
}

/* Every length up to four blocks, in one piece and cut in two, against the portable way. */
static void check_lengths(void)
{
    uint8_t message[256];
    for (size_t i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 167 + 13);
    for (size_t length = 0; length <= sizeof message; length++) {
        struct sha256 whole;
        uint8_t first[32], other[32];
        sha256_start(&whole);
        sha256_add(&whole, message, length);
        sha256_end(&whole, first);
        for (size_t cut = 0; cut <= length; cut++) {
            struct sha256 hash;
            sha256_start(&hash);
            sha256_add(&hash, message, cut);
            sha256_add(&hash, message + cut, length - cut);
            sha256_end(&hash, other);
            if (memcmp(first, other, 32) != 0) {
                fprintf(stderr, "sha256-vectors: %zu bytes cut at %zu differ\n", length, cut);
                failures++;
            }
        }
    }
}

/* Two messages together give what each gives alone, wherever each of them stands in its block. */
static void check_two(void)
{
    uint8_t message[512];
    for (size_t i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 59 + i / 7);
    for (size_t before = 0; before <= 130; before += 13) {
        for (size_t other_before = 0; other_before <= 128; other_before += 64) {
            for (size_t length = 0; length <= 256; length++) {
                struct sha256 together[2], alone[2];
                const size_t starts[2] = {before, other_before};
                uint8_t digests[4][32];
                for (int i = 0; i < 2; i++) {
                    sha256_start(&together[i]);
                    sha256_add(&together[i], message, starts[i]);
                    sha256_start(&alone[i]);
                    sha256_add(&alone[i], message, starts[i]);
                    sha256_add(&alone[i], message + i, length);
                }
                sha256_add_two(&together[0], message, &together[1], message + 1, length);
                for (int i = 0; i < 2; i++) {
                    sha256_end(&together[i], digests[i]);
                    sha256_end(&alone[i], digests[2 + i]);
                }
                if (memcmp(digests[0], digests[2], 64) == 0) continue;
                fprintf(stderr, "sha256-vectors: two of %zu bytes after %zu and %zu differ from each alone\n", length, before, other_before);
                failures++;
            }
        }
    }
}

static void check_ways_agree(void)
{
#if defined(__x86_64__)
    if (!has_sha_ni()) {
        puts("sha256-vectors: this processor has no SHA extensions; only the portable way ran");
        return;
    }
    uint8_t blocks[64 * 17];
    uint32_t portable[8] = {1, 2, 3, 4, 5, 6, 7, 0x80000000}, fast[8];
    for (size_t i = 0; i < sizeof blocks; i++) blocks[i] = (uint8_t)(i * 211 + i / 251);
    memcpy(fast, portable, sizeof fast);
    compress_portable(portable, blocks, 17);
    compress_sha_ni(fast, blocks, 17);
    if (memcmp(fast, portable, sizeof fast) != 0) {
        fprintf(stderr, "sha256-vectors: the two ways differ\n");
        failures++;
    }
#endif
}

int main(void)
{
    for (size_t cut = 1; cut <= 130; cut++) check_vectors(cut);
    check_lengths();
    check_two();
    check_ways_agree();
    if (failures == 0) puts("sha256-vectors: passed");
    return failures != 0;
}
