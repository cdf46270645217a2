/* Reading the environment. The names asked for with getenv are facts. A program may also
 * read where nobody sees it, and then every variable is one:
 *   - through the symbol `environ`: the objects that are loaded are searched for it;
 *   - through the third argument of main, or behind argv: main gets a copy of both arrays,
 *     of which the second lies in pages of its own; the supervisor looks at the end
 *     whether they were ever touched. */
#include "objects.h"

#define PROT_RW 3
#define MAP_PRIVATE 2
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MFD_CLOEXEC 1

extern char **__environ;
extern void *dlsym(void *, const char *) __attribute__((weak));
#define NEXT_OBJECT ((void *)-1)

/* A library's constructor asked before there was a ledger. */
static _Atomic int asked_early;

static char *find(const char *name) {
    size_t length = length_of(name);
    if (!__environ || length == 0) return 0;
    for (char **entry = __environ; *entry; entry++) {
        size_t at = 0;
        while (at < length && (*entry)[at] == name[at]) at++;
        if (at == length && (*entry)[at] == '=') return *entry + length + 1;
    }
    return 0;
}

HOOK char *getenv(const char *name) {
    if (is_ready()) guest_env(name);
    else atomic_store(&asked_early, 1);
    return find(name);
}

/* Without the check for rights gained by exec: the loader drops preloaded libraries there. */
HOOK char *secure_getenv(const char *name) { return getenv(name); }
HOOK char *__secure_getenv(const char *name) { return getenv(name); }

/* These use `environ` for nothing but handing it to their children. */
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

void guest_environment_starts(void) {
    char name[ARENA_PATH_MAX];
    long got = gate4(__NR_readlink, (long)"/proc/self/exe", (long)name, sizeof name - 1, 0);
    if (got <= 0 || atomic_load(&asked_early)) return;
    name[got] = 0;
    if (is_known_to_ask(base_name(name))) guest.first->environment = ENVIRONMENT_ASKED;
}

/* With these an object reaches variables unseen, or loads another one that may. */
static int reaches_variables(const char *name) {
    static const char *const names[] = {"environ", "__environ", "_environ", "__libc_stack_end", "_dl_argv", "__libc_argv",
                                        "wordexp", "dlopen", "dlmopen", "dlsym", "dlvsym"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (equal(name, names[i])) return 1;
    return 0;
}

static int is_exempt(const struct link_map *object) {
    const char *base = base_name(object->l_name);
    return begins(base, "libc.so") || begins(base, "ld-linux") || begins(base, "ld-musl") || begins(base, "linux-vdso") || begins(base, "fathom-guest");
}

/* Does everything that is loaded ask for variables by name? */
static int everything_asks(void) {
    const struct link_map *first = first_object();
    if (!first || atomic_load(&asked_early)) return 0;
    for (const struct link_map *object = first; object; object = object->l_next) {
        if (object != first && (is_exempt(object) || object->l_name[0] == 0)) continue; /* the vdso may have no name */
        struct symbols symbols = symbols_of(object);
        if (symbols.asked == 0) return 0;
        if (object == first) add_defined(&symbols);
        /* Constructors get the environment as well. One is in every program: frame_dummy. */
        if (object == first && (symbols.starts > sizeof(void *) || symbols.starts_early)) return 0;
        for (uint32_t i = 1; i < symbols.count; i++)
            if (reaches_variables(symbols.names + symbols.table[i].st_name)) return 0;
    }
    return 1;
}

static char **copied_argv, **copied_envp;

/* Both arrays and what the kernel puts behind them, as they are on the stack: adjacent, with the page's border between. */
static void copy_arrays(int argc, char **argv) {
    char **envp = argv + argc + 1, **end = envp;
    while (*end) end++;
    ElfW(auxv_t) *vector = (ElfW(auxv_t) *)(end + 1);
    while (vector->a_type != AT_NULL) vector++;
    uint64_t argv_bytes = (uint64_t)(argc + 1) * sizeof *argv, envp_bytes = (uint64_t)((char *)(vector + 1) - (char *)envp);
    uint64_t argv_pages = (argv_bytes + ARENA_PAGE - 1) / ARENA_PAGE, envp_pages = (envp_bytes + ARENA_PAGE - 1) / ARENA_PAGE;
    long fd = raw4(__NR_memfd_create, (long)"fathom-environment", MFD_CLOEXEC, 0, 0);
    if (fd < 0) return;
    long put = gate4(__NR_pwrite64, fd, (long)envp, (long)envp_bytes, (long)(argv_pages * ARENA_PAGE));
    long at = put != (long)envp_bytes ? -1 : raw6(__NR_mmap, 0, (long)((argv_pages + envp_pages) * ARENA_PAGE), PROT_RW, MAP_PRIVATE, fd, 0);
    raw4(__NR_close, fd, 0, 0, 0);
    /* Of another kind than the file's pages: touching one must not bring the next one in. */
    if (failed(at) || failed(raw6(__NR_mmap, at, (long)(argv_pages * ARENA_PAGE), PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0))) return;
    copied_envp = (char **)(at + (long)(argv_pages * ARENA_PAGE));
    copied_argv = (char **)((char *)copied_envp - argv_bytes);
    __builtin_memcpy(copied_argv, argv, argv_bytes);
    guest.first->environment_at = (uint64_t)copied_envp;
    guest.first->environment_pages = (uint32_t)envp_pages;
    guest.first->environment = ENVIRONMENT_WATCHED;
}

typedef int main_function(int argc, char **argv, char **envp);
typedef int start_function(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*at_end)(void), void *stack_end);

static main_function *their_main;
static int run_main(int argc, char **argv, char **envp) {
    (void)argv, (void)envp;
    return their_main(argc, copied_argv, copied_envp);
}

static const char start_name[] = "__libc_start_main";

static start_function *real_start(void) {
    const struct link_map *library = library_object();
    struct place found = library ? defined_in(library, start_name) : (struct place){0};
    if (found.at) return (start_function *)found.at;
    /* musl keeps no list of objects that we could walk. */
    return dlsym ? (start_function *)dlsym(NEXT_OBJECT, start_name) : 0;
}

HOOK int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*at_end)(void), void *stack_end) {
    start_function *real = real_start();
    if (!real) raw4(__NR_exit_group, 127, 0, 0, 0);
    if (is_ready() && first_object() && guest.first->environment == ENVIRONMENT_ALL && argv + argc + 1 == __environ && everything_asks()) copy_arrays(argc, argv);
    if (copied_envp) {
        their_main = main;
        main = run_main;
    }
    return real(main, argc, argv, init, fini, at_end, stack_end);
}
