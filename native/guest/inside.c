/* Calls that the C library makes from inside itself: stdio, locales, character sets. They
 * pass no symbol that could be hooked, and were half of all notifications. In the functions
 * that make them, the instruction before the system call is replaced by a jump to a stub
 * here, which does what that instruction did and asks the same room as the hook. What the room does not take (threads, not
 * ready) goes on where it was, at the system call itself, with every register as it was: then
 * no frame of ours is on the stack when a thread is cancelled there.
 *
 * Only functions that are found by name, and only where the code is exactly
 *     mov $number, %eax; syscall; cmp $-4096, %rax (or $-4095, or %eax)
 *     mov $number, %eax; mov %rdi, %rsi; mov $AT_FDCWD, %edi; syscall; cmp ...
 * are touched (the instruction before the system call, which has the length of a jump): the x86-64 wrappers of glibc 2.31 to 2.40, and of 2.41 those
 * where no thread can be cancelled. Elsewhere nothing is, and the supervisor gets the notifications. */
#include "objects.h"

#define PROT_RWX 7
#define PROT_RX 5
#define MOV_BYTES 5
#define PLACES_MAX 9

extern char __libc_single_threaded __attribute__((weak)); /* glibc 2.32 */

/* Where a stub goes on: after the call, or at the call. Read by the stubs. */
struct way { uint64_t after, at, number, keep, set, unused[3]; }; /* of rdi: the bits to keep and to set */
#define UNCANCELLED (1ull << 32) /* with the number: no thread is cancelled there */
__attribute__((used, visibility("hidden"))) struct way guest_ways[PLACES_MAX];

extern const char guest_stubs[] __attribute__((visibility("hidden")));
#define STUB_BYTES 16

/* In a stub: the call's arguments are in rdi, rsi, rdx and r10; rax, rcx and r11 are free.
 * The functions use no vector registers across a call, and no flags. Below the stack
 * pointer 128 bytes may be in use. */
__asm__(".pushsection .text\n"
        ".p2align 4\n"
        ".hidden guest_stubs\n"
        "guest_stubs:\n"
        ".set place, 0\n"
        ".rept 9\n"
        ".p2align 4\n"
        "  mov $place, %eax\n"
        "  jmp 1f\n"
        ".set place, place + 1\n"
        ".endr\n"
        ".p2align 4\n"
        "1:\n"
        "  lea -128(%rsp), %rsp\n"
        "  push %rbp\n"
        "  mov %rsp, %rbp\n"
        "  shl $6, %eax\n"
        "  lea guest_ways(%rip), %r11\n"
        "  add %rax, %r11\n"
        "  and 24(%r11), %rdi\n"
        "  or 32(%r11), %rdi\n"
        "  push %rdi\n  push %rsi\n  push %rdx\n  push %r10\n  push %r8\n  push %r9\n"
        "  push %r11\n"
        "  push %rax\n"               /* room for "taken" */
        "  mov %r10, %rcx\n"
        "  mov 16(%r11), %r8\n"
        "  mov %rsp, %r9\n"
        "  and $-16, %rsp\n"
        "  call guest_inside\n"
        "  lea -64(%rbp), %rsp\n"
        "  pop %rcx\n  pop %r11\n"
        "  pop %r9\n  pop %r8\n  pop %r10\n  pop %rdx\n  pop %rsi\n  pop %rdi\n"
        "  pop %rbp\n"
        "  lea 128(%rsp), %rsp\n"
        "  test %rcx, %rcx\n"
        "  jz 2f\n"
        "  jmp *(%r11)\n"
        "2:\n"
        "  mov 16(%r11), %eax\n"
        "  jmp *8(%r11)\n"
        ".popsection\n");

