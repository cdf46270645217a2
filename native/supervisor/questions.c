/* What guests and replayers ask: a ledger, more room for it, what to replay, and what
 * only the supervisor can record. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "supervisor.h"

static char path[PATH_BYTES_MAX * 2];

/* A guest starts. It asks with openat(2), which every loader makes too, so that a filter of
 * the program's own lets it through; where there is such a filter, no guest starts. */
void guest_starts(struct process *process, const struct seccomp_notif *notice) {
    struct image *image = process->image;
    if (!image || image->replayed || image->filtered) {
        notify_error(notice->id, EPERM);
        return;
    }
    uint32_t page = image_chunk(image, 0);
    if (page) page = image->chunks[0];
    if (!page || tracee_fill((pid_t)notice->pid, notice->data.args[3], &page, sizeof page)) {
        notify_error(notice->id, ENOMEM);
        return;
    }
    int fd = notify_give_fd(notice->id, S.arena_fd);
    if (fd >= 0) image->tapped = true;
    if (fd >= 0) notify_value(notice->id, fd);
    else notify_error(notice->id, ENOMEM);
}

static void grows(struct process *process, const struct seccomp_notif *notice) {
    struct image *image = process->image;
    uint32_t page = image && !image->replayed ? image_chunk(image, (uint32_t)notice->data.args[2]) : 0;
    int fd = page ? notify_give_fd(notice->id, S.arena_fd) : -1;
    if (fd >= 0 && fd <= 0x7fff) {
        notify_value(notice->id, (int64_t)page << 16 | fd);
        return;
    }
    if (image && image->chunk_count) chunk_at(image->chunks[0])->full = 1;
    notify_error(notice->id, ENOMEM);
}

static void replays(struct process *process, uint64_t id) {
    struct exec *exec = process->replaying;
    if (!exec) {
        notify_error(id, EINVAL);
        return;
    }
    int there = exec->replay_streams >= 0 ? notify_give_fd(id, exec->replay_streams) : 0xffff;
    notify_value(id, (int64_t)(exec->replay_code & 0xff) << 16 | (there & 0xffff));
}

void guest_asks(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    pid_t tid = (pid_t)notice->pid;
    struct image *image = process->image;
    switch (args[0]) {
    case FATHOM_PING: notify_value(notice->id, FATHOM_PONG); return;
    case FATHOM_GROW: grows(process, notice); return;
    case FATHOM_REPLAY: replays(process, notice->id); return;
    case FATHOM_PRESERVE:
        if (!image || tracee_path(tid, args[2], path) || !node_preserve(notice->id, image->id, path)) notify_value(notice->id, 0);
        return;
    case FATHOM_OPENED:
        if (!tracee_path(tid, args[2], path)) record_opened(image, (uint16_t)args[3], path);
        notify_value(notice->id, 0);
        return;
    default: notify_error(notice->id, ENOSYS);
    }
}
