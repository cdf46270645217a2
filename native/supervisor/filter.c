/* The seccomp program of the whole tree. It tests the architecture first, then the
 * call's number (so that the kernel's constant-allow bitmap keeps unrelated calls
 * free), then arguments, and last whether the call came through the guest's gate. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "program.h"
#include "supervisor.h"

#define GATE_LENGTH 6

/* Goes on to gate_or_notify when argument n is one of these descriptors; allows otherwise. */
static void if_descriptor(int n, const int *descriptors, unsigned count) {
    load(ARGUMENT(n));
    for (unsigned i = 0; i < count; i++) emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)descriptors[i], (uint8_t)(count - i), 0);
    give(SECCOMP_RET_ALLOW);
    gate_or_notify();
}

/* mmap(2) of a file that others see changed; not the guest's own. Anything else goes on. */
static void unless_written_shared(void) {
    load(ARGUMENT(3));
    emit(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, GATE_LENGTH + 3, 0);
    emit(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, GATE_LENGTH + 2);
    load(ARGUMENT(2));
    emit(BPF_JMP | BPF_JSET | BPF_K, PROT_WRITE, 0, GATE_LENGTH);
    gate_or_notify();
}

static void either_descriptor(int n, int m, const int *descriptors, unsigned count) {
    load(ARGUMENT(n));
    for (unsigned i = 0; i < count; i++)
        emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)descriptors[i], (uint8_t)(count - i + count + 1), 0);
    load(ARGUMENT(m));
    for (unsigned i = 0; i < count; i++) emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)descriptors[i], (uint8_t)(count - i), 0);
    give(SECCOMP_RET_ALLOW);
    gate_or_notify();
}

/* prctl(2): what changes what a program or its children are. */
static const uint32_t controls[] = {PR_SET_CHILD_SUBREAPER, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_CAP_AMBIENT};
#define CONTROLS (sizeof controls / sizeof *controls)

/* Commands of fcntl(2) that lock: locks.c. */
static const uint32_t locks[] = {F_SETLK, F_SETLKW, 37 /* F_OFD_SETLK */, 38 /* F_OFD_SETLKW */};
#define LOCKS (sizeof locks / sizeof *locks)

/* Of our own user or group? Every posix_spawn(3) of make asks to be who it is. Who became somebody else was seen to, and is believed no more. */
static bool own_id(int number, uint32_t *id) {
    uid_t real, effective, saved;
    if (number != SYS_setresuid && number != SYS_setresgid) return false;
    if (number == SYS_setresuid ? getresuid(&real, &effective, &saved) : getresgid(&real, &effective, &saved)) return false;
    *id = real;
    return real == effective && real == saved;
}

/* Allows what sets all of three ids to this one or, with -1, leaves them. */
static void unless_id(uint32_t id) {
    for (int n = 0; n < 3; n++) {
        load(ARGUMENT(n));
        emit(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0);
        emit(BPF_JMP | BPF_JEQ | BPF_K, id, 0, (uint8_t)(3 * (2 - n) + 1));
    }
    give(SECCOMP_RET_ALLOW);
    gate_or_notify();
}

