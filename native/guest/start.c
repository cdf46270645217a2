/* The guest starts: it asks the supervisor for its ledger and makes the gate. Without a
 * supervisor, or where anything is refused, every hook stays a plain system call. */
#include <elf.h>
#include <link.h>
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

static int is_environ(const char *name) {
    return equal(name, "environ") || equal(name, "__environ") || equal(name, "_environ");
}

/* Does this object take part in the dynamic symbol `environ`? The C library does, for its own functions; it does not count. */
static int uses_environ(const struct link_map *object) {
    const ElfW(Sym) *symbols = 0;
    const char *names = 0;
    const uint32_t *hash = 0;
    for (const ElfW(Dyn) *entry = object->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SYMTAB) symbols = (const void *)entry->d_un.d_ptr;
        if (entry->d_tag == DT_STRTAB) names = (const void *)entry->d_un.d_ptr;
        if (entry->d_tag == DT_GNU_HASH) hash = (const void *)entry->d_un.d_ptr;
    }
    if (!symbols || !names || !hash || (uintptr_t)hash < ARENA_PAGE) return 1;
    uint32_t buckets = hash[0], first = hash[1], words = hash[2];
    for (uint32_t i = 1; i < first; i++)
        if (is_environ(names + symbols[i].st_name)) return 1;
    const uint32_t *bucket = hash + 4 + words * 2, *chain = bucket + buckets;
    for (uint32_t i = 0; i < buckets; i++) {
        if (bucket[i] < first) continue;
        for (uint32_t symbol = bucket[i];; symbol++) {
            if (is_environ(names + symbols[symbol].st_name)) return 1;
            if (chain[symbol - first] & 1) break;
        }
    }
    return 0;
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

/* A program may also read its environment through the third argument of main, which cannot be
 * seen. So only programs that are known not to are narrowed to the variables they ask for. */
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

extern struct r_debug _r_debug __attribute__((weak));

static int environment_is_observed(void) {
    char name[ARENA_PATH_MAX];
    long got = gate4(__NR_readlinkat, -100, (long)"/proc/self/exe", (long)name, sizeof name - 1);
    if (got <= 0 || !&_r_debug) return 0;
    name[got] = 0;
    if (!is_known_to_ask(base_name(name))) return 0;
    for (const struct link_map *object = _r_debug.r_map; object; object = object->l_next) {
        const char *base = base_name(object->l_name);
        if (begins(base, "libc.so") || begins(base, "ld-linux") || begins(base, "linux-vdso") || begins(base, "fathom-guest")) continue;
        if (object->l_addr != 0 && object->l_name[0] == 0 && object != _r_debug.r_map) continue; /* the vdso has no name */
        if (uses_environ(object)) return 0;
    }
    return 1;
}

__attribute__((constructor(101))) static void start(void) {
    long got = raw4(FATHOM_CALL, FATHOM_START, 0, 0, 0);
    if (got < 0) return;
    int fd = (int)(got & 0xffff);
    uint32_t page = (uint32_t)(got >> 16);
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
