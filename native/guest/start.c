/* The guest starts: it asks the supervisor for its ledger and makes the gate. In a view without a mount
 * there is no ledger, but a table (led.c). Without a supervisor, or where anything is refused, every hook stays a plain system call. */
#include "raw.h"

struct guest guest;

#define PROT_READ 1
#define PROT_RW 3
#define PROT_RX 5
#define MAP_SHARED 1
#define MAP_PRIVATE_ANONYMOUS 0x22
#define MAP_FIXED_NOREPLACE 0x100000

static int make_gate(void) {
    long at = raw6(__NR_mmap, GATE_ADDRESS, ARENA_PAGE, PROT_RW, MAP_PRIVATE_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (failed(at) || at != (long)GATE_ADDRESS) return 0;
    unsigned char *code = (unsigned char *)at;
    code[0] = 0x0f, code[1] = 0x05; /* syscall */
    code[2] = 0xc3;                 /* ret */
    return !failed(raw4(__NR_mprotect, at, ARENA_PAGE, PROT_RX, 0));
}

static void start_led(long fd) {
    long at = raw6(__NR_mmap, 0, SHOWN_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    raw4(__NR_close, fd, 0, 0, 0);
    if (failed(at) || !make_gate()) return;
    guest.shown = (struct shown *)at;
    guest_inside_starts();
}

__attribute__((constructor(101))) static void start(void) {
    uint32_t page = 0;
    long fd = raw4(__NR_openat, FATHOM_START_DIRFD, (long)"fathom", 0, (long)&page);
    if (fd < 0) return;
    if (page == 0) return start_led(fd);
    if (!make_gate()) {
        raw4(__NR_close, fd, 0, 0, 0);
        return;
    }
    long head = gate6(__NR_mmap, 0, ARENA_HEAD_BYTES, PROT_RW, MAP_SHARED, fd, 0);
    long chunk = gate6(__NR_mmap, 0, ARENA_CHUNK_BYTES, PROT_RW, MAP_SHARED, fd, (long)page * ARENA_PAGE);
    raw4(__NR_close, fd, 0, 0, 0);
    if (failed(head) || failed(chunk)) return;
    guest.head = (struct arena_head *)head;
    guest.first = (struct chunk_head *)chunk;
    guest.image = guest.first->image;
    atomic_store(&guest.chunk, guest.first);
    atomic_store(&guest.page, page);
    guest_environment_starts();
    guest_inside_starts();
    atomic_store_explicit(&guest.ready, 1, memory_order_release);
}
