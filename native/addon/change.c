/* Changes: copies, times, renames. Nothing is ever overwritten by accident: a
 * copy insists on a new name. */
#include "addon.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIECE_BYTES (64u * 1024u)
/* One call copies at most this much, so that a stuck medium can be interrupted. */
#define RANGE_BYTES (1u << 30)

static int copy_by_reading(int from, int to, uint64_t *copied)
{
    uint8_t piece[PIECE_BYTES];
    for (;;) {
        ssize_t got = read(from, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return 0;
        for (ssize_t put = 0; put < got;) {
            ssize_t now = write(to, piece + put, (size_t)(got - put));
            if (now < 0 && errno == EINTR) continue;
            if (now < 0) return errno;
            put += now;
        }
        *copied += (uint64_t)got;
    }
}

static int copy_content(int from, int to, uint64_t size)
{
    uint64_t copied = 0;
    if (size == 0) return 0;
    if (ioctl(to, FICLONE, from) == 0) return 0;
    /* Both descriptors move on with each call, so reading takes over wherever this stops. */
    while (copied < size) {
        ssize_t now = syscall(SYS_copy_file_range, from, NULL, to, NULL, (size_t)RANGE_BYTES, 0);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) break;
        copied += (uint64_t)now;
    }
    /* Also the way to the true error, if there is one: copy_file_range has many that only mean "not here". */
    int error = copy_by_reading(from, to, &copied);
    if (error != 0) return error;
    return copied == size ? 0 : ECHANGED;
}

static int copy_one(const char *from_path, const char *to_path, unsigned permissions, struct ledger_sig *made)
{
    struct ledger_sig before, after;
    int from = open(from_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (from < 0) return errno;
    int error = signature_of(from, "", AT_EMPTY_PATH, &before);
    if (error == 0 && !S_ISREG(before.mode)) error = EINVAL;
    int to = error != 0 ? -1 : open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (error == 0 && to < 0) error = errno;
    if (to >= 0) {
        error = copy_content(from, to, before.size);
        if (error == 0) error = signature_of(from, "", AT_EMPTY_PATH, &after);
        if (error == 0 && memcmp(&before, &after, sizeof after) != 0) error = ECHANGED;
        if (error == 0 && fchmod(to, permissions) != 0) error = errno;
        if (error == 0) error = signature_of(to, "", AT_EMPTY_PATH, made);
        if (close(to) != 0 && error == 0 && errno != EINTR) error = errno; /* NFS tells of a full disk here */
        if (error != 0) unlink(to_path);
    }
    close(from);
    return error;
}

/* copyFile(from, to, permissions) -> signature of `to` (48 bytes), errno (u32). */
napi_value addon_copy_file(napi_env env, napi_callback_info call)
{
    napi_value arguments[3];
    char from[PATH_SPACE], to[PATH_SPACE];
    int from_error, error;
    int64_t permissions;
    uint8_t *out;
    if (!take_arguments(env, call, 3, arguments) || !take_path(env, arguments[0], from, &from_error) ||
        !take_path(env, arguments[1], to, &error) || !take_int(env, arguments[2], 0, 07777, &permissions))
        return NULL;
    struct ledger_sig made;
    memset(&made, 0, sizeof made);
    if (from_error != 0) error = from_error;
    if (error == 0) error = copy_one(from, to, (unsigned)permissions, &made);
    napi_value result = give_buffer(env, sizeof made + 4, &out);
    if (result == NULL) return NULL;
    memcpy(out, &made, sizeof made);
    memcpy(out + sizeof made, &(uint32_t){(uint32_t)error}, 4);
    return result;
}

/* setModified(path, mtimeNs: bigint) -> 0 or -errno. A link itself is changed, not what it points to. */
napi_value addon_set_modified(napi_env env, napi_callback_info call)
{
    napi_value arguments[2];
    char path[PATH_SPACE];
    int error;
    int64_t ns;
    if (!take_arguments(env, call, 2, arguments) || !take_path(env, arguments[0], path, &error) ||
        !take_bigint(env, arguments[1], &ns))
        return NULL;
    if (error != 0) return give_int(env, -error);
    int64_t second = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) second--, rest += 1000000000;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = second, .tv_nsec = rest}};
    return give_int(env, utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno);
}

/* rename(from, to, flags) -> 0 or -errno. flags: RENAME_NOREPLACE 1, RENAME_EXCHANGE 2. */
napi_value addon_rename(napi_env env, napi_callback_info call)
{
    napi_value arguments[3];
    char from[PATH_SPACE], to[PATH_SPACE];
    int from_error, error;
    int64_t flags;
    if (!take_arguments(env, call, 3, arguments) || !take_path(env, arguments[0], from, &from_error) ||
        !take_path(env, arguments[1], to, &error) ||
        !take_int(env, arguments[2], 0, RENAME_NOREPLACE | RENAME_EXCHANGE, &flags))
        return NULL;
    if (from_error != 0 || error != 0) return give_int(env, -ENAMETOOLONG);
    long done = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, (unsigned)flags);
    return give_int(env, done == 0 ? 0 : -errno);
}
