/* Pseudo terminals, for programs that talk to a person: Node can use one and
 * cannot make one. */
#include "addon.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* 0 or -errno. */
static int set_size(int fd, int64_t columns, int64_t rows)
{
    const struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* 0 or -errno. ends[0]: a person's, ends[1]: the program's. */
static int open_pair(int64_t columns, int64_t rows, int ends[2])
{
    int unlocked = 0, error = 0;
    ends[0] = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0) return -errno;
    if (ioctl(ends[0], TIOCSPTLCK, &unlocked) < 0) error = -errno;
    /* Without a name, which another mount of devpts could make another terminal's: ioctl_tty(2). */
    if (!error && (ends[1] = ioctl(ends[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) error = -errno;
    if (!error && (error = set_size(ends[0], columns, rows))) close(ends[1]);
    if (error) close(ends[0]);
    return error;
}

static bool take_size(napi_env env, napi_value columns, napi_value rows, int64_t *x, int64_t *y)
{
    return take_int(env, columns, 1, USHRT_MAX, x) && take_int(env, rows, 1, USHRT_MAX, y);
}

/* openTerminal(columns, rows) -> two i32: the person's end, the program's; or -errno. */
napi_value addon_open_terminal(napi_env env, napi_callback_info call)
{
    napi_value arguments[2];
    int64_t columns, rows;
    if (!take_arguments(env, call, 2, arguments) || !take_size(env, arguments[0], arguments[1], &columns, &rows)) return NULL;
    int ends[2];
    const int error = open_pair(columns, rows, ends);
    return error ? give_int(env, error) : give_copy(env, ends, sizeof ends);
}

/* sizeTerminal(fd, columns, rows) -> 0 or -errno. */
napi_value addon_size_terminal(napi_env env, napi_callback_info call)
{
    napi_value arguments[3];
    int64_t fd, columns, rows;
    if (!take_arguments(env, call, 3, arguments) || !take_int(env, arguments[0], 0, INT_MAX, &fd) ||
        !take_size(env, arguments[1], arguments[2], &columns, &rows))
        return NULL;
    return give_int(env, set_size((int)fd, columns, rows));
}
