/* The guest starts: it asks the supervisor for its ledger and makes the gate. Without a
 * supervisor, or where anything is refused, every hook stays a plain system call. */
#include "raw.h"

struct guest guest;

#define PROT_RW 3
#define PROT_RX 5
#define MAP_SHARED 1
#define MAP_PRIVATE_ANONYMOUS 0x22
#define MAP_FIXED_NOREPLACE 0x100000

static int failed(long result) { return result < 0 && result > -4096; }

static int make_gate(void) {
    long at = raw6(__NR_mmap, GATE_ADDRESS, ARENA_PAGE, PROT_RW, MAP_PRIVATE_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (failed(at) || at != (long)GATE_ADDRESS) return 0;
    unsigned char *code = (unsigned char *)at;
    code[0] = 0x0f, code[1] = 0x05; /* syscall */
    code[2] = 0xc3;                 /* ret */
    return !failed(raw4(__NR_mprotect, at, ARENA_PAGE, PROT_RX, 0));
}

static int equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

static const char *base_name(const char *path) {
    const char *base = path;
    for (; *path; path++)
        if (*path == '/') base = path + 1;
    return base;
}

static int begins(const char *text, const char *with) {
    while (*with && *text == *with) text++, with++;
    return *with == 0;
}

/* A program may read its environment where nobody sees it: through `environ`, or the third
 * argument of main. Only programs that are known to ask with getenv, and to use `environ` for
 * nothing but handing it to their children, are narrowed to the variables they ask for. */
static int is_known_to_ask(const char *program) {
    static const char *const known[] = {"cc1", "cc1plus", "as", "ld", "ld.bfd", "ld.gold", "collect2", "lto1", "lto-wrapper",
                                        "ar", "ranlib", "gcc-ar", "gcc-ranlib", "nm", "strip", "objcopy", "cc", "c++", "f951"};
    static const char *const prefixes[] = {"gcc", "g++", "cpp", "x86_64-linux-gnu-", "x86_64-pc-linux-gnu-", "gfortran"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (equal(program, known[i])) return 1;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (begins(program, prefixes[i])) return 1;
    return 0;
}

static int environment_is_observed(void) {
    char name[ARENA_PATH_MAX];
    long got = raw4(__NR_readlink, (long)"/proc/self/exe", (long)name, sizeof name - 1, 0);
    if (got <= 0) return 0;
    name[got] = 0;
    return is_known_to_ask(base_name(name));
}

__attribute__((constructor(101))) static void start(void) {
    uint32_t page = 0;
    long fd = raw4(__NR_openat, FATHOM_START_DIRFD, (long)"fathom", 0, (long)&page);
    if (fd < 0 || page == 0) return;
    long head = raw6(__NR_mmap, 0, ARENA_HEAD_BYTES, PROT_RW, MAP_SHARED, fd, 0);
    long chunk = raw6(__NR_mmap, 0, ARENA_CHUNK_BYTES, PROT_RW, MAP_SHARED, fd, (long)page * ARENA_PAGE);
    raw4(__NR_close, fd, 0, 0, 0);
    if (failed(head) || failed(chunk)) return;
    guest.head = (struct arena_head *)head;
    guest.first = (struct chunk_head *)chunk;
    guest.image = guest.first->image;
    atomic_store(&guest.chunk, guest.first);
    atomic_store(&guest.page, page);
    if (!make_gate()) {
        guest_env_all();
        return;
    }
    if (!environment_is_observed()) guest_env_all();
    atomic_store_explicit(&guest.ready, 1, memory_order_release);
}
