/* The seccomp program of a view without a mount. What may name a file comes to us; what could make the real tree
 * reachable in another way is refused here. The gate is open for what a guest may look at by itself (../guest/led.c). */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../supervisor/program.h"
#include "redirect.h"

static void refuse(int error) { give(SECCOMP_RET_ERRNO | (uint32_t)error); }

/* Argument n holds the cookie: it is our own call. */
static void allow_own(int n) {
    load(ARGUMENT(n));
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)R.cookie, 0, 3);
    load(ARGUMENT(n) + 4);
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(R.cookie >> 32), 0, 1);
    give(SECCOMP_RET_ALLOW);
    gate_or_notify();
}

/* Refuses with `error` when argument 1 (a command) or the flags in argument 0 are among these; allows otherwise. */
static void refuse_commands(const uint32_t *commands, unsigned count, int error) {
    load(ARGUMENT(1));
    for (unsigned i = 0; i < count; i++) emit(BPF_JMP | BPF_JEQ | BPF_K, commands[i], (uint8_t)(count - i), 0);
    give(SECCOMP_RET_ALLOW);
    refuse(error);
}
static void refuse_flags(uint32_t flags, int error) {
    load(ARGUMENT(0));
    emit(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1);
    refuse(error);
    give(SECCOMP_RET_ALLOW);
}

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
#define NEW_NAMESPACES 0x7e020000u
/* FS_IOC_SETFLAGS, its 32-bit twin and FS_IOC_FSSETXATTR change a file that need not be open for writing. */
static const uint32_t flag_changes[] = {0x40086602, 0x40046602, 0x401c5820};

/* A call that is not known by what it is for. */
static void doubt(int number, const char *because) {
    if (number == SYS_unshare) refuse_flags(NEW_NAMESPACES, EPERM);
    else if (!strcmp(because, "NAMESPACE") || !strcmp(because, "HANDLE")) refuse(EPERM);
    else if (!strcmp(because, "XATTR")) refuse(ENOSYS);
    else if (number == SYS_fanotify_mark || number == SYS_acct || number == SYS_quotactl || number == SYS_swapon || number == SYS_swapoff) refuse(EPERM);
    else give(SECCOMP_RET_ALLOW);
}

static void rule(int number, enum decision decision, const char *because) {
    unsigned test = used;
    emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0); /* `no` is set below */
    switch (number) {
    case SYS_execve: allow_own(3); break;
    case SYS_chdir: allow_own(1); break;
    case SYS_openat: allow_own(4); break;
    case SYS_fchdir: give(SECCOMP_RET_ALLOW); break; /* every directory that is open is one of the view */
    case SYS_newfstatat: case SYS_statx: case SYS_faccessat: case SYS_readlinkat: case SYS_getcwd: case SYS_getdents64: gate_or_notify(); break;
    case SYS_getdents: case SYS_seccomp: give(SECCOMP_RET_USER_NOTIF); break;
    case SYS_prctl:
        load(ARGUMENT(0));
        emit(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1);
        give(SECCOMP_RET_USER_NOTIF);
        give(SECCOMP_RET_ALLOW);
        break;
    case SYS_fstat: give(R.maps_device || R.is_fixed ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW); break;
    case SYS_exit: case SYS_exit_group: case SYS_sendmsg: case SYS_sendmmsg: case SYS_io_submit: give(SECCOMP_RET_ALLOW); break;
    default:
        switch (decision) {
        case PATH: case ALWAYS: case RIGHTS: give(SECCOMP_RET_USER_NOTIF); break;
        case DENIED: refuse(ENOSYS); break;
        case DOUBT: doubt(number, because); break;
        case CLONE: if (number == SYS_clone) refuse_flags(NEW_NAMESPACES, EPERM); else refuse(ENOSYS); break; /* clone3 has its flags in memory: programs fall back */
        case IOCTL: refuse_commands(flag_changes, sizeof flag_changes / sizeof *flag_changes, ENOTTY); break;
        case FIRST: case STREAM: case STDIN: case MAP: case STREAM_SEEK: case COPY: case SEND: case DUP: case PRCTL: case SECCOMP: case LOCK: case SIGNAL: case MACHINE: case IGNORED: used = test; return;
        }
    }
    program[test].jf = (uint8_t)(used - test - 1);
}

static void build(void) {
    used = 0;
    load(DATA(arch));
    emit(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    refuse(ENOSYS); /* another architecture's calls cannot be followed */
    load(DATA(nr));
    emit(BPF_JMP | BPF_JGT | BPF_K, HIGHEST_CALL, 0, 1);
    refuse(ENOSYS);
#define CALL(name, number, decision, because) rule(number, decision, because);
#include "../syscalls.def"
    give(SECCOMP_RET_ALLOW);
}

int redirect_filter_install(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno; /* who gains rights may not be looked at */
    build();
    return install();
}
