/* `fathom --probe`: what this machine allows, one JSON object a line, for `fathom doctor`. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "supervisor.h"

static void say(const char *name, int failed) {
    printf("{\"name\":\"%s\",\"works\":%s,\"detail\":\"%s\"}\n", name, failed ? "false" : "true", failed ? strerror(failed < 0 ? -failed : failed) : "");
}

/* In a child, which cannot even exit once the filter is there, so it tells through memory and is ended. */
static int try_filter(void) {
    enum { NOT_YET = -100000 };
    _Atomic int *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED) return errno;
    atomic_store(told, NOT_YET);
    pid_t child = fork();
    if (child < 0) return errno; /* kill(-1) would end everything */
    if (child == 0) {
        atomic_store(told, filter_install());
        syscall(SYS_futex, told, FUTEX_WAKE, 1, NULL, NULL, 0);
        for (;;) pause();
    }
    const struct timespec while_it_lives = {0, 20000000};
    siginfo_t end = {.si_pid = 0}; /* set when the filter's own call is answered by killing */
    while (atomic_load(told) == NOT_YET && waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0)
        syscall(SYS_futex, told, FUTEX_WAIT, NOT_YET, &while_it_lives, NULL, 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    int result = atomic_load(told);
    if (result == NOT_YET) result = -EPERM;
    munmap((void *)told, sizeof *told);
    return result < 0 ? result : 0;
}

/* Reads and writes a child's memory the way the tap does. */
static int try_memory(bool writes) {
    static volatile const int word = 1;
    pid_t child = fork();
    if (child < 0) return errno; /* kill(-1) would end everything */
    if (child == 0) for (;;) pause();
    int value = 0;
    int failed = tracee_read(child, (uint64_t)&word, &value, sizeof value);
    if (!failed && writes) failed = tracee_write(child, (uint64_t)&word, &value, sizeof value);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return failed;
}

static int try_getfd(void) {
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (self < 0) return errno;
    long taken = syscall(SYS_pidfd_getfd, self, 2, 0);
    return taken < 0 ? errno : 0;
}

static int see_view(void) { return trial_sees_view() ? 0 : -EPERM; }
static int enter_mounts(void) { return unshare(CLONE_NEWNS) ? -errno : 0; }

/* In a child: what it enters and mounts goes with it. 0 or an errno. */
static int in_child(int (*step)(void)) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) _exit(-step());
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

int probe_main(void) {
    say("seccomp-notification", try_filter());
    say("memory-file", arena_make());
    say("read-memory", try_memory(false));
    say("write-memory", try_memory(true));
    say("share-descriptors", try_getfd());
    say("children-list", access("/proc/thread-self/children", R_OK) ? errno : 0);
    say("workspace-copy", in_child(see_view));
    say("mounts-as-root", in_child(enter_mounts));
    say("mounts-as-user", in_child(view_enter_user_namespace));
    say("outputs-served", in_child(view_try_outputs));
    say("calls-led", redirect_possible());
    say("guest-library", access(S.guest, R_OK) ? errno : 0);
    say("replayer", access(S.replayer, X_OK) ? errno : 0);
    return 0;
}
