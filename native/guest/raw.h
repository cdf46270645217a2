/* System calls from inside somebody else's process, and what every room here shares.
 *
 * Rules of the place:
 *   - The caller sees the kernel's result and errno, always.
 *   - No allocation, no printing, no exit, no lock, no thread-local state of our own:
 *     hooks run in signal handlers, between vfork and exec, and before our constructor.
 *   - Whatever is not simple is not done here: the same call, issued outside the gate,
 *     reaches the supervisor, which handles every case. This library is only speed. */
#ifndef FATHOM_GUEST_RAW_H
#define FATHOM_GUEST_RAW_H
#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "../shown.h"

#define HOOK __attribute__((visibility("default")))

struct guest {
    _Atomic int ready;              /* everything below is set, the gate is there */
    struct arena_head *head;
    struct chunk_head *first;       /* the image's first chunk: tables and streams */
    _Atomic(struct chunk_head *) chunk; /* where records go */
    _Atomic uint32_t page;          /* ... its page in the arena */
    uint32_t image;
    struct shown *shown;            /* in a view without a mount, where nothing above is set */
};
extern struct guest guest __attribute__((visibility("hidden")));

extern int *__errno_location(void);

static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}
static inline long raw4(long number, long a, long b, long c, long d) { return raw6(number, a, b, c, d, 0, 0); }

/* Through the gate: the filter lets it pass, so the caller must have recorded it. Only when guest.ready, or led. */
static inline long gate4(long number, long a, long b, long c, long d) {
    register long r10 __asm__("r10") = d;
    long result, gate = GATE_ADDRESS;
    __asm__ volatile("call *%[gate]"
                     : "=a"(result), [gate] "+c"(gate)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "r11", "r8", "r9", "memory");
    return result;
}

static inline long gate5(long number, long a, long b, long c, long d, long e) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result, gate = GATE_ADDRESS;
    __asm__ volatile("call *%[gate]" : "=a"(result), [gate] "+c"(gate) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "r11", "memory");
    return result;
}

static inline long gate6(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result, gate = GATE_ADDRESS;
    __asm__ volatile("call *%[gate]" : "=a"(result), [gate] "+c"(gate) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "r11", "memory");
    return result;
}

static inline int failed(long result) { return result < 0 && result > -4096; }

static inline long finish(long result) {
    if (failed(result)) {
        *__errno_location() = (int)-result;
        return -1;
    }
    return result;
}

/* Not ready: no supervisor, or not yet, or a filter of the program's own that knows only its own calls.
 * Then a hook makes exactly the call that the C library would have made. */
static inline int is_ready(void) { return atomic_load_explicit(&guest.ready, memory_order_acquire) && !guest.first->plain; }

static inline int is_led(void) { return guest.shown != 0; }

/* A relative path and its directory fit here, or the supervisor puts them together: hooks run in
 * signal handlers on stacks of 8 KiB, of which the kernel's frame takes half. */
#define GUEST_PATH_MAX 1024

/* Calls that may block are points where a thread may be cancelled: pthreads(7). */
extern void pthread_testcancel(void) __attribute__((weak));
static inline void may_cancel(void) {
    if (pthread_testcancel) pthread_testcancel();
}

/* May this be looked at? What is not, the kernel refuses with EFAULT, and so must a hook that would crash.
 * Source: vm.mmap_min_addr is 65536, user memory ends at 2^47. An address in between that is not mapped
 * is not found out: a program that passes one is about to crash anyway. */
static inline int is_address(const void *at) { return (uint64_t)at - 65536 < (1ull << 47) - 65536; }
static inline int is_path(const char *path) { return is_address(path) && path[0]; }

/* record.c */
__attribute__((visibility("hidden"))) int guest_path(int dirfd, const char *path, char *buffer, const char **absolute);
/* How long the real name of what is open is; -1: it has none. */
__attribute__((visibility("hidden"))) long guest_descriptor_path(int fd, char *into);
__attribute__((visibility("hidden"))) void guest_look(enum ledger_kind kind, uint16_t flags, const struct stat *what, const char *path);
/* At a place in the order that was taken before the call: others may see its effect before it returns. */
__attribute__((visibility("hidden"))) void guest_look_at(uint64_t seq, enum ledger_kind kind, uint16_t flags, const struct stat *what, const char *path);
__attribute__((visibility("hidden"))) void guest_missing(uint16_t flags, int error, const char *path);
__attribute__((visibility("hidden"))) void guest_readlink(int error, const char *path, const char *target, size_t length);
__attribute__((visibility("hidden"))) void guest_stream(const struct stat *what, int fd, const char *bytes, size_t length);
__attribute__((visibility("hidden"))) void guest_env(const char *name);
/* A file is about to be opened for writing; `before` NULL: there is none. */
__attribute__((visibility("hidden"))) void guest_changes(const struct stat *before, const char *path);
__attribute__((visibility("hidden"))) int guest_must_preserve(const struct stat *before, const char *path);
/* Made by gate4 or raw4 where a thread may be cancelled while it waits. */
typedef long call_way(long number, long a, long b, long c, long d);
__attribute__((visibility("hidden"))) long guest_cancellable(call_way *call, long number, long one, long two, long three);
/* files.c, streams.c: the calls themselves, with the kernel's results. */
__attribute__((visibility("hidden"))) long guest_open(int dirfd, const char *path, int flags, unsigned mode);
__attribute__((visibility("hidden"))) long guest_stat(int dirfd, const char *path, struct stat *into, int flags);
__attribute__((visibility("hidden"))) long guest_access(const char *path, int mode);
__attribute__((visibility("hidden"))) long guest_readlink_of(const char *path, char *into, size_t room);
__attribute__((visibility("hidden"))) long guest_write(int fd, const void *bytes, size_t length);
__attribute__((visibility("hidden"))) int guest_is_stream(const struct stat *what);
/* led.c: the same in a view without a mount. */
__attribute__((visibility("hidden"))) long guest_led_open(int dirfd, const char *path, int flags, unsigned mode);
__attribute__((visibility("hidden"))) long guest_led_names(int fd, void *into, size_t room);
__attribute__((visibility("hidden"))) long guest_led_stat(int dirfd, const char *path, struct stat *into, int flags);
__attribute__((visibility("hidden"))) long guest_led_statx(int dirfd, const char *path, int flags, unsigned mask, void *into);
__attribute__((visibility("hidden"))) long guest_led_access(int dirfd, const char *path, int mode);
__attribute__((visibility("hidden"))) long guest_led_readlink(int dirfd, const char *path, char *into, size_t room);
/* environment.c, inside.c */
__attribute__((visibility("hidden"))) void guest_environment_starts(void);
__attribute__((visibility("hidden"))) void guest_inside_starts(void);

static inline uint64_t guest_seq(void) { return atomic_fetch_add_explicit(&guest.head->seq, 1, memory_order_relaxed); }

static inline size_t length_of(const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return length;
}

/* Paths whose meaning is not a file's: the supervisor knows them. */
static inline int is_special(const char *path) {
    return path[0] == '/' && ((path[1] == 'd' && path[2] == 'e' && path[3] == 'v' && path[4] == '/') ||
                              (path[1] == 'p' && path[2] == 'r' && path[3] == 'o' && path[4] == 'c') ||
                              (path[1] == 's' && path[2] == 'y' && path[3] == 's' && path[4] == '/'));
}
#endif
