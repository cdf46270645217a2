/* Blocking calls on descriptors, for threads that may block (Node's own streams
 * cannot tell "nothing yet" from "the end", and read only ahead). */
#include "addon.h"

#include <limits.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 1 one of `events` or the end, 0 the time is over, or -errno. timeout_ms -1: for ever. */
static int wait_for(int fd, short events, int timeout_ms)
{
    struct pollfd one = {.fd = fd, .events = events};
    int ready = poll(&one, 1, timeout_ms);
    if (ready < 0) return -errno;
    if (ready > 0 && one.revents & POLLNVAL) return -EBADF;
    return ready;
}

/* poll(fd, timeoutMs) -> 1 reading would not block (bytes, end or error), 0 not within the time, or -errno (EINTR). */
napi_value addon_poll(napi_env env, napi_callback_info call)
{
    napi_value arguments[2];
    int64_t fd, timeout_ms;
    if (!take_arguments(env, call, 2, arguments) || !take_int(env, arguments[0], 0, INT_MAX, &fd) ||
        !take_int(env, arguments[1], -1, INT_MAX, &timeout_ms))
        return NULL;
    return give_int(env, wait_for((int)fd, POLLIN, (int)timeout_ms));
}

static napi_value read_at(napi_env env, int64_t fd, uint8_t *start, size_t count, const int64_t *position)
{
    for (;;) {
        ssize_t got = position == NULL ? read((int)fd, start, count) : pread((int)fd, start, count, *position);
        if (got >= 0) return give_int(env, got);
        if (errno != EINTR) return give_int(env, -errno);
    }
}

/* readInto(fd, bytes, offset, length) -> count, 0 at the end, or -errno. */
napi_value addon_read_into(napi_env env, napi_callback_info call)
{
    napi_value arguments[4];
    int64_t fd;
    uint8_t *start;
    size_t count;
    if (!take_arguments(env, call, 4, arguments) || !take_int(env, arguments[0], 0, INT_MAX, &fd) ||
        !take_slice(env, arguments[1], arguments[2], arguments[3], &start, &count))
        return NULL;
    return read_at(env, fd, start, count, NULL);
}

/* preadInto(fd, bytes, offset, length, position) -> count, 0 at the end, or -errno. */
napi_value addon_pread_into(napi_env env, napi_callback_info call)
{
    napi_value arguments[5];
    int64_t fd, position;
    uint8_t *start;
    size_t count;
    if (!take_arguments(env, call, 5, arguments) || !take_int(env, arguments[0], 0, INT_MAX, &fd) ||
        !take_slice(env, arguments[1], arguments[2], arguments[3], &start, &count) ||
        !take_int(env, arguments[4], 0, INT64_MAX, &position))
        return NULL;
    return read_at(env, fd, start, count, &position);
}

/* writeAll(fd, bytes, offset, length) -> length, or -errno; waits where the descriptor does not block. */
napi_value addon_write_all(napi_env env, napi_callback_info call)
{
    napi_value arguments[4];
    int64_t fd;
    uint8_t *start;
    size_t count;
    if (!take_arguments(env, call, 4, arguments) || !take_int(env, arguments[0], 0, INT_MAX, &fd) ||
        !take_slice(env, arguments[1], arguments[2], arguments[3], &start, &count))
        return NULL;
    for (size_t put = 0; put < count;) {
        ssize_t now = write((int)fd, start + put, count - put);
        if (now >= 0) {
            put += (size_t)now;
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return give_int(env, -errno);
        int ready = wait_for((int)fd, POLLOUT, -1);
        if (ready < 0 && ready != -EINTR) return give_int(env, ready);
    }
    return give_int(env, (int64_t)count);
}

/* takeDescriptor(process, fd) -> a descriptor of ours, or -errno. Source: pidfd_getfd(2); who may debug the process may do it. */
napi_value addon_take_descriptor(napi_env env, napi_callback_info call)
{
    napi_value arguments[2];
    int64_t process, fd;
    if (!take_arguments(env, call, 2, arguments) || !take_int(env, arguments[0], 1, INT_MAX, &process) ||
        !take_int(env, arguments[1], 0, INT_MAX, &fd))
        return NULL;
    int handle = (int)syscall(SYS_pidfd_open, (pid_t)process, 0);
    if (handle < 0) return give_int(env, -errno);
    int taken = (int)syscall(SYS_pidfd_getfd, handle, (int)fd, 0);
    int error = errno;
    close(handle);
    return give_int(env, taken < 0 ? -error : taken);
}
