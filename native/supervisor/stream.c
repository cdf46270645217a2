/* Inherited streams. A write to one that did not come through the guest is carried out
 * here, with the process's own open file, so that exactly the bytes that were written
 * are recorded: after a signal a process writes the rest again, and only the result of
 * the call tells how much that is. A write that may block has a thread of its own; the
 * thread touches nothing but its job, which the loop finishes. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "supervisor.h"

/* A longer write is cut here, as the kernel cuts at 2 GiB. */
#define WRITE_BYTES_MAX (64u * 1024 * 1024)
#define PIECES_MAX 1024

struct job {
    uint64_t id;              /* notification */
    pid_t tid, pid;
    int fd, number;
    uint64_t dev, ino;
    char *bytes;
    size_t length;
    ssize_t result;
    struct job *next;
};
static struct job *finished;
static pthread_mutex_t finished_lock = PTHREAD_MUTEX_INITIALIZER;
static int finished_event = -1;

int stream_start(void) { return finished_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

bool stream_is_watched(struct image *image, const struct stat *what) {
    for (struct image *of = image; of; of = of->parent)
        for (int i = 0; i < 3; i++)
            if (of->streams[i].kind > STREAM_NULL && of->streams[i].dev == what->st_dev && of->streams[i].ino == what->st_ino) return true;
    return false;
}

static ssize_t write_whole(struct job *job) {
    size_t done = 0;
    while (done < job->length) {
        ssize_t put = write(job->fd, job->bytes + done, job->length - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return done ? (ssize_t)done : -errno;
        done += (size_t)put;
    }
    return (ssize_t)done;
}

static void finish(struct job *job) {
    struct process *process = process_by_id(job->pid);
    if (process && notify_is_alive(job->id)) {
        if (job->result > 0) record_stream(process->image, LEDGER_STREAM_WROTE, job->dev, job->ino, job->number, job->bytes, (size_t)job->result);
        if (job->result == -EPIPE) syscall(SYS_tgkill, job->pid, job->tid, SIGPIPE);
        if (job->result < 0) notify_error(job->id, (int)-job->result);
        else notify_value(job->id, job->result);
    }
    close(job->fd);
    free(job->bytes);
    free(job);
}

static void *work(void *argument) {
    struct job *job = argument;
    job->result = write_whole(job);
    pthread_mutex_lock(&finished_lock);
    job->next = finished;
    finished = job;
    pthread_mutex_unlock(&finished_lock);
    uint64_t one = 1;
    if (write(finished_event, &one, 8) != 8) return NULL; /* the counter is full: the loop is awake anyway */
    return NULL;
}

void stream_finished(void) {
    uint64_t count;
    if (read(finished_event, &count, 8) != 8) return;
    pthread_mutex_lock(&finished_lock);
    struct job *list = finished;
    finished = NULL;
    pthread_mutex_unlock(&finished_lock);
    while (list) {
        struct job *next = list->next;
        finish(list);
        list = next;
    }
}

static bool gather(struct job *job, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    if (notice->data.nr == SYS_write || notice->data.nr == SYS_sendto) {
        job->length = args[2] > WRITE_BYTES_MAX ? WRITE_BYTES_MAX : args[2];
        job->bytes = malloc(job->length + 1);
        return job->bytes && (job->length == 0 || tracee_read(job->tid, args[1], job->bytes, job->length) == 0);
    }
    struct iovec pieces[PIECES_MAX];
    if (args[2] > PIECES_MAX || tracee_read(job->tid, args[1], pieces, args[2] * sizeof *pieces)) return false;
    for (size_t i = 0; i < args[2]; i++) {
        size_t length = pieces[i].iov_len;
        if (length > WRITE_BYTES_MAX - job->length) break;
        char *more = realloc(job->bytes, job->length + length + 1);
        if (!more) return false;
        job->bytes = more;
        if (length && tracee_read(job->tid, (uint64_t)pieces[i].iov_base, more + job->length, length)) return false;
        job->length += length;
    }
    return true;
}

bool stream_is_leaked(const struct stat *what) {
    for (uint32_t i = 0; i < S.leaked_count; i++)
        if (S.leaked_streams[i].dev == what->st_dev && S.leaked_streams[i].ino == what->st_ino) return true;
    return false;
}

/* What goes through an open file that came from outside, besides the three streams, is in no entry. */
static void doubt_leaked(struct process *process, const struct stat *what) {
    if (stream_is_leaked(what)) record_doubt(process->image, LEDGER_REASON_INHERITED, "");
}

bool stream_write(struct process *process, const struct seccomp_notif *notice) {
    struct stat what;
    int number = (int)notice->data.args[0];
    if (!process->image || process->replaying || tracee_stat_fd((pid_t)notice->pid, number, &what)) return false;
    if (!stream_is_watched(process->image, &what)) {
        doubt_leaked(process, &what);
        return false;
    }
    if (notice->data.nr != SYS_write && notice->data.nr != SYS_writev && notice->data.nr != SYS_sendto) { /* pwrite and its kin */
        record_doubt(process->image, LEDGER_REASON_STREAM_SEEK, "");
        return false;
    }
    struct job *job = calloc(1, sizeof *job);
    if (!job) return false;
    *job = (struct job){.id = notice->id, .tid = (pid_t)notice->pid, .pid = process->pid, .number = number, .dev = what.st_dev, .ino = what.st_ino, .fd = -1};
    if (!gather(job, notice)) { /* bad memory: the kernel says so itself */
        record_doubt(process->image, LEDGER_REASON_STREAM_LOST, "unreadable memory");
        free(job->bytes);
        free(job);
        return false;
    }
    job->fd = tracee_take_fd((pid_t)notice->pid, number);
    if (job->fd < 0) {
        if (S_ISREG(what.st_mode)) /* a regular file takes all of it or the disk is full */
            record_stream(process->image, LEDGER_STREAM_WROTE, what.st_dev, what.st_ino, number, job->bytes, job->length);
        else
            record_doubt(process->image, LEDGER_REASON_STREAM_LOST, "its open file cannot be shared here");
        free(job->bytes);
        free(job);
        return false;
    }
    struct pollfd ready = {job->fd, POLLOUT, 0};
    /* Source: pipe(7): a pipe that is ready takes PIPE_BUF (4096) bytes without blocking. */
    bool is_quick = S_ISREG(what.st_mode) || (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) && job->length <= 4096);
    pthread_t thread;
    pthread_attr_t attributes;
    if (!is_quick && pthread_attr_init(&attributes) == 0) {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, 64 * 1024);
        int failed = pthread_create(&thread, &attributes, work, job);
        pthread_attr_destroy(&attributes);
        if (!failed) return true;
    }
    job->result = write_whole(job);
    finish(job);
    return true;
}

