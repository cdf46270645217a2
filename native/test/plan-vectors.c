/* Witnesses with plans, and keys, whose bytes were damaged at random, read as the supervisor reads them, with nothing
 * behind their last byte that may be read: the answer is no or yes, and never a crash. Cut anywhere, a plan is
 * a no, and a key has heard of everything. `make check` runs it; the number given to it is the seed. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "../sha256.c"
#include "../supervisor/plan.c"
#include "../supervisor/held.c"
#include "../supervisor/unheard.c"

#define ROUNDS 300000
#define ROOM 8192

struct state S = {.store = "/nonexistent"};

/* What the rest of the supervisor would say: everything is as it was, as far as it can be read. */
static size_t read_bytes;
static bool reads(const char *text, const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) read_bytes += ((const uint8_t *)bytes)[i];
    read_bytes += strlen(text);
    return true;
}
void key_hex(const uint8_t *bytes, size_t count, char *into) { for (size_t i = 0; i < count; i++) sprintf(into + 2 * i, "%02x", bytes[i]); }
void key_path(const struct exec *exec, char into[KEY_PATH_BYTES]) { (void)exec, into[0] = 0; }
void blob_path(const uint8_t digest[32], char into[KEY_PATH_BYTES]) { (void)digest, into[0] = 0; }
int64_t now_ns(void) { return 0; }
void sig_of(const struct stat *from, struct ledger_sig *to) { (void)from, memset(to, 0, sizeof *to); }
int64_t state_of(const char *path, char state[STATE_BYTES]) { memset(state, 1, STATE_BYTES); return reads(path, "", 0) ? 5 : 0; }
int64_t state_at(int directory, const char *name, char state[STATE_BYTES]) { (void)directory; return state_of(name, state); }
uint32_t state_mode(const char state[STATE_BYTES]) { (void)state; return S_IFREG | 0644; }
bool state_holds_outside(const char *path, const char state[STATE_BYTES]) { return reads(path, state, STATE_BYTES); }
bool content_is(const char *path, const char state[STATE_BYTES], const uint8_t digest[32]) { (void)state; return reads(path, digest, 32); }
bool content_of(const char *path, char state[STATE_BYTES], uint8_t digest[32]) { return reads(path, memset(digest, 0, 32), 32) && reads("", memset(state, 1, STATE_BYTES), 0); }
char *frame_read(const char *kind, const char *name, struct reader *payload) { (void)payload, reads(kind, name, strlen(name)); return NULL; }
bool blob_is_compared(const uint8_t digest[32], char state[STATE_BYTES]) { return reads("", digest, 32) && reads("", state, STATE_BYTES); }
bool hands_look(struct output *output, bool makes) {
    (void)makes;
    return reads(output->path, output->content, 32) && reads(output->target ? output->target : "", output->blob, STATE_BYTES) && reads("", output->state, STATE_BYTES);
}
bool hands_place(struct output *outputs, size_t count, int64_t newest_input_ns, bool renews) { (void)outputs, (void)renews; return count <= OUTPUTS_MAX && newest_input_ns >= 0; }

static char record[ROOM];
static size_t written;

static void put(const void *bytes, size_t length) { memcpy(record + written, bytes, length), written += length; }
static void put_u32(uint32_t value) { put(&value, 4); }
static void put_block(const void *bytes, size_t length) { put_u32((uint32_t)length), put(bytes, length); }
static void put_same(int value, size_t length) { memset(record + written, value, length), written += length; }
static void put_block_of(int value, size_t length) { put_u32((uint32_t)length), put_same(value, length); }

static void write_plan(void) {
    const uint16_t content = CONTENT_TELLS | CONTENT_COUNTS | 0644;
    struct sha256 none;
    uint8_t digest[32];
    sha256_start(&none);
    sha256_end(&none, digest);
    put_u32(0), put_same(0, 8);
    put_u32(0), put_block("PATH\0HOME", 10), put_block("LC_", 4), put_block("CC", 3), put(digest, 32);
    put_u32(0), put_same(0, 32 + STATE_BYTES);
    put_u32(2 * CONTENT_BYTES);
    for (int i = 0; i < 2; i++) put(&content, 2), put_same(i, 32);
    put_u32(2);
    for (uint32_t kind = OUTPUT_FILE; kind <= OUTPUT_LINK; kind += 2) {
        put_u32(kind), put_u32(0644), put_u32(kind), put_same(3, 32 + 2 * STATE_BYTES);
        put_block("/w/o", 5), put_block("target", 7);
    }
}

