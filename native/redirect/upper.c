/* How changes are kept: in the form of an overlay (Documentation/filesystems/overlayfs.rst), so that a view made here is
 * committed, or mounted, by any other tier. What is new is made beside its place where something must give way to it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "redirect.h"

static void fresh_name(char into[PATH_BYTES_MAX]) {
    static uint64_t count;
    snprintf(into, PATH_BYTES_MAX, "%d-%llu", getpid(), (unsigned long long)++count);
}

static void parent_of(const struct place *place, struct place *parent) {
    *parent = *place;
    *strrchr(parent->path, '/') = 0;
}

void lend(struct lent *lent, const char *name, mode_t rights) {
    struct stat what;
    lent->name = name;
    lent->is_lent = R.user != 0 && fstatat(R.upper, name, &what, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(what.st_mode) && (what.st_mode & rights) != rights && what.st_uid == R.user;
    if (!lent->is_lent) return;
    lent->mode = what.st_mode & 07777;
    fchmodat(R.upper, name, lent->mode | rights, 0);
}

void give_back(const struct lent *lent) {
    if (lent->is_lent) fchmodat(R.upper, lent->name, lent->mode, 0);
}

int mark_opaque(int directory, const char *name) {
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -errno;
    int failed = fsetxattr(fd, OPAQUE, "y", 1, 0) ? -errno : 0;
    close(fd);
    return failed;
}

/* All that a copy has of what it is a copy of, besides its content. Times last. */
static int take_over(int directory, const char *name, const struct stat *from) {
    const struct timespec times[2] = {from->st_atim, from->st_mtim};
    if ((from->st_uid != R.user || from->st_gid != getegid()) && fchownat(directory, name, from->st_uid, from->st_gid, AT_SYMLINK_NOFOLLOW))
        return errno == EPERM ? -EOVERFLOW : -errno; /* as in a namespace of users */
    if (!S_ISLNK(from->st_mode) && fchmodat(directory, name, from->st_mode & 07777, 0)) return -errno;
    return utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static void restore_times(const char *name, const struct stat *as) {
    const struct timespec times[2] = {as->st_atim, as->st_mtim};
    utimensat(R.upper, name, times, 0);
}

/* The directory `name`, which is there below, is in `upper` as well. */
static int settle_directory(const char *name) {
    struct stat above;
    struct below below;
    char parent[PATH_BYTES_MAX];
    if (fstatat(R.upper, name, &above, AT_SYMLINK_NOFOLLOW) == 0) return 0;
    snprintf(parent, sizeof parent, "%s", name);
    char *slash = strrchr(parent, '/');
    if (slash) *slash = 0;
    else strcpy(parent, ".");
    int failed = settle_directory(parent);
    if (!failed) failed = below_from_root(name, &below);
    if (failed) return failed;
    if (fstatat(R.upper, parent, &above, 0)) return -errno;
    struct lent lent;
    lend(&lent, parent, 0300);
    shown_forget(name);
    failed = mkdirat(R.upper, name, 0700) ? -errno : take_over(R.upper, name, &below.what);
    restore_times(parent, &above);
    give_back(&lent);
    return failed;
}

int settle_parent(const struct place *place) {
    static struct place parent;
    parent_of(place, &parent);
    return settle_directory(inner(&parent));
}

static bool copies_by_kernel(int from, int to, off_t size) {
    if (ioctl(to, FICLONE, from) == 0) return true;
    while (size > 0) {
        ssize_t got = copy_file_range(from, NULL, to, NULL, (size_t)size, 0);
        if (got <= 0) return false;
        size -= got;
    }
    return true;
}

int copy_content(int from, int to, off_t size) {
    static char bytes[256 * 1024];
    if (size > 0 && copies_by_kernel(from, to, size)) return 0;
    off_t at = lseek(to, 0, SEEK_CUR); /* so far it came */
    for (;;) {
        ssize_t got = pread(from, bytes, sizeof bytes, at);
        if (got <= 0) return got < 0 ? -errno : 0;
        for (ssize_t put = 0; put < got;) {
            ssize_t wrote = pwrite(to, bytes + put, (size_t)(got - put), at + put);
            if (wrote < 0) return -errno;
            put += wrote;
        }
        at += got;
    }
}

static void copy_attributes(int from, int to) {
    char names[4096], value[4096];
    ssize_t length = flistxattr(from, names, sizeof names);
    for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
        if (!strncmp(name, OVERLAY_PREFIX, strlen(OVERLAY_PREFIX))) continue;
        ssize_t got = fgetxattr(from, name, value, sizeof value);
        if (got >= 0) fsetxattr(to, name, value, (size_t)got, 0);
    }
}