static void rule(int number, const char *name, enum decision decision) {
    int all[ARENA_LEAKED_MAX + 3] = {0, 1, 2};
    unsigned alls = 3;
    uint32_t id;
    for (unsigned i = 0; i < S.leaked_count; i++) all[alls++] = S.leaked[i];

    if (decision == IGNORED) return;
    unsigned test = used;
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0); /* `no` is set below */
    switch (decision) {
    case RIGHTS:
        if (own_id(number, &id)) unless_id(id);
        else gate_or_notify();
        break;
    case PATH: case ALWAYS: case STREAM: case DOUBT: case LOCK: case SIGNAL: case MACHINE: gate_or_notify(); break;
    case DENIED: give(SECCOMP_RET_ERRNO | ENOSYS); break;
    case FIRST:
        load(ARGUMENT(0));
        emit(BPF_JMP | BPF_JEQ | BPF_K, 0x1002 /* ARCH_SET_FS */, 1, 0);
        give(SECCOMP_RET_ALLOW);
        give(SECCOMP_RET_USER_NOTIF);
        break;
    case STDIN: case STREAM_SEEK: if_descriptor(0, all, alls); break;
    case MAP:
        unless_written_shared();
        if_descriptor(4, all, alls);
        break;
    case DUP:
        if (number == SYS_fcntl) {
            load(ARGUMENT(1));
            emit(BPF_JMP | BPF_JEQ | BPF_K, 0 /* F_DUPFD */, 7, 0);
            emit(BPF_JMP | BPF_JEQ | BPF_K, 1030 /* F_DUPFD_CLOEXEC */, 6, 0);
            for (unsigned i = 0; i < LOCKS; i++) emit(BPF_JMP | BPF_JEQ | BPF_K, locks[i], (uint8_t)(LOCKS - i), 0);
            give(SECCOMP_RET_ALLOW);
            give(SECCOMP_RET_USER_NOTIF);
        }
        if_descriptor(0, all, alls);
        break;
    case COPY:
        switch (number) {
        case SYS_sendfile: either_descriptor(0, 1, all, alls); break;
        case SYS_vmsplice: if_descriptor(0, all, alls); break;
        case SYS_tee: either_descriptor(0, 1, all, alls); break;
        default: either_descriptor(0, 2, all, alls); break; /* splice, copy_file_range */
        }
        break;
    case SEND:
        load(ARGUMENT(4));
        emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, (uint8_t)(alls + 4)); /* an address: to the gate test */
        load(ARGUMENT(4) + 4);
        emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, (uint8_t)(alls + 2));
        if_descriptor(0, all, alls);
        break;
    case CLONE: /* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; clone3 keeps its flags in memory */
        if (number != SYS_clone) {
            give(SECCOMP_RET_USER_NOTIF);
            break;
        }
        load(ARGUMENT(0));
        emit(BPF_JMP | BPF_JSET | BPF_K, 0x7e020000u, 1, 0);
        give(SECCOMP_RET_ALLOW);
        give(SECCOMP_RET_USER_NOTIF);
        break;
    case IOCTL: /* FS_IOC_SETFLAGS, its 32-bit twin and FS_IOC_FSSETXATTR change a file that need not be open for writing */
        load(ARGUMENT(1));
        emit(BPF_JMP | BPF_JEQ | BPF_K, 0x40086602, 5, 0);
        emit(BPF_JMP | BPF_JEQ | BPF_K, 0x40046602, 4, 0);
        emit(BPF_JMP | BPF_JEQ | BPF_K, 0x401c5820, 3, 0);
        unless_equal_skip(0x5401 /* TCGETS */, 3);
        load(ARGUMENT(0));
        unless_equal_skip(0, 1);
        give(SECCOMP_RET_USER_NOTIF);
        give(SECCOMP_RET_ALLOW);
        break;
    case PRCTL:
        load(ARGUMENT(0));
        for (unsigned i = 0; i < CONTROLS; i++) emit(BPF_JMP | BPF_JEQ | BPF_K, controls[i], (uint8_t)(CONTROLS - i), 0);
        give(SECCOMP_RET_ALLOW);
        give(SECCOMP_RET_USER_NOTIF);
        break;
    case SECCOMP:
        load(ARGUMENT(0));
        emit(BPF_JMP | BPF_JGT | BPF_K, SECCOMP_SET_MODE_FILTER, 1, 0);
        give(SECCOMP_RET_USER_NOTIF);
        give(SECCOMP_RET_ALLOW);
        break;
    case IGNORED: break;
    }
    (void)name;
    program[test].jf = (uint8_t)(used - test - 1);
}

static void build(void) {
    load(DATA(arch));
    emit(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    give(SECCOMP_RET_USER_NOTIF); /* another architecture's calls: a doubt each */
    load(DATA(nr));
    emit(BPF_JMP | BPF_JEQ | BPF_K, FATHOM_CALL, 1, 0);
    emit(BPF_JMP | BPF_JGT | BPF_K, HIGHEST_CALL, 0, 1);
    give(SECCOMP_RET_USER_NOTIF);
#define CALL(name, number, decision, because) rule(number, #name, decision);
#include "../syscalls.def"
    give(SECCOMP_RET_ALLOW);
}

/* Each rule returns or falls past itself with the accumulator changed only inside its own block. */
unsigned filter_build(struct sock_filter **into) {
    used = 0;
    build();
    *into = program;
    return used < PROGRAM_MAX ? used : 0;
}

int filter_install(void) {
    struct sock_filter *built;
    return filter_build(&built) == 0 ? -E2BIG : install();
}
