/* A call that a process makes because we want it to: nobody else can change its folder, or run another program in it. Its
 * own call is answered, and before it goes on it is stopped as a debugger stops it (ptrace(2)), made to issue ours from
 * the instruction that issued its own, and let go with all its registers as they were. No signal reaches it meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include "redirect.h"

struct injected { pid_t tid, group; struct user_regs_struct before; uint64_t mask; bool is_gone; };

enum { CALL_STOP = SIGTRAP | 0x80, SIGNAL_SET_BYTES = 8 };

/* The next stop of it: what stopped it, or -1 when it is gone. A thread that has exec'd has another number. */
static int wait_for(struct injected *injected) {
    int status;
    while (waitpid(injected->tid, &status, __WALL) < 0) {
        if (errno == EINTR) continue;
        if (injected->tid == injected->group) break;
        injected->tid = injected->group;
    }
    if (errno == ECHILD || !WIFSTOPPED(status)) injected->is_gone = true;
    return injected->is_gone ? -1 : status >> 8;
}

static int wait_for_stop(struct injected *injected, int wanted) {
    errno = 0;
    for (;;) {
        int stop = wait_for(injected);
        if (stop < 0 || stop == wanted || stop == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) return stop;
        ptrace(PTRACE_SYSCALL, injected->tid, NULL, NULL);
    }
}

static int attach(struct injected *injected) {
    if (ptrace(PTRACE_SEIZE, injected->tid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)) return -errno; /* somebody else traces it */
    return ptrace(PTRACE_INTERRUPT, injected->tid, NULL, NULL) ? -errno : 0;
}

int inject_begin(const struct asked *asked, struct injected **into) {
    static struct injected injected;
    static const uint64_t all = UINT64_MAX;
    pid_t parent;
    injected = (struct injected){.tid = asked->tid, .group = tracee_group(asked->tid, &parent)};
    int failed = attach(&injected);
    if (failed) return failed;
    answer(asked, 0);
    errno = 0;
    int stop = wait_for(&injected); /* at once: nothing is delivered to it before */
    *into = &injected;
    if (stop < 0) return 0;
    ptrace(PTRACE_GETREGS, injected.tid, NULL, &injected.before);
    ptrace(PTRACE_GETSIGMASK, injected.tid, SIGNAL_SET_BYTES, &injected.mask);
    ptrace(PTRACE_SETSIGMASK, injected.tid, SIGNAL_SET_BYTES, &all);
    return 0;
}

enum { INSTRUCTION_BYTES = 2 }; /* syscall */

static bool enter(struct injected *injected, long number, const uint64_t args[6]) {
    struct user_regs_struct now = injected->before;
    if (injected->is_gone) return false;
    now.rip -= INSTRUCTION_BYTES;
    now.rax = (uint64_t)number;
    now.orig_rax = UINT64_MAX; /* it is no call that could be begun anew */
    now.rdi = args[0], now.rsi = args[1], now.rdx = args[2], now.r10 = args[3], now.r8 = args[4], now.r9 = args[5];
    ptrace(PTRACE_SETREGS, injected->tid, NULL, &now);
    ptrace(PTRACE_SYSCALL, injected->tid, NULL, NULL);
    return wait_for_stop(injected, CALL_STOP) == CALL_STOP;
}

static int64_t result_of(struct injected *injected) {
    struct user_regs_struct now;
    return ptrace(PTRACE_GETREGS, injected->tid, NULL, &now) ? -ESRCH : (int64_t)now.rax;
}

int64_t inject_call(struct injected *injected, long number, const uint64_t args[6]) {
    if (!enter(injected, number, args)) return -ESRCH;
    ptrace(PTRACE_SYSCALL, injected->tid, NULL, NULL);
    return wait_for_stop(injected, CALL_STOP) == CALL_STOP ? result_of(injected) : -ESRCH;
}

