/* Extended attributes: those of the overlay are nobody's business in the view, all others are a file's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "redirect.h"

static struct place place;

static bool is_ours(const char *name) { return !strncmp(name, OVERLAY_PREFIX, strlen(OVERLAY_PREFIX)); }

/* A path to what the call means. 1: the kernel may do it. */
static int find(const struct asked *asked, uint64_t address, bool follows, char real[PATH_BYTES_MAX]) {
    char text[PATH_BYTES_MAX];
    int failed = tracee_path(asked->tid, address, text);
    if (failed) return failed;
    walk(asked->tid, AT_FDCWD, text, follows ? WALK_FOLLOW : 0, &place);
    if (place.error) return place.error;
    real_path(&place, real);
    return is_kernels(&place);
}

static void read_one(const struct asked *asked, bool follows) {
    char real[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
    static char value[XATTR_SIZE_MAX];
    int found = find(asked, arg(asked, 0), follows, real);
    if (found < 0) return answer(asked, found);
    if (found) return pass(asked);
    if (tracee_path(asked->tid, arg(asked, 1), name)) return answer(asked, -ERANGE);
    if (is_ours(name)) return answer(asked, -ENODATA);
    uint64_t size = arg(asked, 3);
    ssize_t got = lgetxattr(real, name, value, size < sizeof value ? size : sizeof value);
    if (got < 0) answer(asked, -errno);
    else if (size == 0) answer(asked, got);
    else answer_with(asked, value, (size_t)got, arg(asked, 2), got);
}

static void read_names(const struct asked *asked, bool follows) {
    char real[PATH_BYTES_MAX];
    static char names[XATTR_LIST_MAX], kept[XATTR_LIST_MAX];
    int found = find(asked, arg(asked, 0), follows, real);
    if (found < 0) return answer(asked, found);
    if (found) return pass(asked);
    ssize_t got = llistxattr(real, names, sizeof names);
    size_t length = 0;
    for (const char *name = names; got > 0 && name < names + got; name += strlen(name) + 1) {
        if (is_ours(name)) continue;
        strcpy(kept + length, name);
        length += strlen(name) + 1;
    }
    if (got < 0) answer(asked, -errno);
    else if (arg(asked, 2) == 0) answer(asked, (int64_t)length);
    else if (length > arg(asked, 2)) answer(asked, -ERANGE);
    else answer_with(asked, kept, length, arg(asked, 1), (int64_t)length);
}

/* By descriptor: one of the workspace is open for reading at most, and its copy is meant. */
static int find_open(const struct asked *asked, int fd, char real[PATH_BYTES_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* as the process would name it */
    walk(asked->tid, AT_FDCWD, link, WALK_FOLLOW, &place);
    if (place.error == -ENOENT) return -EBADF;
    if (!place.error) real_path(&place, real);
    return place.error;
}

static int change(const struct asked *asked, bool is_open, bool follows, bool removes) {
    char real[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
    static char value[XATTR_SIZE_MAX];
    uint64_t size = removes ? 0 : arg(asked, 3);
    int failed = tracee_path(asked->tid, arg(asked, 1), name);
    if (!failed && strlen(name) > XATTR_NAME_MAX) failed = -ERANGE;
    if (!failed && is_ours(name)) failed = -EOPNOTSUPP;
    if (!failed && size > sizeof value) failed = -E2BIG;
    if (!failed && size) failed = tracee_read(asked->tid, arg(asked, 2), value, size);
    if (!failed) failed = is_open ? find_open(asked, (int)arg(asked, 0), real) : find(asked, arg(asked, 0), follows, real);
    if (failed < 0) return failed;
    if (place.is_inside && place.layer == LOWER && faccessat(layer_of(&place), inner(&place), W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW)) return -errno;
    if (place.is_inside && (failed = settle(&place, true)) < 0) return failed;
    real_path(&place, real);
    failed = place.is_magic ? (removes ? removexattr(real, name) : setxattr(real, name, value, size, (int)arg(asked, 4)))
                            : (removes ? lremovexattr(real, name) : lsetxattr(real, name, value, size, (int)arg(asked, 4)));
    return failed ? -errno : 0;
}

bool asks_attributes(const struct asked *asked) {
    switch (asked->notice->data.nr) {
    case SYS_getxattr: return read_one(asked, true), true;
    case SYS_lgetxattr: return read_one(asked, false), true;
    case SYS_listxattr: return read_names(asked, true), true;
    case SYS_llistxattr: return read_names(asked, false), true;
    case SYS_setxattr: return answer(asked, change(asked, false, true, false)), true;
    case SYS_lsetxattr: return answer(asked, change(asked, false, false, false)), true;
    case SYS_fsetxattr: return answer(asked, change(asked, true, true, false)), true;
    case SYS_removexattr: return answer(asked, change(asked, false, true, true)), true;
    case SYS_lremovexattr: return answer(asked, change(asked, false, false, true)), true;
    case SYS_fremovexattr: return answer(asked, change(asked, true, true, true)), true;
    default: return false;
    }
}
