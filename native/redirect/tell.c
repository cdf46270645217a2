/* Calls that only tell what is there: from the layer that has it, into the process's memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "redirect.h"

static struct place place;

/* What is open in the view's own folders on another disk than the workspace's, or (R.is_fixed) in the workspace. The kernel tells of anything else what is so. `name`: that in the view. */
static bool is_mapped(const struct asked *asked, int fd, char link[64], char name[PATH_BYTES_MAX]) {
    snprintf(link, 64, "/proc/%d/fd/%d", asked->tid, fd);
    ssize_t got = R.maps_device || R.is_fixed ? readlink(link, name, PATH_BYTES_MAX - 1) : -1;
    if (got < 0) return false;
    name[got] = 0;
    if (view_name(name)) return true;
    return R.is_fixed && !strncmp(name, R.workspace, R.workspace_length) && (name[R.workspace_length] == '/' || name[R.workspace_length] == 0);
}

static void tells_open(const struct asked *asked, int fd, uint64_t into) {
    struct stat what;
    char link[64], name[PATH_BYTES_MAX];
    if (!is_mapped(asked, fd, link, name) || stat(link, &what)) return pass(asked);
    if (R.is_fixed) fixed_state(name, &what);
    else map_state(&what);
    answer_with(asked, &what, sizeof what, into, 0);
}

static void map_more(struct statx *more) {
    more->stx_ino |= UPPER_INODE;
    more->stx_dev_major = major(R.device);
    more->stx_dev_minor = minor(R.device);
}

static void tells_more_open(const struct asked *asked) {
    struct statx more;
    char link[64], name[PATH_BYTES_MAX];
    if (!is_mapped(asked, (int)arg(asked, 0), link, name) || syscall(SYS_statx, AT_FDCWD, link, 0, arg(asked, 3), &more)) return pass(asked);
    if (R.is_fixed) fixed_more(name, &more);
    else map_more(&more);
    answer_with(asked, &more, sizeof more, arg(asked, 4), 0);
}

static bool is_empty(const struct asked *asked, uint64_t address) {
    char first;
    return address == 0 || (tracee_read(asked->tid, address, &first, 1) == 0 && first == 0);
}

/* The path at `address`. False: it was answered. */
static bool finds(const struct asked *asked, int dirfd, uint64_t address, unsigned flags) {
    char text[PATH_BYTES_MAX];
    int failed = tracee_path(asked->tid, address, text);
    if (!failed && text[0] == 0 && flags & WALK_FOLD) { /* the descriptor itself, whatever it is */
        pass(asked);
        return false;
    }
    if (!failed) {
        walk(asked->tid, dirfd, text, flags & WALK_FOLLOW, &place);
        failed = place.error;
    }
    if (failed) answer(asked, failed);
    return !failed;
}

static bool is_fixed(void) { return R.is_fixed && place.is_inside; }

static void tells_state(const struct asked *asked, int dirfd, uint64_t address, uint64_t into, unsigned flags) {
    if (flags & WALK_FOLD && is_empty(asked, address)) return tells_open(asked, dirfd, into);
    if (!finds(asked, dirfd, address, flags)) return;
    if (is_fixed()) fixed_state(place.path, &place.what);
    else if (is_kernels(&place)) return pass(asked);
    answer_with(asked, &place.what, sizeof place.what, into, 0);
}

static void tells_more(const struct asked *asked) {
    uint64_t flags = arg(asked, 2);
    struct statx more;
    char name[PATH_BYTES_MAX];
    if (flags & AT_EMPTY_PATH && is_empty(asked, arg(asked, 1))) return tells_more_open(asked);
    if (!finds(asked, (int)arg(asked, 0), arg(asked, 1), (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_FOLD : 0))) return;
    if (is_kernels(&place) && !is_fixed()) return pass(asked);
    real_path(&place, name);
    if (syscall(SYS_statx, AT_FDCWD, name, AT_SYMLINK_NOFOLLOW | (flags & (AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC)), arg(asked, 3), &more)) return answer(asked, -errno);
    if (R.maps_device && (place.layer == UPPER || (place.layer == LOWER && lower_of(&place) != WORKSPACE))) map_more(&more);
    if (place.layer == BOTH) {
        struct statx below;
        folder_path(&place, name);
        if (syscall(SYS_statx, AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &below)) return answer(asked, -errno);
        if (R.maps_device && lower_of(&place) != WORKSPACE) map_more(&below);
        more.stx_ino = below.stx_ino;
        more.stx_nlink = below.stx_nlink;
        more.stx_dev_major = below.stx_dev_major;
        more.stx_dev_minor = below.stx_dev_minor;
    }
    if (place.layer == LOWER && lower_of(&place) == OUTPUTS) more.stx_blocks = (uint64_t)place.what.st_blocks;
    if (is_fixed()) fixed_more(place.path, &more);
    answer_with(asked, &more, sizeof more, arg(asked, 4), 0);
}