/* A copy in `work`; `place->what` becomes its status. */
static int copy_aside(struct place *place, const char *aside, bool with_content) {
    char target[PATH_BYTES_MAX];
    const char *name = inner(place);
    if (S_ISLNK(place->what.st_mode)) {
        ssize_t got = readlinkat(layer_of(place), name, target, sizeof target - 1);
        if (got < 0) return -errno;
        target[got] = 0;
        return symlinkat(target, R.work, aside) ? -errno : take_over(R.work, aside, &place->what);
    }
    if (!S_ISREG(place->what.st_mode)) return mknodat(R.work, aside, place->what.st_mode & (S_IFMT | 07777), place->what.st_rdev) ? -errno : take_over(R.work, aside, &place->what);
    int unbrought = with_content ? bring(place) : 0;
    if (unbrought) return unbrought;
    bool is_read = with_content && place->what.st_size > 0;
    int from = openat(layer_of(place), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (from < 0 && (is_read || errno != EACCES)) return -errno; /* what nobody reads may be closed to us */
    int to = openat(R.work, aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failed = to < 0 ? -errno : is_read ? copy_content(from, to, place->what.st_size) : 0;
    if (!failed && from >= 0) copy_attributes(from, to);
    if (!failed && lower_of(place) != OUTPUTS) fsetxattr(to, ORIGIN, "", 0, 0); /* it was there before; where does not matter */
    if (from >= 0) close(from);
    if (to >= 0) close(to);
    return failed ? failed : take_over(R.work, aside, &place->what);
}

int settle(struct place *place, bool with_content) {
    static struct place parent;
    struct stat above;
    char aside[PATH_BYTES_MAX];
    if (place->layer == UPPER || place->layer == BOTH) return 0;
    if (S_ISDIR(place->what.st_mode)) {
        int failed = settle_directory(inner(place));
        if (!failed) place->layer = BOTH;
        return failed;
    }
    int failed = settle_parent(place);
    if (failed) return failed;
    fresh_name(aside);
    failed = copy_aside(place, aside, with_content);
    parent_of(place, &parent);
    if (!failed && fstatat(R.upper, inner(&parent), &above, 0)) failed = -errno;
    if (!failed) {
        struct lent lent;
        lend(&lent, inner(&parent), 0300);
        failed = renameat(R.work, aside, R.upper, inner(place)) ? -errno : 0;
        restore_times(inner(&parent), &above); /* to its processes nothing happened to it */
        give_back(&lent);
    }
    if (failed) unlinkat(R.work, aside, 0);
    else if (fstatat(R.upper, inner(place), &place->what, AT_SYMLINK_NOFOLLOW)) failed = -errno;
    if (!failed) place->layer = UPPER, place->differs = true;
    return failed;
}

int make_whiteout(const struct place *place) {
    char aside[PATH_BYTES_MAX];
    int failed = settle_parent(place);
    if (failed) return failed;
    shown_forget(inner(place));
    if (place->layer == LOWER) return mknodat(R.upper, inner(place), S_IFCHR, WHITEOUT_DEVICE) ? -errno : 0;
    fresh_name(aside);
    if (mknodat(R.work, aside, S_IFCHR, WHITEOUT_DEVICE)) return -errno;
    if (renameat(R.work, aside, R.upper, inner(place)) == 0) return 0;
    failed = -errno;
    unlinkat(R.work, aside, 0);
    return failed;
}

int fresh_begin(const struct place *place, struct fresh *fresh) {
    int failed = settle_parent(place);
    if (failed) return failed;
    fresh->is_aside = place->is_whited_out;
    fresh->directory = fresh->is_aside ? R.work : R.upper;
    if (fresh->is_aside) fresh_name(fresh->name);
    else snprintf(fresh->name, sizeof fresh->name, "%s", inner(place));
    return 0;
}

int fresh_end(const struct place *place, const struct fresh *fresh, int failed) {
    if (!fresh->is_aside) return failed;
    if (!failed && renameat2(R.work, fresh->name, R.upper, inner(place), RENAME_EXCHANGE)) failed = -errno;
    if (unlinkat(R.work, fresh->name, 0) && errno == EISDIR) unlinkat(R.work, fresh->name, AT_REMOVEDIR);
    return failed;
}

/* What is left in a directory that is empty in the view. */
static void remove_whiteouts(int directory, const char *name) {
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        if (fd >= 0) close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list));) {
        struct stat what;
        if (fstatat(fd, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(what.st_mode) && what.st_rdev == WHITEOUT_DEVICE) unlinkat(fd, entry->d_name, 0);
    }
    closedir(list);
}

/* Nothing shows through any more, so that what hides is not needed. */
int empty_of_whiteouts(const struct place *place) {
    int failed = place->layer == BOTH ? mark_opaque(R.upper, inner(place)) : 0;
    if (!failed) remove_whiteouts(R.upper, inner(place));
    return failed;
}

int take_directory(const struct place *place) {
    char aside[PATH_BYTES_MAX];
    if (place->layer == LOWER) return make_whiteout(place);
    if (!lower_has(place)) {
        remove_whiteouts(R.upper, inner(place));
        return unlinkat(R.upper, inner(place), AT_REMOVEDIR) ? -errno : 0;
    }
    fresh_name(aside);
    if (mknodat(R.work, aside, S_IFCHR, WHITEOUT_DEVICE)) return -errno;
    if (renameat2(R.work, aside, R.upper, inner(place), RENAME_EXCHANGE)) {
        int failed = -errno;
        unlinkat(R.work, aside, 0);
        return failed;
    }
    remove_whiteouts(R.work, aside);
    unlinkat(R.work, aside, AT_REMOVEDIR);
    return 0;
}
