/* Locks on files: nothing that a unit relies on, but who asks whether two commands race has to know that they hold one
 * and the same. What is recorded is only that the file is there, with a flag; when the lock is had, nobody tells. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "supervisor.h"

bool lock_is_asked(const struct seccomp_notif *notice) {
    uint64_t command = notice->data.args[1];
    return notice->data.nr == SYS_fcntl && (command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW);
}

void lock_asked(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    pid_t tid = (pid_t)notice->pid;
    short type = F_RDLCK;
    bool releases = notice->data.nr == SYS_flock && (args[1] & LOCK_UN);
    if (notice->data.nr == SYS_fcntl) releases = tracee_read(tid, args[2], &type, sizeof type) || type == F_UNLCK;
    struct stat what, named;
    if (releases || !process->image || tracee_stat_fd(tid, (int)args[0], &what) || !(S_ISREG(what.st_mode) || S_ISDIR(what.st_mode))) return;
    char link[64], path[PATH_BYTES_MAX];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, (int)args[0]);
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (got <= 0 || path[0] != '/') return;
    path[got] = 0;
    if (stat(path, &named) || named.st_dev != what.st_dev || named.st_ino != what.st_ino) return; /* it has no name any more */
    record_path(process->image, LEDGER_TYPED, LEDGER_LOCKED, &what, path);
}
