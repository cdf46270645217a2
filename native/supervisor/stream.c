/* Inherited streams. A process may know one under several numbers: dup(2), /dev/stdout,
 * a number above 2 that it was given. An image of which that may be true is `aliased`, and
 * only then are its higher numbers looked at. A write to one that did not come through the guest is carried out
 * here, with the process's own open file, so that exactly the bytes that were written
 * are recorded: after a signal a process writes the rest again, and only the result of
 * the call tells how much that is. A write that may block has a thread of its own; the
 * thread touches nothing but its job, which the loop finishes. */
#include <errno.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "supervisor.h"

/* A longer write is not copied: it passes, and the unit is not stored. */
#define WRITE_BYTES_MAX (64u * 1024 * 1024)
#define PIECES_MAX 1024
/* Flags of sendto(2) that job_write knows what to do with. */
#define SEND_FLAGS (MSG_NOSIGNAL | MSG_DONTWAIT)

struct job {
    uint64_t id;              /* notification */
    pid_t tid, pid;
    int fd, number;
    uint64_t dev, ino;
    char *bytes;
    size_t length, done;
    int send_flags;           /* of sendto; -1: another call */
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

bool stream_is_leaked(const struct stat *what) {
    for (uint32_t i = 0; i < S.leaked_count; i++)
        if (S.leaked_streams[i].dev == what->st_dev && S.leaked_streams[i].ino == what->st_ino) return true;
    return false;
}

static ssize_t write_once(const struct job *job, int flags) {
    struct iovec rest = {job->bytes + job->done, job->length - job->done};
    if (job->send_flags >= 0) return send(job->fd, rest.iov_base, rest.iov_len, job->send_flags | MSG_NOSIGNAL | (flags ? MSG_DONTWAIT : 0));
    return flags ? pwritev2(job->fd, &rest, 1, -1, flags) : writev(job->fd, &rest, 1);
}

/* Goes on until all is written or the stream takes no more. */
static void write_whole(struct job *job) {
    do {
        ssize_t put = write_once(job, 0);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) {
            job->result = job->done ? (ssize_t)job->done : -errno;
            return;
        }
        job->done += (size_t)put;
    } while (job->done < job->length);
    job->result = (ssize_t)job->done;
}

/* All of it at once, or as much as goes without waiting. False: the rest has to wait. */
static bool write_now(struct job *job) {
    ssize_t put = write_once(job, RWF_NOWAIT);
    if (put < 0) return false; /* EAGAIN; EOPNOTSUPP of a terminal; or an error that shows again */
    job->done = (size_t)put;
    job->result = put;
    return job->done == job->length;
}

/* What was written is recorded even where the process did not live to hear of it. */
static void finish(struct job *job) {
    struct process *process = process_by_id(job->pid);
    if (process && job->result > 0)
        record_stream(process->image, LEDGER_STREAM_WROTE, job->dev, job->ino, job->number, job->bytes, (size_t)job->result);
    if (process && notify_is_alive(job->id)) {
        if (job->result == -EPIPE && !(job->send_flags > 0 && job->send_flags & MSG_NOSIGNAL)) syscall(SYS_tgkill, job->pid, job->tid, SIGPIPE);
        if (job->result < 0) notify_error(job->id, (int)-job->result);
        else notify_value(job->id, job->result);
    }
    close(job->fd);
    free(job->bytes);
    free(job);
}

static void *work(void *argument) {
    struct job *job = argument;
    write_whole(job);
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
        if (args[2] > WRITE_BYTES_MAX) return false;
        job->length = args[2];
        job->bytes = malloc(job->length + 1);
        return job->bytes && (job->length == 0 || tracee_read(job->tid, args[1], job->bytes, job->length) == 0);
    }
    struct iovec pieces[PIECES_MAX];
    if (args[2] > PIECES_MAX || tracee_read(job->tid, args[1], pieces, args[2] * sizeof *pieces)) return false;
    for (size_t i = 0; i < args[2]; i++) {
        size_t length = pieces[i].iov_len;
        if (length > WRITE_BYTES_MAX - job->length) return false;
        char *more = realloc(job->bytes, job->length + length + 1);
        if (!more) return false;
        job->bytes = more;
        if (length && tracee_read(job->tid, (uint64_t)pieces[i].iov_base, more + job->length, length)) return false;
        job->length += length;
    }
    return true;
}

