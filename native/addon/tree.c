/* What views need of the kernel and Node does not offer: a directory that no link leads to, attributes of overlays,
 * owners, locks. */
#include "addon.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Attributes of one file. Source: XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h are 64 KiB. */
#define LIST_SPACE (64u * 1024u)
#define VALUE_SPACE 4096u

/* openWithin(root, relative) -> a descriptor (O_PATH) of that directory, or -errno. No component is a link (ELOOP) or leaves the root (EXDEV). ".": the root. */
napi_value addon_open_within(napi_env env, napi_callback_info call)
{
    char root[PATH_SPACE], relative[PATH_SPACE];
    int error;
    if (!take_two_paths(env, call, root, relative, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    int above = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (above < 0) return give_int(env, -errno);
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long found = syscall(SYS_openat2, above, relative, &how, sizeof how);
    int64_t result = found < 0 ? -errno : found;
    close(above);
    return give_int(env, result);
}

/* attribute(path, name) -> its bytes, or -errno (ENODATA: none of that name). A link itself is asked. */
napi_value addon_attribute(napi_env env, napi_callback_info call)
{
    char path[PATH_SPACE], name[PATH_SPACE], value[VALUE_SPACE];
    int error;
    if (!take_two_paths(env, call, path, name, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    ssize_t length = lgetxattr(path, name, value, sizeof value);
    return length < 0 ? give_int(env, -errno) : give_copy(env, value, (size_t)length);
}

/* removeAttributes(path, prefix) -> 0 or -errno. Those whose names begin so; where there are no attributes there are none. */
napi_value addon_remove_attributes(napi_env env, napi_callback_info call)
{
    char path[PATH_SPACE], prefix[PATH_SPACE];
    static char names[LIST_SPACE];
    int error;
    if (!take_two_paths(env, call, path, prefix, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    ssize_t length = llistxattr(path, names, sizeof names);
    if (length < 0) return give_int(env, errno == ENOTSUP ? 0 : -errno);
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (strncmp(name, prefix, strlen(prefix)) != 0) continue;
        if (lremovexattr(path, name) != 0 && errno != ENODATA) return give_int(env, -errno);
    }
    return give_int(env, 0);
}

/* owner(path) -> user (u32), group (u32), device that a device file stands for (u64); or -errno. */
napi_value addon_owner(napi_env env, napi_callback_info call)
{
    napi_value argument;
    char path[PATH_SPACE];
    int error;
    struct stat found;
    uint8_t *out;
    if (!take_arguments(env, call, 1, &argument) || !take_path(env, argument, path, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    if (syscall(SYS_newfstatat, AT_FDCWD, path, &found, AT_SYMLINK_NOFOLLOW) != 0) return give_int(env, -errno);
    napi_value result = give_buffer(env, 16, &out);
    if (result == NULL) return NULL;
    memcpy(out, &(uint32_t){found.st_uid}, 4);
    memcpy(out + 4, &(uint32_t){found.st_gid}, 4);
    memcpy(out + 8, &(uint64_t){found.st_rdev}, 8);
    return result;
}

/* setOwner(path, user, group) -> 0 or -errno. A link itself is changed. */
napi_value addon_set_owner(napi_env env, napi_callback_info call)
{
    napi_value arguments[3];
    char path[PATH_SPACE];
    int error;
    int64_t user, group;
    if (!take_arguments(env, call, 3, arguments) || !take_path(env, arguments[0], path, &error) ||
        !take_int(env, arguments[1], 0, UINT_MAX, &user) || !take_int(env, arguments[2], 0, UINT_MAX, &group))
        return NULL;
    if (error != 0) return give_int(env, -error);
    return give_int(env, lchown(path, (uid_t)user, (gid_t)group) == 0 ? 0 : -errno);
}

/* lock(fd) -> 0, or -errno (EWOULDBLOCK: somebody else has it). Of the open file: whoever inherits the descriptor holds it too. */
napi_value addon_lock(napi_env env, napi_callback_info call)
{
    napi_value argument;
    int64_t fd;
    if (!take_arguments(env, call, 1, &argument) || !take_int(env, argument, 0, INT_MAX, &fd)) return NULL;
    return give_int(env, flock((int)fd, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno);
}

/* syncFileSystem(fd) -> 0 or -errno. All that was written to the file system that `fd` is on is on the disk then. */
napi_value addon_sync_file_system(napi_env env, napi_callback_info call)
{
    napi_value argument;
    int64_t fd;
    if (!take_arguments(env, call, 1, &argument) || !take_int(env, argument, 0, INT_MAX, &fd)) return NULL;
    return give_int(env, syscall(SYS_syncfs, (int)fd) == 0 ? 0 : -errno);
}

/* makeWhiteout(path) -> 0 or -errno. What an overlay takes for "nothing is here"; no right is needed for it (Linux 5.8). */
napi_value addon_make_whiteout(napi_env env, napi_callback_info call)
{
    napi_value argument;
    char path[PATH_SPACE];
    int error;
    if (!take_arguments(env, call, 1, &argument) || !take_path(env, argument, path, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    return give_int(env, syscall(SYS_mknodat, AT_FDCWD, path, S_IFCHR, makedev(0, 0)) == 0 ? 0 : -errno);
}