int inject_exec(struct injected *injected, const uint64_t args[6]) {
    if (!enter(injected, SYS_execve, args)) return -ESRCH;
    ptrace(PTRACE_SETSIGMASK, injected->tid, SIGNAL_SET_BYTES, &injected->mask); /* the new program inherits it */
    ptrace(PTRACE_SYSCALL, injected->tid, NULL, NULL);
    int stop = wait_for_stop(injected, CALL_STOP);
    if (stop < 0) return -ESRCH;
    if (stop == CALL_STOP) return (int)result_of(injected);
    ptrace(PTRACE_DETACH, injected->tid, NULL, NULL);
    injected->is_gone = true;
    return 0;
}

void inject_end(struct injected *injected, int64_t result) {
    struct user_regs_struct now = injected->before;
    if (injected->is_gone) return;
    now.rax = (uint64_t)result;
    now.orig_rax = UINT64_MAX;
    ptrace(PTRACE_SETREGS, injected->tid, NULL, &now);
    ptrace(PTRACE_SETSIGMASK, injected->tid, SIGNAL_SET_BYTES, &injected->mask);
    ptrace(PTRACE_DETACH, injected->tid, NULL, NULL);
    injected->is_gone = true;
}

/* Memory for words that we say in its name. It stays: of a child that shares its parent's memory (vfork) the next one
 * finds it there, known by the cookie at its beginning. */
struct rooms { pid_t pid; uint64_t at; };
enum { ROOMS = 64 };
static struct rooms rooms[ROOMS];

uint64_t inject_room(struct injected *injected) {
    static unsigned next;
    pid_t parent = 0;
    uint64_t found = 0;
    tracee_group(injected->tid, &parent);
    for (int i = 0; i < ROOMS; i++)
        if (rooms[i].at && (rooms[i].pid == parent || rooms[i].pid == injected->group) && !tracee_read(injected->tid, rooms[i].at, &found, sizeof found) && found == R.cookie) return rooms[i].at;
    const uint64_t args[6] = {0, INJECT_ROOM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, UINT64_MAX, 0};
    int64_t at = inject_call(injected, SYS_mmap, args);
    if (at <= 0 || tracee_fill(injected->tid, (uint64_t)at, &R.cookie, sizeof R.cookie)) return 0;
    rooms[next++ % ROOMS] = (struct rooms){parent, (uint64_t)at};
    rooms[next++ % ROOMS] = (struct rooms){injected->group, (uint64_t)at};
    return (uint64_t)at;
}

int64_t inject_named(const struct asked *asked, long number, const char *path, unsigned at, uint64_t args[6]) {
    struct injected *injected;
    if (inject_begin(asked, &injected)) return -EACCES;
    uint64_t room = inject_room(injected);
    args[at] = room + 8;
    bool is_said = room && !tracee_fill(injected->tid, room + 8, path, strlen(path) + 1);
    inject_end(injected, is_said ? inject_call(injected, number, args) : -ENOMEM);
    return 0;
}

/* Places of paths in the rooms, behind what is said there for one call. */
enum { AGAIN = 64, AGAIN_AT = INJECT_ROOM_BYTES - AGAIN * PATH_BYTES_MAX };
static struct { pid_t tid; uint64_t address; } again[AGAIN];

int inject_again(const struct asked *asked, unsigned at, const char *path) {
    static unsigned next;
    struct injected *injected;
    if (inject_begin(asked, &injected)) return -EACCES;
    unsigned slot = next++ % AGAIN;
    uint64_t room = inject_room(injected), address = room + AGAIN_AT + slot * PATH_BYTES_MAX;
    if (!room || tracee_fill(injected->tid, address, path, strlen(path) + 1)) return inject_end(injected, -ENOMEM), 0;
    again[slot].tid = injected->tid;
    again[slot].address = address;
    if (at) injected->before.rsi = address;
    else injected->before.rdi = address;
    injected->before.rip -= INSTRUCTION_BYTES;
    inject_end(injected, asked->notice->data.nr);
    return 0;
}

bool inject_is_again(pid_t tid, uint64_t address) {
    for (unsigned i = 0; i < AGAIN; i++)
        if (again[i].tid == tid && again[i].address == address) return true;
    return false;
}
