/* A seccomp program while it is put together and installed, of the one file that includes this. */
#ifndef FATHOM_PROGRAM_H
#define FATHOM_PROGRAM_H
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../arena.h"

#define DATA(field) ((uint32_t)offsetof(struct seccomp_data, field))
#define ARGUMENT(n) (DATA(args) + 8 * (n))
#define PROGRAM_MAX 2048
#define HIGHEST_CALL 469

static struct sock_filter program[PROGRAM_MAX];
static unsigned used;

static void emit(uint16_t code, uint32_t k, uint8_t yes, uint8_t no) {
    if (used < PROGRAM_MAX) program[used] = (struct sock_filter){code, yes, no, k};
    used++;
}
static void load(uint32_t offset) { emit(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
static void give(uint32_t value) { emit(BPF_RET | BPF_K, value, 0, 0); }

/* The listener, or what it failed with. The kernel looks at the flags first and at rights then: one try can lead to either of the others. */
static int install(void) {
    if (used >= PROGRAM_MAX) return -E2BIG;
    const struct sock_fprog whole = {(unsigned short)used, program};
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    int gives_up_rights = 0;
    for (;;) {
        long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &whole);
        if (listener >= 0) return (int)listener;
        if (errno == EINVAL && flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) flags &= ~(unsigned long)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; /* before Linux 5.19 */
        else if (errno == EACCES && !gives_up_rights && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) gives_up_rights = 1;
        else return -errno;
    }
}

static void unless_equal_skip(uint32_t value, uint8_t skip) { emit(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip); }

/* Through the gate: allowed. Anything else: ours. Six instructions. */
static void gate_or_notify(void) {
    load(DATA(instruction_pointer));
    unless_equal_skip((uint32_t)(GATE_ADDRESS + 2), 3);
    load(DATA(instruction_pointer) + 4);
    unless_equal_skip((uint32_t)((GATE_ADDRESS + 2) >> 32), 1);
    give(SECCOMP_RET_ALLOW);
    give(SECCOMP_RET_USER_NOTIF);
}
#endif