/* Would the kernel cut this write, or signal, where ours would pass? RLIMIT_FSIZE is the process's own. */
static bool is_limited(const struct job *job, const struct stat *what) {
    struct rlimit limit;
    return S_ISREG(what->st_mode) && prlimit(job->pid, RLIMIT_FSIZE, NULL, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           (uint64_t)what->st_size + job->length > limit.rlim_cur;
}

/* The call passes and the kernel does what it does; how much that is, nobody knows. */
static bool pass_unrecorded(struct job *job, const char *why) {
    struct process *process = process_by_id(job->pid);
    if (process) record_doubt(process->image, LEDGER_REASON_STREAM_LOST, why);
    if (job->fd >= 0) close(job->fd);
    free(job->bytes);
    free(job);
    return false;
}

/* Is this descriptor an inherited stream of the process, or of one it runs in? */
static bool is_stream(struct process *process, pid_t tid, int number, struct stat *what) {
    struct image *image = process->image;
    if (!image || process->replaying || (number > 2 && !image->aliased)) return false;
    int failed = tracee_stat_fd(tid, number, what);
    if (failed == -EACCES || failed == -EPERM) record_doubt(image, LEDGER_REASON_STREAM_LOST, "its open files cannot be seen");
    if (failed) return false;
    if (stream_is_watched(image, what)) return true;
    if (stream_is_leaked(what)) record_doubt(image, LEDGER_REASON_INHERITED, "");
    return false;
}

bool stream_write(struct process *process, const struct seccomp_notif *notice) {
    struct stat what;
    int nr = notice->data.nr, number = (int)notice->data.args[0];
    if (!is_stream(process, (pid_t)notice->pid, number, &what)) return false;
    if (nr != SYS_write && nr != SYS_writev && nr != SYS_sendto) { /* pwrite and its kin */
        record_doubt(process->image, LEDGER_REASON_STREAM_SEEK, "");
        return false;
    }
    struct job *job = calloc(1, sizeof *job);
    if (!job) return false;
    *job = (struct job){.id = notice->id, .tid = (pid_t)notice->pid, .pid = process->pid, .number = number, .dev = what.st_dev, .ino = what.st_ino, .fd = -1, .send_flags = -1};
    if (nr == SYS_sendto) job->send_flags = (int)notice->data.args[3];
    if (job->send_flags > 0 && (job->send_flags & ~SEND_FLAGS)) return pass_unrecorded(job, "send");
    if (!gather(job, notice)) return pass_unrecorded(job, "unreadable memory, or more than one record holds");
    if (is_limited(job, &what)) return pass_unrecorded(job, "a file that may not grow");
    job->fd = tracee_take_fd((pid_t)notice->pid, number);
    if (job->fd < 0 && S_ISREG(what.st_mode)) { /* a regular file takes all of it or the disk is full */
        record_stream(process->image, LEDGER_STREAM_WROTE, what.st_dev, what.st_ino, number, job->bytes, job->length);
        free(job->bytes);
        free(job);
        return false;
    }
    if (job->fd < 0) return pass_unrecorded(job, "its open file cannot be shared here");
    if (S_ISREG(what.st_mode)) write_whole(job);
    else if (!write_now(job)) {
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, 64 * 1024);
        int failed = pthread_create(&thread, &attributes, work, job);
        pthread_attr_destroy(&attributes);
        if (!failed) return true;
        write_whole(job);
    }
    finish(job);
    return true;
}

/* Reading /dev/null is a fact; reading anything else that was inherited is more than a key can hold. */
void stream_read(struct process *process, const struct seccomp_notif *notice) {
    struct stat what;
    bool maps = notice->data.nr == SYS_mmap;
    int number = (int)notice->data.args[maps ? 4 : 0];
    if (maps && notice->data.args[3] & MAP_ANONYMOUS) return; /* the number means nothing */
    if (!process->image || tracee_stat_fd((pid_t)notice->pid, number, &what)) return;
    if (S_ISCHR(what.st_mode) && what.st_rdev == NULL_DEVICE) record_env(process->image, STDIN_IS_NULL);
    else if (stream_is_watched(process->image, &what)) record_stream(process->image, LEDGER_STREAM_READ, what.st_dev, what.st_ino, number, NULL, 0);
    else if (number > 2 && stream_is_leaked(&what)) record_doubt(process->image, LEDGER_REASON_INHERITED, "");
}

/* What the kernel will write later to a descriptor that is named in memory. */
void stream_submitted(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    for (uint64_t i = 0; i < args[1] && i < PIECES_MAX; i++) {
        uint64_t at;
        struct iocb block;
        struct stat what;
        if (tracee_read((pid_t)notice->pid, args[2] + i * 8, &at, 8) || tracee_read((pid_t)notice->pid, at, &block, sizeof block)) return;
        if (is_stream(process, (pid_t)notice->pid, (int)block.aio_fildes, &what)) record_doubt(process->image, LEDGER_REASON_STREAM_LOST, "io_submit");
    }
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

/* Bytes that move between descriptors inside the kernel: refused where one end is an inherited stream to write to. */
bool stream_copies(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    struct stat what;
    int in, out;
    switch (notice->data.nr) {
    case SYS_sendfile: out = (int)args[0], in = (int)args[1]; break;
    case SYS_vmsplice: out = in = (int)args[0]; break;
    case SYS_tee: in = (int)args[0], out = (int)args[1]; break;
    default: in = (int)args[0], out = (int)args[2]; break;
    }
    if (is_stream(process, (pid_t)notice->pid, out, &what)) {
        notify_error(notice->id, EINVAL);
        return true;
    }
    if (is_stream(process, (pid_t)notice->pid, in, &what))
        record_stream(process->image, LEDGER_STREAM_READ, what.st_dev, what.st_ino, in, NULL, 0);
    return false;
}

/* One of the first three, or a leaked one, gets another number. Shells put theirs aside at 10 or
 * above while a command's redirection lasts, and never read from there. */
void stream_duplicated(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    struct stat what;
    int nr = notice->data.nr;
    if ((nr == SYS_dup2 || nr == SYS_dup3) && args[1] <= 2) return;
    if (!process->image || tracee_stat_fd((pid_t)notice->pid, (int)args[0], &what)) return;
    if (!stream_is_watched(process->image, &what) && !stream_is_leaked(&what)) return;
    image_aliased(process->image);
    bool put_aside = nr == SYS_fcntl && args[2] >= 10;
    if (args[0] == 0 && !put_aside) record_stream(process->image, LEDGER_STREAM_READ, what.st_dev, what.st_ino, 0, NULL, 0);
}