/* *taken: the result is the call's; else the call is still to be made. */
__attribute__((used, visibility("hidden"))) long guest_inside(long a, long b, long c, long d, uint64_t which, uint64_t *taken) {
    uint32_t number = (uint32_t)which;
    *taken = is_led() ? number != __NR_write && (which & UNCANCELLED || __libc_single_threaded) : is_ready() && __libc_single_threaded;
    if (!*taken) return 0;
    switch (number) {
    case __NR_getdents64: return guest_led_names((int)a, (void *)b, (size_t)c);
    case __NR_openat: return guest_open((int)a, (const char *)b, (int)c, (unsigned)d);
    case __NR_newfstatat: return guest_stat((int)a, (const char *)b, (struct stat *)c, (int)d);
    case __NR_write: return guest_write((int)a, (const void *)b, (size_t)c);
    case __NR_access: return guest_access((const char *)a, (int)b);
    case __NR_readlink: return guest_readlink_of((const char *)a, (char *)b, (size_t)c);
    default: *taken = 0; return 0;
    }
}

static const struct { const char *name; uint64_t which; } FUNCTIONS[PLACES_MAX] = {
    {"open64", __NR_openat}, {"openat64", __NR_openat}, {"__open64_nocancel", __NR_openat | UNCANCELLED}, {"fstatat64", __NR_newfstatat | UNCANCELLED},
    {"__write", __NR_write}, {"__write_nocancel", __NR_write}, {"access", __NR_access | UNCANCELLED}, {"readlink", __NR_readlink | UNCANCELLED},
    {"getdents64", __NR_getdents64 | UNCANCELLED}, /* only in a view without a mount */
};

static uint32_t u32_at(const uint8_t *code) {
    uint32_t value;
    __builtin_memcpy(&value, code, sizeof value);
    return value;
}

/* syscall, and what only a wrapper does with the result. */
static int is_call(const uint8_t *code) {
    const uint8_t *compare = code + 2 + (code[2] == 0x48);
    return code[0] == 0x0f && code[1] == 0x05 && compare[0] == 0x3d && (u32_at(compare + 1) | 1) == 0xfffff001;
}

/* The first call of that number in a function. */
static struct way first_call(struct place function, uint32_t number) {
    for (uint64_t at = function.at; at + 13 <= function.at + function.size; at++) {
        const uint8_t *code = (const uint8_t *)at;
        if (code[0] != 0xb8 || u32_at(code + 1) != number) continue;
        if (is_call(code + 5)) return (struct way){at + 7, at + 5, number, UINT64_MAX, 0, {0}};
        if (code[5] == 0x48 && code[6] == 0x89 && code[7] == 0xfe && code[8] == 0xbf && is_call(code + 13)) return (struct way){at + 15, at + 13, number, 0, u32_at(code + 9), {0}};
    }
    return (struct way){0};
}

static uint64_t page_of(uint64_t address) { return address & ~(uint64_t)(ARENA_PAGE - 1); }

static int is_near(uint64_t from, uint64_t to) {
    int64_t distance = (int64_t)(to - from);
    return distance > -0x70000000ll && distance < 0x70000000ll;
}

/* Before main, while there is one thread. */
void guest_inside_starts(void) {
    const struct link_map *library = library_object();
    if (!library || !&__libc_single_threaded) return;
    uint64_t lowest = UINT64_MAX, highest = 0;
    for (int i = 0; i < PLACES_MAX - !is_led(); i++) {
        struct place function = defined_in(library, FUNCTIONS[i].name);
        struct way way = function.at ? first_call(function, (uint32_t)FUNCTIONS[i].which) : (struct way){0};
        if (!way.at || !is_near(way.at, (uint64_t)guest_stubs)) continue;
        guest_ways[i] = way;
        guest_ways[i].number = FUNCTIONS[i].which;
        if (way.at < lowest) lowest = way.at;
        if (way.at > highest) highest = way.at;
    }
    if (!highest) return;
    uint64_t start = page_of(lowest - MOV_BYTES), length = page_of(highest) + ARENA_PAGE - start;
    if (raw4(__NR_mprotect, (long)start, (long)length, PROT_RWX, 0)) return;
    for (int i = 0; i < PLACES_MAX; i++) {
        if (!guest_ways[i].at) continue;
        uint8_t *code = (uint8_t *)(guest_ways[i].at - MOV_BYTES);
        int32_t distance = (int32_t)((uint64_t)guest_stubs + (uint64_t)i * STUB_BYTES - guest_ways[i].at);
        code[0] = 0xe9; /* jmp */
        __builtin_memcpy(code + 1, &distance, sizeof distance);
    }
    raw4(__NR_mprotect, (long)start, (long)length, PROT_RX, 0);
}
