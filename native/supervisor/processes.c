/* Who runs what. A process is known from its first notification on, or because its
 * parent ended before it did; its image is that of its parent until it execs. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mapped.h"
#include "supervisor.h"

#define SLOTS 4096u
static struct process *by_id[SLOTS];

/* Threads that are not the first of their process. Forgotten when they or their process end. */
struct thread { pid_t tid, pid; struct thread *next; };
static struct thread *threads[SLOTS];

struct process *process_by_id(pid_t pid) {
    struct process *found = by_id[(unsigned)pid % SLOTS];
    while (found && found->pid != pid) found = found->next;
    return found;
}

/* Descriptors kept free, so that looking at processes never fails for want of one. */
#define DESCRIPTORS_SPARE 16

static struct process *add(pid_t pid, int pidfd, struct image *image) {
    if (pidfd < 0) return NULL;
    if ((uint32_t)pidfd + DESCRIPTORS_SPARE >= S.descriptors_max) {
        close(pidfd);
        return NULL;
    }
    struct process *process = calloc(1, sizeof *process);
    if (!process) {
        close(pidfd);
        return NULL;
    }
    process->pid = pid;
    process->pidfd = pidfd;
    process->image = image;
    if (image) image->live++;
    process->next = by_id[(unsigned)pid % SLOTS];
    by_id[(unsigned)pid % SLOTS] = process;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1ull << 32 | (uint32_t)pid};
    epoll_ctl(S.epoll, EPOLL_CTL_ADD, pidfd, &event);
    atomic_store_explicit(&S.head->processes, ++S.processes, memory_order_relaxed);
    if (S.processes > 1) guardian_begin();
    return process;
}

struct process *process_add(pid_t pid, struct image *image) { return add(pid, (int)syscall(SYS_pidfd_open, pid, 0), image); }

/* Who asked last for a thread or a process (clone3): most threads that are new here are its. */
static pid_t cloner;

void process_clones(const struct process *process) { cloner = process->pid; }

/* Signal 0 of tgkill(2) reaches a thread of that process, or nobody. `tid` is held in a call, so its number is nobody else's. */
static pid_t group_of(pid_t tid, pid_t *parent) {
    return process_by_id(cloner) && syscall(SYS_tgkill, cloner, tid, 0) == 0 ? cloner : tracee_group(tid, parent);
}

struct process *process_of(pid_t tid) {
    struct process *process = process_by_id(tid);
    if (process) return process;
    for (struct thread *thread = threads[(unsigned)tid % SLOTS]; thread; thread = thread->next)
        if (thread->tid == tid) return process_by_id(thread->pid);

    int pidfd = (int)syscall(SYS_pidfd_open, tid, 0); /* of a thread that is not the first of its process: refused */
    struct process *of = pidfd >= 0 ? process_by_id(tracee_parent(pidfd)) : NULL;
    if (of) return add(tid, pidfd, of->image);
    if (pidfd >= 0) close(pidfd);

    pid_t parent = 0, pid = group_of(tid, &parent);
    if (pid <= 0) return NULL;
    process = process_by_id(pid);
    if (process) {
        struct thread *thread = calloc(1, sizeof *thread);
        if (!thread) return process;
        *thread = (struct thread){tid, pid, threads[(unsigned)tid % SLOTS]};
        threads[(unsigned)tid % SLOTS] = thread;
        process->threads++;
        return process;
    }
    if (parent == getpid() || parent <= 1) {
        /* An orphan nobody announced: any unit may have started it. */
        processes_doubt_all(LEDGER_REASON_PATH_UNKNOWN, "a process whose parent is not known");
        struct process *root = process_by_id(S.root);
        return process_add(pid, root ? root->image : NULL);
    }
    of = process_of(parent);
    return process_add(pid, of ? of->image : NULL);
}

void thread_gone(pid_t tid) {
    struct thread **at = &threads[(unsigned)tid % SLOTS];
    while (*at && (*at)->tid != tid) at = &(*at)->next;
    if (!*at) return;
    struct thread *gone = *at;
    struct process *process = process_by_id(gone->pid);
    if (process) process->threads--;
    *at = gone->next;
    free(gone);
}

void threads_gone(struct process *process) {
    for (unsigned slot = 0; slot < SLOTS && process->threads; slot++)
        for (struct thread **at = &threads[slot]; *at;) {
            if ((*at)->pid != process->pid) { at = &(*at)->next; continue; }
            struct thread *gone = *at;
            *at = gone->next;
            free(gone);
            process->threads--;
        }
}

