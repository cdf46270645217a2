/* Signals to other processes: a replay would not send them, and whether there is somebody to take one is no fact. What a process
 * sends to itself, to those that it started, or to the group that it leads stays inside every unit that holds it. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "signals.h"
#include "supervisor.h"

/* Deeper is nothing that anybody starts. */
#define GENERATIONS_MAX 64

static bool is_own(pid_t group, pid_t target) {
    for (int i = 0; i < GENERATIONS_MAX && target > 1; i++) {
        pid_t parent = 0;
        if (target == group) return true;
        if (!tracee_group(target, &parent)) return false;
        target = parent;
    }
    return false;
}

/* Which process a descriptor of pidfd_open(2) is of. 0: not known. */
static pid_t named_by(pid_t tid, int pidfd) {
    char name[64], text[1024];
    long pid = 0;
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", tid, pidfd);
    if (small_file(name, text, sizeof text) <= 0) return 0;
    const char *field = strstr(text, "\nPid:");
    return field && sscanf(field + 5, "%ld", &pid) == 1 && pid > 0 ? (pid_t)pid : 0;
}

void signal_sent(struct process *process, const struct seccomp_notif *notice) {
    pid_t target = (pid_t)notice->data.args[0];
    if (!process->image) return;
    if (notice->data.nr == SYS_pidfd_send_signal) target = named_by((pid_t)notice->pid, target);
    if (target == 0 && notice->data.nr == SYS_kill) target = -getpgid(process->pid);
    if (target == -1 || target == 0 || !is_own(process->pid, target < 0 ? -target : target)) record_doubt(process->image, LEDGER_REASON_KERNEL_STATE, "a signal to another process");
}
