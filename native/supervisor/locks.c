/* Locks on files: that one is had, now or later, is nothing that a unit relies on, but who asks whether two commands race has
 * to know that they hold one and the same. What is recorded is only that the file is there, with a flag. That a lock is not had,
 * where nobody waits for it, depends on who else is there: such a unit is not stored. */
#include <errno.h>
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

/* flock(2) and F_OFD_SETLK belong to the open file, which we share: they are made here. F_SETLK belongs to the process, so who else has it is asked.
 * 0, or what it fails with; -1: not known. */
static int tried(pid_t tid, pid_t group, const struct seccomp_notif *notice, bool *is_made) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    struct flock lock;
    bool is_flock = notice->data.nr == SYS_flock;
    if (!is_flock && tracee_read(tid, args[2], &lock, sizeof lock)) return -1;
    int file = tracee_take_fd(tid, (int)args[0]);
    if (file < 0) return -1;
    *is_made = is_flock || args[1] == F_OFD_SETLK;
    int failed = is_flock ? flock(file, (int)args[1]) : fcntl(file, *is_made ? F_OFD_SETLK : F_GETLK, &lock);
    int error = failed ? errno : 0;
    close(file);
    if (*is_made) return error;
    return error || lock.l_type == F_UNLCK || lock.l_pid == group ? -1 : EAGAIN;
}

bool lock_asked(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    pid_t tid = (pid_t)notice->pid;
    short type = F_RDLCK;
    bool is_flock = notice->data.nr == SYS_flock, releases = is_flock && (args[1] & LOCK_UN), is_made = false;
    if (!is_flock) releases = tracee_read(tid, args[2], &type, sizeof type) || type == F_UNLCK;
    struct stat what, named;
    if (releases || !process->image || tracee_stat_fd(tid, (int)args[0], &what) || !(S_ISREG(what.st_mode) || S_ISDIR(what.st_mode))) return false;
    char path[PATH_BYTES_MAX];
    if (tracee_absolute(tid, (int)args[0], "", path)) return false;
    if (stat(path, &named) || named.st_dev != what.st_dev || named.st_ino != what.st_ino) return false; /* it has no name any more */
    record_path(process->image, LEDGER_TYPED, LEDGER_LOCKED, &what, path);
    bool waits = is_flock ? !(args[1] & LOCK_NB) : args[1] == F_SETLKW || args[1] == F_OFD_SETLKW;
    int error = waits ? -1 : tried(tid, process->pid, notice, &is_made);
    if (error > 0) record_doubt(process->image, LEDGER_REASON_ERROR, path);
    if (error < 0 || (error == 0 && !is_made)) return false;
    if (error) notify_error(notice->id, error);
    else notify_value(notice->id, 0);
    return true;
}