static void write_confirmed(bool is_planned) {
    put_same(4, 32 + 32 + 8);
    put_u32(1), put_same(16, 1), put("\2\0CC\1\0-", 7);
    put_block("/w/a\0/w/b", 10), put_block_of(1, 2 * STATE_BYTES);
    put_same(5, 32), put_block("/usr/c", 7), put_block_of(2, STATE_BYTES);
    for (int i = 0; i < 3; i++) put_block("", 0), put_block("", 0);
    size_t at = written;
    put_u32(0);
    if (is_planned) write_plan();
    uint32_t length = (uint32_t)(written - at - 4);
    memcpy(record + at, &length, 4);
}

/* The plan is the second set's: what is before it is passed over. */
static void write_witness(void) {
    put("FWIT", 4), put_u32(WITNESS_VERSION);
    put_same(1, 1), put_same(6, 32), put_same(2, 1);
    write_confirmed(false), write_confirmed(true);
}

/* Two sets that ask for the same content, with two entries each. */
static void write_key(void) {
    const char subjects[] = "FSET\1\0\0\0\2\0\0\0\3\4\0\1W/a\1\4\0\1W/b";
    put_same(2, 1);
    for (int set = 0; set < 2; set++) {
        put_same(4, 32), put_block(subjects, sizeof subjects - 1), put_same(2, 1);
        for (int entry = 0; entry < 2; entry++) put_same(5, 32), put_block(entry ? "\0\0\0\0beta" : "\0\0\0\0alfa", 8);
    }
}

static uint64_t seed;
static uint32_t below(uint32_t limit) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 16) % limit;
}

/* So that the byte behind it cannot be read. */
static bool followed(char *end, const char *bytes, size_t length) {
    static const struct exec exec;
    struct replay replay = {.streams = -1};
    memcpy(end - length, bytes, length);
    struct reader payload = {end - length, length, false};
    return follow(&exec, &payload, PLAN_MAKES, &replay);
}

static bool unheard(char *end, const char *bytes, size_t length, const char *content) {
    memcpy(end - length, bytes, length);
    struct reader payload = {end - length, length, false};
    return !has_heard(&payload, "\1W/b", (const uint8_t *)content);
}
static bool unheard_gamma(char *end, const char *bytes, size_t length) { return unheard(end, bytes, length, "gamma"); }

/* The sound one is a yes; returns how many answers were wrong. */
static int damages(const char *what, char *end, bool (*answers)(char *end, const char *bytes, size_t length)) {
    static const uint32_t extremes[] = {0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    int wrong = 0;
    if (!answers(end, record, written)) wrong += printf("%s: the sound one is a no\n", what);
    for (size_t length = 0; length < written; length++)
        if (answers(end, record, length)) wrong += printf("%s: cut at %zu it is a yes\n", what, length);
    for (int round = 0; round < ROUNDS; round++) {
        char damaged[ROOM];
        size_t length = below(4) ? written : below((uint32_t)written);
        memcpy(damaged, record, written);
        for (uint32_t left = 1 + below(3); left; left--) {
            size_t at = below((uint32_t)written - 4);
            if (below(2)) damaged[at] ^= (char)(1u << below(8));
            else memcpy(damaged + at, &extremes[below(sizeof extremes / sizeof *extremes)], 4);
        }
        answers(end, damaged, length);
    }
    if (!wrong) printf("%s: %d damaged ones ended in an answer\n", what, ROUNDS);
    return wrong;
}

int main(int argc, char **argv) {
    char *room = mmap(NULL, ROOM * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *end = room + ROOM;
    if (room == MAP_FAILED || mprotect(end, ROOM, PROT_NONE)) return 1;
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    write_witness();
    int wrong = damages("plan", end, followed);
    written = 0;
    write_key();
    wrong += damages("key", end, unheard_gamma);
    if (unheard(end, record, written, "alfa") || unheard(end, record, written, "beta")) wrong += printf("key: what an entry was made from is unheard of\n");
    return wrong != 0;
}
