/* Calls that change names: made, removed, renamed, linked. Outside the workspace they are carried out as they are, on our
 * copy of the path; in it they happen in `upper`, which hides what the workspace has. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "redirect.h"

static struct place place, other;

static int find(const struct asked *asked, int dirfd, uint64_t address, unsigned flags, struct place *into, char text[PATH_BYTES_MAX]) {
    int failed = tracee_path(asked->tid, address, text);
    if (failed) { /* nothing is looked for: what it holds is of an earlier call, maybe of another process */
        into->has_parent = false;
        return into->error = failed;
    }
    walk(asked->tid, dirfd, text, flags, into);
    return into->error;
}

/* A name that must be free. */
static int find_free(const struct asked *asked, int dirfd, uint64_t address, bool may_have_slash, struct place *into) {
    char text[PATH_BYTES_MAX];
    int failed = find(asked, dirfd, address, 0, into, text);
    if (!failed) return -EEXIST;
    if (failed != -ENOENT || !into->has_parent) return failed;
    return into->must_be_directory && !may_have_slash ? -ENOENT : 0;
}

static int make_directory(const struct asked *asked, int dirfd, uint64_t address, uint64_t mode) {
    struct fresh fresh;
    int failed = find_free(asked, dirfd, address, true, &place);
    if (failed) return failed;
    mode &= 01777; /* mkdir(2) */
    if (!place.is_inside) return mkdir(place.path, masked(asked, mode)) ? -errno : 0;
    if ((failed = fresh_begin(&place, &fresh))) return failed;
    failed = mkdirat(fresh.directory, fresh.name, masked(asked, mode)) ? -errno : 0;
    if (!failed && (place.is_whited_out || lower_knows(&place))) failed = mark_opaque(fresh.directory, fresh.name);
    return fresh_end(&place, &fresh, failed);
}

static int make_node(const struct asked *asked, int dirfd, uint64_t address, uint64_t mode, uint64_t device) {
    struct fresh fresh;
    if (S_ISDIR(mode)) return -EPERM;
    int failed = find_free(asked, dirfd, address, false, &place);
    if (failed) return failed;
    mode_t made = (mode_t)(mode & S_IFMT) | masked(asked, mode);
    if (!place.is_inside) return mknod(place.path, made, device) ? -errno : 0;
    if (S_ISCHR(mode) && device == WHITEOUT_DEVICE) return -EPERM; /* it means something in an overlay */
    if ((failed = fresh_begin(&place, &fresh))) return failed;
    return fresh_end(&place, &fresh, mknodat(fresh.directory, fresh.name, made, device) ? -errno : 0);
}

static int make_link(const struct asked *asked, uint64_t to, int dirfd, uint64_t address) {
    struct fresh fresh;
    char target[PATH_BYTES_MAX];
    int failed = tracee_path(asked->tid, to, target);
    if (!failed && target[0] == 0) failed = -ENOENT;
    if (!failed) failed = find_free(asked, dirfd, address, false, &place);
    if (failed) return failed;
    if (!place.is_inside) {
        walk_forget();
        return symlink(target, place.path) ? -errno : 0;
    }
    if ((failed = fresh_begin(&place, &fresh))) return failed;
    return fresh_end(&place, &fresh, symlinkat(target, fresh.directory, fresh.name) ? -errno : 0);
}

static int remove_name(const struct asked *asked, int dirfd, uint64_t address) {
    char text[PATH_BYTES_MAX];
    int failed = find(asked, dirfd, address, 0, &place, text);
    if (failed) return failed;
    if (!place.is_inside) return unlink(place.path) ? -errno : 0;
    if (S_ISDIR(place.what.st_mode)) return -EISDIR;
    if (place.layer == LOWER || lower_has(&place)) return make_whiteout(&place);
    return unlinkat(R.upper, inner(&place), 0) ? -errno : 0;
}

/* The last name as it is written, without slashes behind it. */
static bool ends_in(const char *text, const char *name) {
    size_t length = strlen(text), own = strlen(name);
    while (length > 0 && text[length - 1] == '/') length--;
    return length >= own && !strncmp(text + length - own, name, own) && (length == own || text[length - own - 1] == '/');
}