/* Reading /dev/null is a fact; reading anything else that was inherited is more than a key can hold. */
void stream_read(struct process *process, const struct seccomp_notif *notice) {
    struct stat what;
    int number = (int)notice->data.args[0];
    if (!process->image || tracee_stat_fd((pid_t)notice->pid, number, &what)) return;
    if (S_ISCHR(what.st_mode) && what.st_rdev == NULL_DEVICE) record_env(process->image, STDIN_IS_NULL);
    else if (stream_is_watched(process->image, &what)) record_stream(process->image, LEDGER_STREAM_READ, what.st_dev, what.st_ino, number, NULL, 0);
    else doubt_leaked(process, &what);
}

/* isatty(0) */
void stream_asked(struct process *process, const struct seccomp_notif *notice) {
    (void)notice;
    record_env(process->image, STDIN_IS_TERMINAL);
}

void stream_seek(struct process *process, const struct seccomp_notif *notice) {
    struct stat what;
    int number = (int)notice->data.args[0];
    if (notice->data.nr == SYS_lseek && notice->data.args[1] == 0 && notice->data.args[2] == SEEK_CUR) return;
    if (!process->image || tracee_stat_fd((pid_t)notice->pid, number, &what) || !S_ISREG(what.st_mode) || !stream_is_watched(process->image, &what)) return;
    record_doubt(process->image, LEDGER_REASON_STREAM_SEEK, "");
}
