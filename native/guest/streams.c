/* Writing to inherited streams: the bytes are recorded when the kernel has taken them. */
#include <sys/uio.h>
#include "raw.h"

#define PIECES_MAX 1024

/* Blocked in a call, a thread may be cancelled at any moment; the C library allows it just so. */
extern int pthread_setcanceltype(int, int *) __attribute__((weak));
extern char __libc_single_threaded __attribute__((weak));
#define ASYNCHRONOUS 1

long guest_cancellable(call_way *call, long number, long one, long two, long three) {
    int before;
    if (!pthread_setcanceltype || !&__libc_single_threaded || __libc_single_threaded) return call(number, one, two, three, 0);
    pthread_setcanceltype(ASYNCHRONOUS, &before);
    long result = call(number, one, two, three, 0);
    pthread_setcanceltype(before, 0);
    return result;
}

int guest_is_stream(const struct stat *what) {
    for (uint32_t i = 0; i < guest.first->stream_count; i++)
        if (guest.first->streams[i].dev == what->st_dev && guest.first->streams[i].ino == what->st_ino) return 1;
    return 0;
}

/* An open file from outside that is none of the three streams: what goes there is in no entry. */
static int is_leaked(const struct stat *what) {
    for (uint64_t i = 0; i < guest.head->leaked_count; i++)
        if (guest.head->leaked[i].dev == what->st_dev && guest.head->leaked[i].ino == what->st_ino) return 1;
    return 0;
}

/* What to do with a write: nothing special, record it, or leave it to the supervisor. */
enum role { PLAIN, STREAM, UNCERTAIN };

static enum role role_of(int fd, struct stat *what) {
    const struct chunk_head *first = guest.first;
    if (first->stream_count >= CHUNK_STREAMS_MAX) return UNCERTAIN;
    if ((fd > 2 && !first->aliased) || raw4(__NR_fstat, fd, (long)what, 0, 0) != 0) return PLAIN;
    return guest_is_stream(what) ? STREAM : is_leaked(what) ? UNCERTAIN : PLAIN;
}

long guest_write(int fd, const void *bytes, size_t length) {
    struct stat what;
    enum role role = is_ready() ? role_of(fd, &what) : UNCERTAIN;
    if (role == UNCERTAIN) return raw4(__NR_write, fd, (long)bytes, (long)length, 0);
    long put = guest_cancellable(gate4, __NR_write, fd, (long)bytes, (long)length);
    if (put > 0 && role == STREAM) guest_stream(&what, fd, bytes, (size_t)put);
    return put;
}

HOOK ssize_t write(int fd, const void *bytes, size_t length) {
    may_cancel();
    return finish(guest_write(fd, bytes, length));
}

HOOK ssize_t writev(int fd, const struct iovec *pieces, int count) {
    struct stat what;
    may_cancel();
    enum role role = is_ready() && count >= 0 && count <= PIECES_MAX ? role_of(fd, &what) : UNCERTAIN;
    if (role == UNCERTAIN) return finish(raw4(__NR_writev, fd, (long)pieces, count, 0));
    long put = guest_cancellable(gate4, __NR_writev, fd, (long)pieces, count);
    if (put > 0 && role == STREAM) {
        size_t left = (size_t)put;
        for (int i = 0; i < count && left; i++) {
            size_t length = pieces[i].iov_len < left ? pieces[i].iov_len : left;
            guest_stream(&what, fd, pieces[i].iov_base, length);
            left -= length;
        }
    }
    return finish(put);
}
