/* The calls of a view without a mount: who carries each out, and how it is answered. What nobody here knows is refused,
 * as by a kernel that does not have it: nothing passes because it was forgotten. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "redirect.h"

/* Source: linux/seccomp.h of 5.14. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

void pass(const struct asked *asked) { notify_continue(asked->notice->id); }

void answer(const struct asked *asked, int64_t result) {
    if (result < 0) notify_error(asked->notice->id, (int)-result);
    else notify_value(asked->notice->id, result);
}

void answer_with(const struct asked *asked, const void *bytes, size_t length, uint64_t address, int64_t value) {
    int failed = address ? tracee_fill(asked->tid, address, bytes, length) : -EFAULT;
    answer(asked, failed ? failed : value);
}

/* With the answer in one step: a process that is killed meanwhile has neither. */
void hand_out(const struct asked *asked, int fd, uint64_t flags) {
    struct seccomp_notif_addfd give = {.id = asked->notice->id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (uint32_t)fd, .newfd_flags = flags & O_CLOEXEC};
    int there = ioctl(S.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
    int failed = errno;
    if (there < 0 && failed == EINVAL) { /* before Linux 5.14 */
        give.flags = 0;
        there = ioctl(S.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
        answer(asked, there < 0 ? -errno : there);
    } else if (there < 0 && failed != ENOENT) answer(asked, -failed);
    close(fd);
}

mode_t masked(const struct asked *asked, uint64_t mode) { return (mode_t)(mode & 07777 & ~(uint64_t)(R.mask_changed ? tracee_mask(asked->tid) : S.mask)); }

int take_fd(pid_t tid, int fd) {
    pid_t parent, group = tracee_group(tid, &parent);
    int process = group ? (int)syscall(SYS_pidfd_open, group, 0) : -1;
    if (process < 0) return -ESRCH;
    int taken = (int)syscall(SYS_pidfd_getfd, process, fd, 0), failed = errno;
    close(process);
    return taken < 0 ? -failed : taken;
}

/* Nobody becomes another user here: we act for all of them as who we are. What changes nothing passes. */
static void asks_for_rights(const struct asked *asked) {
    bool is_group = false;
    unsigned count = 1;
    switch (asked->notice->data.nr) {
    case SYS_capset: return pass(asked);
    case SYS_setgroups: return answer(asked, -EPERM);
    case SYS_setgid: case SYS_setfsgid: is_group = true; break;
    case SYS_setregid: is_group = true; count = 2; break;
    case SYS_setresgid: is_group = true; count = 3; break;
    case SYS_setreuid: count = 2; break;
    case SYS_setresuid: count = 3; break;
    default: break;
    }
    for (unsigned i = 0; i < count; i++) {
        uint32_t wanted = (uint32_t)arg(asked, (int)i);
        if (wanted != UINT32_MAX && wanted != (is_group ? getegid() : R.user)) return answer(asked, -EPERM);
    }
    pass(asked);
}

/* A filter of the program's own knows the calls of the program, and not those of a guest in it. */
static void brings_filter(const struct asked *asked) {
    if (asked->notice->data.nr == SYS_prctl || arg(asked, 0) <= SECCOMP_SET_MODE_FILTER) shown_end();
    pass(asked);
}

static void starts_guest(const struct asked *asked) {
    int fd = shown_table();
    if (fd < 0) answer(asked, -errno);
    else hand_out(asked, fd, O_CLOEXEC);
}

/* Its rules of resolving are not kept here: programs do without them. */
static void opens_by_rules(const struct asked *asked) {
    struct open_how how = {0};
    uint64_t size = arg(asked, 3) < sizeof how ? arg(asked, 3) : sizeof how;
    int failed = tracee_read(asked->tid, arg(asked, 2), &how, size);
    if (failed) answer(asked, failed);
    else if (arg(asked, 3) != sizeof how || how.resolve || how.mode & ~07777ull || (how.mode && !(how.flags & (O_CREAT | __O_TMPFILE)))) answer(asked, -ENOSYS);
    else opens(asked, (int)arg(asked, 0), arg(asked, 1), how.flags, how.mode);
}

static void opens_by(const struct asked *asked) {
    switch (asked->notice->data.nr) {
    case SYS_open: return opens(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), arg(asked, 2));
    case SYS_creat: return opens(asked, AT_FDCWD, arg(asked, 0), O_CREAT | O_WRONLY | O_TRUNC, arg(asked, 1));
    default:
        if ((int)arg(asked, 0) == FATHOM_START_DIRFD) return starts_guest(asked);
        return opens(asked, (int)arg(asked, 0), arg(asked, 1), arg(asked, 2), arg(asked, 3));
    }
}

static void carry_out(const struct asked *asked) {
    switch (asked->notice->data.nr) {
    case SYS_open: case SYS_creat: case SYS_openat: return opens_by(asked);
    case SYS_openat2: return opens_by_rules(asked);
    case SYS_getdents: case SYS_getdents64: return list(asked->tid, asked->notice);
    case SYS_execve: case SYS_execveat: return starts(asked);
    case SYS_umask: R.mask_changed = true; return pass(asked);
    case SYS_setuid: case SYS_setgid: case SYS_setreuid: case SYS_setregid: case SYS_setgroups: case SYS_setresuid: case SYS_setresgid: case SYS_setfsuid: case SYS_setfsgid: case SYS_capset:
        return asks_for_rights(asked);
    case SYS_seccomp: case SYS_prctl: return brings_filter(asked);
    case SYS_name_to_handle_at: return answer(asked, -EOPNOTSUPP);
    default:
        if (!tells(asked) && !changes(asked) && !changes_names(asked) && !asks_attributes(asked) && !asks_of_own(asked)) answer(asked, -ENOSYS);
    }
}

void redirect_next(void) {
    static union { struct seccomp_notif notice; char room[256]; } buffer; /* the kernel's struct may grow */
    memset(&buffer, 0, sizeof buffer);
    if (ioctl(S.listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer)) return;
    struct asked asked = {(pid_t)buffer.notice.pid, &buffer.notice};
    carry_out(&asked);
}
