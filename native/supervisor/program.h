/* A seccomp program while it is put together, of the one file that includes this. */
#ifndef FATHOM_PROGRAM_H
#define FATHOM_PROGRAM_H
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

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
#endif
