/* Small files, of which an answer about a large run reads tens of thousands. */
#include "addon.h"

#include <fcntl.h>
#include <unistd.h>

/* Bytes of the file, or -errno. -EFBIG: as many as fit, and there may be more. */
static int64_t read_file(const char *path, uint8_t *into, size_t room)
{
    struct ledger_sig found;
    /* Without O_NONBLOCK a pipe without a writer would hold us here. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return -errno;
    int64_t count = -signature_of(fd, "", AT_EMPTY_PATH, &found);
    if (count == 0 && !S_ISREG(found.mode)) count = S_ISDIR(found.mode) ? -EISDIR : -EINVAL;
    for (ssize_t got = 1; count >= 0 && got > 0;) {
        if ((size_t)count == room) {
            count = -EFBIG;
            break;
        }
        do got = read(fd, into + count, room - (size_t)count);
        while (got < 0 && errno == EINTR);
        count = got < 0 ? -errno : count + got;
    }
    close(fd);
    return count;
}

/* readFile(path, bytes) -> count, or -errno (EISDIR, EINVAL: no regular file; EFBIG: not less than there is room for). */
napi_value addon_read_file(napi_env env, napi_callback_info call)
{
    napi_value arguments[2];
    char path[PATH_SPACE];
    int error;
    uint8_t *into;
    size_t room;
    if (!take_arguments(env, call, 2, arguments) || !take_path(env, arguments[0], path, &error) || !take_bytes(env, arguments[1], &into, &room)) return NULL;
    return give_int(env, error != 0 ? -error : read_file(path, into, room));
}
