/* When somebody kills the supervisor, what the command had started goes on as it would without us. A filter whose listener
 * is closed answers ENOSYS to every call it watches; so a process of ours holds the listener as well, waits for the
 * supervisor's end, and from then on lets every call through. It is there as soon as the command has started anybody:
 * the command itself ends with the supervisor. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "supervisor.h"

/* Ids follow each other. What was taken and not answered lies between these two; what was answered is nobody's error. */
static struct taken { _Atomic uint64_t first, last; } at_first, *taken = &at_first;
static pid_t guardian;

/* Of a pipe that we hold open nobody sees the end. */
static void close_all_from(int first) {
    if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
    static _Alignas(struct dirent64) char bytes[4096]; /* opendir(3) would allocate, and another thread may have been doing that */
    int list = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
    long got;
    while (list >= 0 && (got = syscall(SYS_getdents64, list, bytes, sizeof bytes)) > 0)
        for (long at = 0; at < got; at += ((struct dirent64 *)(bytes + at))->d_reclen) {
            int fd = atoi(((struct dirent64 *)(bytes + at))->d_name);
            if (fd >= first && fd != list) close(fd);
        }
    close(list);
}

static _Noreturn void guard(int supervisor) {
    prctl(PR_SET_NAME, "fathom-guardian"); /* for who looks at processes: src/explain/live/fathoms.ts */
    setsid(); /* what is for the terminal's group is not for us */
    supervisor = fcntl(supervisor, F_DUPFD, 3);
    S.listener = fcntl(S.listener, F_DUPFD, 3);
    dup2(supervisor, 0);
    dup2(S.listener, 1);
    S.listener = 1;
    close_all_from(2);
    struct pollfd end = {0, POLLIN, 0};
    while (poll(&end, 1, -1) <= 0) continue;

    uint64_t first = atomic_load(&taken->first);
    for (uint64_t id = first; first && id <= atomic_load(&taken->last) + 1; id++) notify_continue(id); /* + 1: taken, and not noted yet */
    struct pollfd listener = {S.listener, POLLIN, 0};
    for (;;) {
        if (poll(&listener, 1, -1) <= 0) continue;
        if (listener.revents & POLLIN) notify_let_through();
        else if (listener.revents) _exit(0); /* the last process of the command is gone */
    }
}

void guardian_note(uint64_t id) {
    if (!atomic_load_explicit(&taken->first, memory_order_relaxed)) atomic_store(&taken->first, id);
    atomic_store_explicit(&taken->last, id, memory_order_release);
}

void guardian_begin(void) {
    if (taken != &at_first) return;
    void *page = mmap(NULL, sizeof *taken, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return; /* tried again */
    memcpy(page, taken, sizeof *taken);
    taken = page;
    int supervisor = (int)syscall(SYS_pidfd_open, getpid(), 0);
    guardian = supervisor < 0 ? -1 : fork();
    if (guardian == 0) guard(supervisor);
    if (supervisor >= 0) close(supervisor);
}

void guardian_end(void) {
    if (guardian <= 0) return;
    kill(guardian, SIGKILL);
    waitpid(guardian, NULL, 0);
    guardian = 0;
}

void guardian_reaped(pid_t gone) {
    if (gone == guardian) guardian = 0;
}
