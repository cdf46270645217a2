/* What processes spent their time on, for who asks afterwards (src/explain/profile.ts); nothing is decided by it. Two
 * sources: what the kernel has counted of a process, read while it waits to be let go; and what a process waits for, looked
 * at from time to time. What is shorter than it is worth is not looked at, and looking may take one part in 250 of a
 * processor. What cannot be read stays unknown. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "supervisor.h"

/* Reading what the kernel counted takes 30 to 60 us; starting a program and ending it 1 ms of a processor. On a busy machine the
 * latter takes many times as long, so that time alone tells little. */
#define COUNTED_CPU_NS_MIN 3000000
#define COUNTED_NS_MIN 20000000
/* Between two looks at all processes, at least; and before the first one at each. */
#define LOOK_NS 20000000
#define LOOK_COST_PART 250
/* A unit that is too cheap to be stored, but takes so long that somebody will ask what it did. */
#define LONG_NS_MIN 100000000
/* Each is an environment and a ledger in memory until Node is started. */
#define LONG_UNITS_MAX 256

static int64_t next_look_ns;
static unsigned long_units;

static uint64_t number_after(const char *text, const char *field) {
    const char *at = strstr(text, field);
    return at ? strtoull(at + strlen(field), NULL, 10) : 0;
}

/* Nanoseconds that a thread was ready to run and did not. Source: sched-stats.rst: time on the processor, time waiting for one, slices. */
static uint64_t delay_ns(const char *folder, int id) {
    char name[96], text[128];
    snprintf(name, sizeof name, "%s/%d/schedstat", folder, id);
    if (small_file(name, text, sizeof text) <= 0) return 0;
    char *second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) : 0;
}

static uint64_t delay_of_all_ns(pid_t pid) {
    if (tracee_is_single(pid)) return delay_ns("/proc", pid);
    char folder[64];
    uint64_t sum = 0;
    snprintf(folder, sizeof folder, "/proc/%d/task", pid);
    DIR *threads = opendir(folder);
    struct dirent *thread;
    while (threads && (thread = readdir(threads)))
        if (thread->d_name[0] != '.') sum += delay_ns(folder, atoi(thread->d_name));
    if (threads) closedir(threads);
    return sum;
}

/* Source: proc(5): behind the name, which may hold anything, "state ppid ..."; minflt is field 10, majflt 12, stime 15. */
static void counted_by_stat(pid_t pid, struct took *took) {
    char name[64], text[1024];
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    char *at = small_file(name, text, sizeof text) > 0 ? strrchr(text, ')') : NULL;
    for (int field = 2; at && field < 15; field++) {
        at = strchr(at + 1, ' ');
        if (!at) return;
        if (field == 9) took->faults += strtoull(at, NULL, 10);
        if (field == 11) took->disk_faults += strtoull(at, NULL, 10);
        if (field == 14) took->system_ns += strtoull(at, NULL, 10) * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
    }
}

void took_thread_ends(struct image *image, pid_t tid) {
    if (image && now_ns() - image->started_ns >= COUNTED_NS_MIN) image->took.delay_ns += delay_ns("/proc", tid);
}

void took_process_ends(struct image *image, pid_t pid, uint64_t cpu_ns) {
    struct took *took = &image->took;
    char name[64], text[4096];
    if (cpu_ns < COUNTED_CPU_NS_MIN && now_ns() - image->started_ns < COUNTED_NS_MIN) return;
    if (image->leader == pid) counters_end(&took->counters);
    took->is_known = true;
    took->delay_ns += delay_of_all_ns(pid);
    counted_by_stat(pid, took);
    snprintf(name, sizeof name, "/proc/%d/io", pid);
    if (small_file(name, text, sizeof text) > 0) {
        took->read_bytes += number_after(text, "\nread_bytes: ");
        took->written_bytes += number_after(text, "\nwrite_bytes: ");
    }
    snprintf(name, sizeof name, "/proc/%d/status", pid);
    uint64_t peak = small_file(name, text, sizeof text) > 0 ? number_after(text, "\nVmHWM:") * 1024 : 0;
    if (peak > took->peak_bytes) took->peak_bytes = peak;
}

/* What is behind a descriptor: its name alone is asked for, since looking at the file may wait for who serves it. */
static enum wait wait_for_file(pid_t pid, unsigned long descriptor) {
    char name[64], target[PATH_BYTES_MAX];
    snprintf(name, sizeof name, "/proc/%d/fd/%d", pid, (int)descriptor);
    ssize_t length = readlink(name, target, sizeof target - 1);
    if (length <= 0) return WAIT_OTHER;
    target[length] = 0;
    if (!strncmp(target, "pipe:", 5)) return WAIT_PIPE;
    if (!strncmp(target, "socket:", 7)) return WAIT_NETWORK;
    if (target[0] != '/' || !strncmp(target, "/dev/", 5)) return WAIT_OTHER;
    char where[64] = "";
    snprintf(name, sizeof name, "/proc/%d/wchan", pid);
    return small_file(name, where, sizeof where) > 0 && strstr(where, "pipe") ? WAIT_PIPE : WAIT_DISK; /* a fifo has a path as well */
}

