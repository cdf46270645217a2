/* Calls that change what a file is, not where: mode, owner, times, length. By path or by descriptor; of one that is open
 * for reading below `upper` the copy there is meant. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>
#include "redirect.h"

/* Source: the kernel's table of calls, 6.6. */
enum { CALL_fchmodat2 = 452 };

static struct place place;

/* What is to be changed, open for nothing (O_PATH): its name is then /proc/self/fd/N, whatever else happens. */
static int take_place(bool with_content) {
    char name[PATH_BYTES_MAX];
    int failed = place.is_inside ? settle(&place, with_content) : 0;
    if (failed) return failed;
    real_path(&place, name);
    int fd = open(name, O_PATH | O_CLOEXEC | (place.is_magic ? 0 : O_NOFOLLOW));
    return fd < 0 ? -errno : fd;
}

/* Only who owns a file may do that, and of a copy everybody would be the owner. */
static bool may_own(void) { return !place.is_inside || place.layer != LOWER || R.user == 0 || place.what.st_uid == R.user; }

/* What has the name now was put there in place of what is open: it is no copy of anything (which has a mark), or of another kind. Outputs without their
 * bytes are copied without the mark. */
static bool is_replaced(int own, const struct place *at) {
    char name[PATH_BYTES_MAX];
    struct stat open_one;
    if (fstat(own, &open_one) || (open_one.st_mode & S_IFMT) != (at->what.st_mode & S_IFMT)) return true;
    if (at->layer != UPPER || !S_ISREG(at->what.st_mode)) return false;
    if (R.layers & 1u << OUTPUTS && faccessat(R.lowers[OUTPUTS].fd, inner(at), F_OK, AT_SYMLINK_NOFOLLOW) == 0) return false;
    real_path(at, name);
    return lgetxattr(name, ORIGIN, NULL, 0) < 0;
}

static int take_descriptor(const struct asked *asked, int fd) {
    char link[64], text[PATH_BYTES_MAX];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", asked->tid, fd);
    int own = open(link, O_PATH | O_CLOEXEC);
    if (own < 0) return errno == ENOENT ? -EBADF : -errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", own);
    ssize_t got = readlink(link, text, sizeof text - 1);
    if (got < 0) return close(own), -EBADF;
    text[got] = 0;
    if (text[0] != '/' || is_upper_name(text)) return own; /* a pipe, or in `upper` */
    view_name(text);
    walk(asked->tid, AT_FDCWD, text, 0, &place);
    if (!place.is_inside) return own;
    bool is_gone = !place.error && is_replaced(own, &place);
    close(own);
    if (place.error) return place.error; /* from below, and removed in the view */
    if (is_gone) return -ENOENT;
    return may_own() ? take_place(true) : -EPERM;
}

/* By path, or by a descriptor where there is none. */
static int take(const struct asked *asked, int dirfd, uint64_t address, uint64_t flags, bool is_for_owner) {
    char text[PATH_BYTES_MAX];
    int failed = tracee_path(asked->tid, address, text);
    if (failed) return failed;
    if (text[0] == 0 && flags & AT_EMPTY_PATH && dirfd != AT_FDCWD) return take_descriptor(asked, dirfd);
    walk(asked->tid, dirfd, text, (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_FOLD : 0), &place);
    if (place.error) return place.error;
    return is_for_owner && !may_own() ? -EPERM : take_place(true);
}

/* `fd` is closed. */
static int set_mode(int fd, uint64_t mode) {
    char name[64];
    struct stat what;
    if (fd < 0) return fd;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int failed = fstat(fd, &what) ? -errno : S_ISLNK(what.st_mode) ? -EOPNOTSUPP : chmod(name, (mode_t)mode & 07777) ? -errno : 0;
    close(fd);
    return failed;
}

static int set_owner(int fd, uint64_t user, uint64_t group) {
    if (fd < 0) return fd;
    int failed = fchownat(fd, "", (uid_t)user, (gid_t)group, AT_EMPTY_PATH) ? -errno : 0;
    close(fd);
    return failed;
}