static void children_become_known(const char *list, struct process *of) {
    FILE *file = fopen(list, "re");
    if (!file) return;
    int pid;
    while (fscanf(file, "%d", &pid) == 1)
        if (!process_by_id(pid) && !tracee_is_zombie(pid)) process_add(pid, of->image);
    fclose(file);
}

void processes_signal(pid_t under, int number) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/task/%d/children", under, under);
    FILE *file = fopen(name, "re");
    if (!file) return;
    int pid;
    while (fscanf(file, "%d", &pid) == 1) {
        processes_signal(pid, number);
        if (getpgid(pid) == getpgrp()) kill(pid, number); /* daemons and Node have a group of their own */
    }
    fclose(file);
}

/* The process is about to end: whatever it leaves behind is announced here, so that nothing is an orphan of nobody. */
static void adopt_children(struct process *process) {
    char name[96];
    if (tracee_is_single(process->pid)) {
        snprintf(name, sizeof name, "/proc/%d/task/%d/children", process->pid, process->pid);
        children_become_known(name, process);
        return;
    }
    snprintf(name, sizeof name, "/proc/%d/task", process->pid);
    DIR *tasks = opendir(name);
    if (!tasks) return;
    struct dirent *task;
    while ((task = readdir(tasks))) {
        if (task->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "/proc/%d/task/%.20s/children", process->pid, task->d_name);
        children_become_known(name, process);
    }
    closedir(tasks);
}

void process_exits(struct process *process, pid_t tid, int code, bool whole) {
    if (!whole && !(tid == process->pid && tracee_is_single(process->pid))) {
        if (tid != process->pid) {
            took_thread_ends(process->image, tid);
            thread_gone(tid);
        }
        return;
    }
    adopt_children(process);
    process->exiting = true;
    process->exit_seq = next_seq();
    struct image *image = process->image;
    if (!image) return;
    uint64_t cpu_ns = tracee_cpu_ns(process->pid);
    image->cpu_ns += cpu_ns;
    took_process_ends(image, process->pid, cpu_ns);
    image_looks_at_environment(image, process->pid);
    if (image->live == 1) mapped_is_left(image);
    if (image->leader == process->pid) {
        image->how = 0;
        image->code = code & 0xff;
        image->exit_seq = process->exit_seq;
        image->ended_ns = now_ns();
    }
}

void process_gone(struct process *process) {
    struct image *image = process->image;
    process->waiting = 0;
    if (image) {
        bool outlived = process->exit_seq == 0 || process->exit_seq > image->exit_seq;
        if (image->leader != process->pid && image->exit_seq && outlived && image->how != 2) record_doubt(image, LEDGER_REASON_LEFT_RUNNING, "");
        if (image->leader == process->pid && image->exit_seq == 0) { /* no exit call: killed */
            image->how = 1;
            image->exit_seq = next_seq();
            image->ended_ns = now_ns();
        } else if (!process->exiting && image->leader != process->pid) {
            record_doubt(image, LEDGER_REASON_UNKNOWN_CALL, "a forked process was killed");
        }
        image->live--;
        image_release(image);
    }
    close(process->pidfd);
    exec_free(process->pending);
    exec_free(process->replaying);
    threads_gone(process);
    struct process **at = &by_id[(unsigned)process->pid % SLOTS];
    while (*at != process) at = &(*at)->next;
    *at = process->next;
    free(process);
}

bool processes_left(void) {
    for (unsigned slot = 0; slot < SLOTS; slot++)
        if (by_id[slot]) return true;
    return false;
}

void processes_each(void (*visit)(struct process *process, int64_t at_ns), int64_t at_ns) {
    for (unsigned slot = 0; slot < SLOTS; slot++)
        for (struct process *process = by_id[slot]; process; process = process->next) visit(process, at_ns);
}

void processes_doubt_all(enum ledger_reason reason, const char *detail) {
    for (unsigned slot = 0; slot < SLOTS; slot++)
        for (struct process *process = by_id[slot]; process; process = process->next)
            if (process->image) record_doubt(process->image, reason, detail);
}

struct process *process_asking(uint32_t question) {
    for (unsigned slot = 0; slot < SLOTS; slot++)
        for (struct process *process = by_id[slot]; process; process = process->next)
            if (process->waiting && process->pending && process->pending->question == question) return process;
    return NULL;
}

void processes_answer_all(void) {
    for (unsigned slot = 0; slot < SLOTS; slot++)
        for (struct process *process = by_id[slot]; process; process = process->next)
            if (process->waiting) {
                notify_continue(process->waiting);
                process->waiting = 0;
            }
}