/* Source: F_SETLKW and F_OFD_SETLKW of fcntl.h. */
static bool waits_for_lock(unsigned long command) { return command == 7 || command == 38; }

/* The kernel lets nobody look at a process in the middle of an exec, which may close files that a program of this build serves, which
 * may wait for us: it is not asked about one whose exec has not been confirmed. */
static enum wait wait_of(const struct process *process) {
    char name[64], text[256];
    pid_t pid = process->pid;
    if (process->pending) return process->waiting ? WAIT_TAP : WAIT_OTHER; /* Node is asked about it */
    snprintf(name, sizeof name, "/proc/%d/syscall", pid);
    if (small_file(name, text, sizeof text) <= 0) return WAIT_OTHER;
    char *at = text;
    long call = strtol(text, &at, 10);
    if (at == text) return WAIT_NONE; /* "running" */
    unsigned long first = strtoul(at, &at, 16), second = strtoul(at, &at, 16);
    switch (call) {
    case -1: return WAIT_DISK; /* stopped in no call: a page that is not in memory */
    case SYS_wait4: case SYS_waitid: return WAIT_CHILDREN;
    case SYS_read: case SYS_readv: case SYS_pread64: case SYS_write: case SYS_writev: case SYS_pwrite64: case SYS_sendfile: case SYS_splice:
        return wait_for_file(pid, first);
    case SYS_fsync: case SYS_fdatasync: case SYS_msync: case SYS_sync: case SYS_syncfs: return WAIT_DISK;
    case SYS_futex: case SYS_flock: case SYS_semop: case SYS_semtimedop: return WAIT_LOCK;
    case SYS_fcntl: return waits_for_lock(second) ? WAIT_LOCK : WAIT_OTHER;
    case SYS_nanosleep: case SYS_clock_nanosleep: return WAIT_TIMER;
    case SYS_poll: case SYS_ppoll: case SYS_select: case SYS_pselect6: case SYS_epoll_wait: case SYS_epoll_pwait: case SYS_pause: case SYS_rt_sigsuspend: case SYS_rt_sigtimedwait:
        return WAIT_EVENTS;
    case SYS_connect: case SYS_accept: case SYS_accept4: case SYS_recvfrom: case SYS_recvmsg: case SYS_sendto: case SYS_sendmsg: return WAIT_NETWORK;
    default: return WAIT_OTHER;
    }
}

/* What it waits for now it has waited for since the last look. Threads beyond the first are not looked at: what they do counts as processor time. */
static void look_at(struct process *process, int64_t at_ns) {
    struct image *image = process->image;
    if (!image || image->leader != process->pid || process->exiting || at_ns - image->started_ns < LOOK_NS) return;
    struct took *took = &image->took;
    counters_begin(&took->counters, process->pid);
    took->waited_ns[wait_of(process)] += (uint64_t)(at_ns - (took->looked_ns ? took->looked_ns : image->started_ns));
    took->looked_ns = at_ns;
}

int took_patience_ms(int patience_ms) {
    if (S.node_gone || S.root_gone) return patience_ms;
    int64_t left_ns = next_look_ns - now_ns();
    int left_ms = left_ns <= 0 ? 0 : (int)(left_ns / 1000000) + 1;
    return patience_ms < 0 || left_ms < patience_ms ? left_ms : patience_ms;
}

/* Others may have run meanwhile. */
static int64_t thread_cpu_ns(void) {
    struct timespec used = {0, 0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1000000000ll + used.tv_nsec;
}

void took_look(void) {
    int64_t at_ns = now_ns();
    if (at_ns < next_look_ns || S.node_gone || S.root_gone) return;
    int64_t before_ns = thread_cpu_ns();
    processes_each(look_at, at_ns);
    int64_t cost_ns = thread_cpu_ns() - before_ns;
    next_look_ns = at_ns + (cost_ns > LOOK_NS / LOOK_COST_PART ? cost_ns * LOOK_COST_PART : LOOK_NS);
}

bool took_long(const struct image *image) {
    if (image->replayed || image->ended_ns - image->started_ns < LONG_NS_MIN || long_units == LONG_UNITS_MAX) return false;
    long_units++;
    return true;
}
