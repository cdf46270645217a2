/* A seccomp program while it is put together, of the one file that includes this. */
#ifndef FATHOM_PROGRAM_H
#define FATHOM_PROGRAM_H
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
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