static int set_times(int fd, const struct timespec *times) {
    if (fd < 0) return fd;
    int failed = utimensat(fd, "", times, AT_EMPTY_PATH) ? -errno : 0;
    if (failed == -EINVAL || failed == -ENOENT) { /* before Linux 5.8 */
        char name[64];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        failed = utimensat(AT_FDCWD, name, times, 0) ? -errno : 0;
    }
    close(fd);
    return failed;
}

enum unit { NANOSECONDS, MICROSECONDS, SECONDS };

static int change_times(const struct asked *asked, int dirfd, uint64_t address, uint64_t at, enum unit unit, uint64_t flags) {
    struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    int64_t words[4];
    if (at && tracee_read(asked->tid, at, words, unit == SECONDS ? 16 : 32)) return -EFAULT;
    for (int i = 0; at && i < 2; i++) {
        times[i].tv_sec = unit == SECONDS ? words[i] : words[i * 2];
        times[i].tv_nsec = unit == SECONDS ? 0 : unit == NANOSECONDS ? words[i * 2 + 1] : words[i * 2 + 1] * 1000;
        if (unit == MICROSECONDS && (words[i * 2 + 1] < 0 || words[i * 2 + 1] >= 1000000)) return -EINVAL;
    }
    if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT && unit == NANOSECONDS) return 0;
    bool is_now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
    int fd = address ? take(asked, dirfd, address, flags, !is_now) : take_descriptor(asked, dirfd);
    return set_times(fd, times);
}

static int cut(const struct asked *asked) {
    char text[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
    int64_t length = (int64_t)arg(asked, 1);
    int failed = tracee_path(asked->tid, arg(asked, 0), text);
    if (failed) return failed;
    if (length < 0) return -EINVAL;
    walk(asked->tid, AT_FDCWD, text, WALK_FOLLOW, &place);
    if (place.error) return place.error;
    if (S_ISDIR(place.what.st_mode)) return -EISDIR;
    if (!S_ISREG(place.what.st_mode)) return -EINVAL;
    if (place.is_inside && place.layer == LOWER && faccessat(layer_of(&place), inner(&place), W_OK, AT_EACCESS)) return -errno;
    if (place.is_inside) failed = settle(&place, length > 0);
    if (failed) return failed;
    real_path(&place, name);
    return truncate(name, length) ? -errno : 0;
}

bool changes(const struct asked *asked) {
    int one = (int)arg(asked, 0), result;
    switch (asked->notice->data.nr) {
    case SYS_chmod: result = set_mode(take(asked, AT_FDCWD, arg(asked, 0), 0, true), arg(asked, 1)); break;
    case SYS_fchmod: result = set_mode(take_descriptor(asked, one), arg(asked, 1)); break;
    case SYS_fchmodat: result = set_mode(take(asked, one, arg(asked, 1), 0, true), arg(asked, 2)); break;
    case CALL_fchmodat2: result = set_mode(take(asked, one, arg(asked, 1), arg(asked, 3), true), arg(asked, 2)); break;
    case SYS_chown: result = set_owner(take(asked, AT_FDCWD, arg(asked, 0), 0, true), arg(asked, 1), arg(asked, 2)); break;
    case SYS_lchown: result = set_owner(take(asked, AT_FDCWD, arg(asked, 0), AT_SYMLINK_NOFOLLOW, true), arg(asked, 1), arg(asked, 2)); break;
    case SYS_fchown: result = set_owner(take_descriptor(asked, one), arg(asked, 1), arg(asked, 2)); break;
    case SYS_fchownat: result = set_owner(take(asked, one, arg(asked, 1), arg(asked, 4), true), arg(asked, 2), arg(asked, 3)); break;
    case SYS_utime: result = change_times(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), SECONDS, 0); break;
    case SYS_utimes: result = change_times(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), MICROSECONDS, 0); break;
    case SYS_futimesat: result = change_times(asked, one, arg(asked, 1), arg(asked, 2), MICROSECONDS, 0); break;
    case SYS_utimensat: result = change_times(asked, one, arg(asked, 1), arg(asked, 2), NANOSECONDS, arg(asked, 3)); break;
    case SYS_truncate: result = cut(asked); break;
    default: return false;
    }
    answer(asked, result);
    return true;
}