static void tells_access(const struct asked *asked, int dirfd, uint64_t address, uint64_t mode, uint64_t flags) {
    if (!finds(asked, dirfd, address, (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_FOLD : 0))) return;
    if (is_kernels(&place)) return pass(asked);
    char name[PATH_BYTES_MAX];
    real_path(&place, name);
    if (place.is_magic) return pass(asked);
    int failed = faccessat(AT_FDCWD, name, (int)mode, (int)(flags & AT_EACCESS)) ? -errno : 0;
    answer(asked, S_ISLNK(place.what.st_mode) ? 0 : failed);
}

static void tells_link(const struct asked *asked, int dirfd, uint64_t address, uint64_t into, uint64_t size) {
    char text[PATH_BYTES_MAX], target[PATH_BYTES_MAX];
    int failed = tracee_path(asked->tid, address, text);
    if (!failed && text[0] == 0) return pass(asked); /* a link that is open itself */
    if (!failed) {
        walk(asked->tid, dirfd, text, 0, &place);
        failed = place.error;
    }
    if (failed) return answer(asked, failed);
    if (!S_ISLNK(place.what.st_mode)) return answer(asked, -EINVAL);
    ssize_t got = place.is_inside ? readlinkat(layer_of(&place), inner(&place), target, sizeof target - 1) : readlink(place.path, target, sizeof target - 1);
    if (got < 0) return answer(asked, -errno);
    target[got] = 0;
    if (!strncmp(place.path, "/proc/", 6) && view_name(target)) got = (ssize_t)strlen(target);
    else if (is_kernels(&place)) return pass(asked);
    size_t length = (size_t)got < size ? (size_t)got : size;
    if (size == 0 || size > INT32_MAX) return answer(asked, -EINVAL);
    answer_with(asked, target, length, into, (int64_t)length);
}

static void tells_folder(const struct asked *asked) {
    if (walk_base(asked->tid, AT_FDCWD, &place)) return answer(asked, place.error);
    size_t length = strlen(place.path) + 1;
    if (length > arg(asked, 1)) answer(asked, -ERANGE);
    else answer_with(asked, place.path, length, arg(asked, 0), (int64_t)length);
}

static void tells_file_system(const struct asked *asked) {
    struct statfs what;
    char name[PATH_BYTES_MAX];
    if (!finds(asked, AT_FDCWD, arg(asked, 0), WALK_FOLLOW)) return;
    if (is_kernels(&place)) return pass(asked);
    real_path(&place, name);
    if (statfs(name, &what)) answer(asked, -errno);
    else answer_with(asked, &what, sizeof what, arg(asked, 1), 0);
}

bool tells(const struct asked *asked) {
    uint64_t flags;
    switch (asked->notice->data.nr) {
    case SYS_stat: return tells_state(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), WALK_FOLLOW), true;
    case SYS_fstat: return tells_open(asked, (int)arg(asked, 0), arg(asked, 1)), true;
    case SYS_lstat: return tells_state(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), 0), true;
    case SYS_newfstatat:
        flags = arg(asked, 3);
        return tells_state(asked, (int)arg(asked, 0), arg(asked, 1), arg(asked, 2), (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_FOLD : 0)), true;
    case SYS_statx: return tells_more(asked), true;
    case SYS_access: return tells_access(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), 0), true;
    case SYS_faccessat: return tells_access(asked, (int)arg(asked, 0), arg(asked, 1), arg(asked, 2), 0), true;
    case SYS_faccessat2: return tells_access(asked, (int)arg(asked, 0), arg(asked, 1), arg(asked, 2), arg(asked, 3)), true;
    case SYS_readlink: return tells_link(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), arg(asked, 2)), true;
    case SYS_readlinkat: return tells_link(asked, (int)arg(asked, 0), arg(asked, 1), arg(asked, 2), arg(asked, 3)), true;
    case SYS_getcwd: return tells_folder(asked), true;
    case SYS_statfs: return tells_file_system(asked), true;
    default: return false;
    }
}