static int remove_directory(const struct asked *asked, int dirfd, uint64_t address) {
    char text[PATH_BYTES_MAX];
    int failed = find(asked, dirfd, address, 0, &place, text);
    if (failed) return failed;
    if (ends_in(text, ".")) return -EINVAL;
    if (ends_in(text, "..")) return -ENOTEMPTY;
    if (!place.is_inside) return rmdir(place.path) ? -errno : 0;
    if (!S_ISDIR(place.what.st_mode)) return -ENOTDIR;
    if (!strcmp(inner(&place), ".")) return -EBUSY;
    struct lent lent = {.is_lent = false};
    if (place.layer != LOWER) lend(&lent, inner(&place), 0700);
    failed = names_none(&place);
    if (!failed) failed = take_directory(&place);
    if (failed) give_back(&lent);
    return failed;
}

static int link_name(const struct asked *asked, int from_fd, uint64_t from, int to_fd, uint64_t to, uint64_t flags) {
    char text[PATH_BYTES_MAX], open_name[64];
    struct fresh fresh;
    int failed = tracee_path(asked->tid, from, text), fd = -1;
    if (failed) return failed;
    if (flags & ~(uint64_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) return -EINVAL;
    if (text[0] == 0 && flags & AT_EMPTY_PATH) fd = from_fd;
    else {
        walk(asked->tid, from_fd, text, flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0, &place);
        if (place.error) return place.error;
    }
    if ((failed = find_free(asked, to_fd, to, false, &other))) return failed;
    if (fd >= 0) snprintf(open_name, sizeof open_name, "/proc/%d/fd/%d", asked->tid, fd);
    if (fd >= 0 || place.is_magic) { /* a file without a name, which was opened in `upper` or outside */
        const char *nameless = fd >= 0 ? open_name : place.path;
        if (!other.is_inside) return linkat(AT_FDCWD, nameless, AT_FDCWD, other.path, AT_SYMLINK_FOLLOW) ? -errno : 0;
        struct stat what;
        if (stat(nameless, &what) || what.st_nlink) return -EXDEV; /* it has one, and may be of the real tree */
        if ((failed = fresh_begin(&other, &fresh))) return failed;
        return fresh_end(&other, &fresh, linkat(AT_FDCWD, nameless, fresh.directory, fresh.name, AT_SYMLINK_FOLLOW) ? -errno : 0);
    }
    if (place.is_inside != other.is_inside) return -EXDEV;
    if (!place.is_inside) return link(place.path, other.path) ? -errno : 0;
    if (S_ISDIR(place.what.st_mode)) return -EPERM;
    if ((failed = settle(&place, true))) return failed;
    if ((failed = fresh_begin(&other, &fresh))) return failed;
    return fresh_end(&other, &fresh, linkat(R.upper, inner(&place), fresh.directory, fresh.name, 0) ? -errno : 0);
}

static bool is_below(const char *path, const char *above) {
    size_t length = strlen(above);
    return !strncmp(path, above, length) && path[length] == '/';
}

/* What was moved away was hiding something, or came from there. */
static int leave_whiteout(const struct place *from) {
    struct stat what;
    if (!lower_has(from)) return 0;
    if (fstatat(R.upper, inner(from), &what, AT_SYMLINK_NOFOLLOW) == 0) return 0; /* two names of one file: rename(2) does nothing */
    return mknodat(R.upper, inner(from), S_IFCHR, WHITEOUT_DEVICE) ? -errno : 0;
}

static int move(struct place *from, struct place *to, bool exists) {
    bool is_directory = S_ISDIR(from->what.st_mode);
    if (exists && S_ISDIR(to->what.st_mode)) {
        struct lent lent = {.is_lent = false};
        if (to->layer != LOWER) lend(&lent, inner(to), 0700);
        int failed = !is_directory ? -EISDIR : names_none(to);
        give_back(&lent);
        if (failed) return failed;
    } else if (exists && is_directory) return -ENOTDIR;
    if (is_directory && from->layer != UPPER) return -EXDEV; /* as in an overlay: its content is what lies below */
    int failed = settle(from, true);
    if (!failed) failed = settle_parent(to);
    if (!failed && is_directory && (to->is_whited_out || lower_knows(to))) failed = mark_opaque(R.upper, inner(from));
    if (!failed && exists && S_ISDIR(to->what.st_mode) && to->layer != LOWER) {
        struct lent lent;
        lend(&lent, inner(to), 0700);
        failed = empty_of_whiteouts(to);
        give_back(&lent);
    }
    if (failed) return failed;
    shown_forget(inner(to));
    if (is_directory && to->is_whited_out) {
        if (renameat2(R.upper, inner(from), R.upper, inner(to), RENAME_EXCHANGE)) return -errno;
        return lower_has(from) || unlinkat(R.upper, inner(from), 0) == 0 ? 0 : -errno;
    }
    if (renameat(R.upper, inner(from), R.upper, inner(to))) return -errno;
    return leave_whiteout(from);
}

static int exchange(struct place *from, struct place *to) {
    for (struct place *at = from;; at = to) {
        if (S_ISDIR(at->what.st_mode) && at->layer != UPPER) return -EXDEV;
        int failed = settle(at, true);
        if (!failed && S_ISDIR(at->what.st_mode) && lower_knows(at == from ? to : from)) failed = mark_opaque(R.upper, inner(at));
        if (failed) return failed;
        shown_forget(inner(at));
        if (at == to) break;
    }
    return renameat2(R.upper, inner(from), R.upper, inner(to), RENAME_EXCHANGE) ? -errno : 0;
}

static int rename_name(const struct asked *asked, int from_fd, uint64_t from, int to_fd, uint64_t to, uint64_t flags) {
    char old[PATH_BYTES_MAX], new[PATH_BYTES_MAX];
    if (flags & ~(uint64_t)(RENAME_NOREPLACE | RENAME_EXCHANGE) || flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) return -EINVAL;
    int missing = find(asked, from_fd, from, 0, &place, old); /* the directories of both are looked for first */
    if (missing && !place.has_parent) return missing;
    int failed = find(asked, to_fd, to, 0, &other, new);
    if (failed && !other.has_parent) return failed;
    if (ends_in(old, ".") || ends_in(old, "..") || ends_in(new, ".") || ends_in(new, "..")) return -EBUSY;
    bool exists = !failed;
    if (missing || (failed && flags & RENAME_EXCHANGE)) return -ENOENT;
    if (exists && flags & RENAME_NOREPLACE) return -EEXIST;
    if (!exists && other.must_be_directory && !S_ISDIR(place.what.st_mode)) return -ENOTDIR;
    if (place.is_inside != other.is_inside) return -EXDEV;
    if (!place.is_inside) {
        if (!S_ISREG(place.what.st_mode)) walk_forget();
        return renameat2(AT_FDCWD, place.path, AT_FDCWD, other.path, (unsigned)flags) ? -errno : 0;
    }
    if (!strcmp(inner(&place), ".") || !strcmp(inner(&other), ".")) return -EBUSY;
    if (is_below(other.path, place.path)) return -EINVAL;
    if (is_below(place.path, other.path)) return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
    if (!strcmp(place.path, other.path)) return 0;
    return flags & RENAME_EXCHANGE ? exchange(&place, &other) : move(&place, &other, exists);
}

bool changes_names(const struct asked *asked) {
    int result;
    int one = (int)arg(asked, 0);
    switch (asked->notice->data.nr) {
    case SYS_mkdir: result = make_directory(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1)); break;
    case SYS_mkdirat: result = make_directory(asked, one, arg(asked, 1), arg(asked, 2)); break;
    case SYS_mknod: result = make_node(asked, AT_FDCWD, arg(asked, 0), arg(asked, 1), arg(asked, 2)); break;
    case SYS_mknodat: result = make_node(asked, one, arg(asked, 1), arg(asked, 2), arg(asked, 3)); break;
    case SYS_symlink: result = make_link(asked, arg(asked, 0), AT_FDCWD, arg(asked, 1)); break;
    case SYS_symlinkat: result = make_link(asked, arg(asked, 0), (int)arg(asked, 1), arg(asked, 2)); break;
    case SYS_unlink: result = remove_name(asked, AT_FDCWD, arg(asked, 0)); break;
    case SYS_rmdir: result = remove_directory(asked, AT_FDCWD, arg(asked, 0)); break;
    case SYS_unlinkat: result = arg(asked, 2) & AT_REMOVEDIR ? remove_directory(asked, one, arg(asked, 1)) : remove_name(asked, one, arg(asked, 1)); break;
    case SYS_link: result = link_name(asked, AT_FDCWD, arg(asked, 0), AT_FDCWD, arg(asked, 1), 0); break;
    case SYS_linkat: result = link_name(asked, one, arg(asked, 1), (int)arg(asked, 2), arg(asked, 3), arg(asked, 4)); break;
    case SYS_rename: result = rename_name(asked, AT_FDCWD, arg(asked, 0), AT_FDCWD, arg(asked, 1), 0); break;
    case SYS_renameat: result = rename_name(asked, one, arg(asked, 1), (int)arg(asked, 2), arg(asked, 3), 0); break;
    case SYS_renameat2: result = rename_name(asked, one, arg(asked, 1), (int)arg(asked, 2), arg(asked, 3), arg(asked, 4)); break;
    default: return false;
    }
    answer(asked, result);
    return true;
}
