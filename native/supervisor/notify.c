/* The listener of the filter: taking notifications and answering them. An answer
 * that fails with ENOENT means that the process is gone, which is nobody's error. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "supervisor.h"

/* Source: linux/seccomp.h of 6.6. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

/* One side always waits for the other: both on one processor, where the kernel can, saves waking another one. */
void notify_wake_here(void) { ioctl(S.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP); }

static void respond(uint64_t id, int64_t value, int error, uint32_t flags) {
    struct seccomp_notif_resp answer = {.id = id, .val = value, .error = error, .flags = flags};
    ioctl(S.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void notify_continue(uint64_t id) { respond(id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE); }
void notify_error(uint64_t id, int error) { respond(id, 0, -error, 0); }
/* A guest waited in its own question, any other process in the call itself: both may go on. */
void notify_preserved(uint64_t id) { notify_continue(id); }
void notify_value(uint64_t id, int64_t value) { respond(id, value, 0, 0); }

int notify_give_fd(uint64_t id, int fd) {
    struct seccomp_notif_addfd give = {.id = id, .srcfd = (uint32_t)fd, .newfd_flags = O_CLOEXEC};
    int there = ioctl(S.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
    return there < 0 ? -errno : there;
}

bool notify_is_alive(uint64_t id) { return ioctl(S.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0; }

/* NULL: whoever called is gone meanwhile. */
static const struct seccomp_notif *receive(void) {
    static union { struct seccomp_notif notice; char room[256]; } buffer; /* the kernel's struct may grow */
    memset(&buffer, 0, sizeof buffer);
    return ioctl(S.listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer) == 0 ? &buffer.notice : NULL;
}

void notify_let_through(void) {
    const struct seccomp_notif *notice = receive();
    if (notice) notify_continue(notice->id);
}

void notify_next(void) {
    const struct seccomp_notif *notice = receive();
    if (!notice) return;
    guardian_note(notice->id);
    S.notifications++;
    struct process *process = process_of((pid_t)notice->pid);
    if (!process) { /* gone already; or one too many, and what it does is missing in every unit around it */
        if (notify_is_alive(notice->id)) processes_doubt_all(LEDGER_REASON_UNWATCHED, "");
        notify_continue(notice->id);
        return;
    }
    if (!call_trapped(process, notice)) notify_continue(notice->id);
}
