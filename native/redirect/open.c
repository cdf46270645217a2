/* Opening: for reading from the layer that has it, for writing in `upper`, where it is copied to first. We open, and the
 * process gets the descriptor. Only what reads, and would find the same without us, is left to the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "redirect.h"

/* Source: devices.txt: null, zero, full, random ... are the same for everybody; what may be a terminal is not. */
#define MEMORY_DEVICES 1

struct opening { const struct asked *asked; struct place *place; uint64_t flags, mode; bool writes, makes; };

/* Its names are those of the real tree: never follow a link that was not followed before. */
static int open_in(int directory, const char *name, uint64_t flags, mode_t mode) {
    struct open_how how = {.flags = (flags & ~(uint64_t)O_CLOEXEC) | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    if (flags & O_PATH) how.flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, how.resolve = RESOLVE_BENEATH;
    if (how.flags & (O_CREAT | __O_TMPFILE)) how.mode = mode;
    int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL)) fd = openat(directory, name, (int)how.flags, mode); /* forbidden, before Linux 5.6, or flags that only open(2) ignores */
    return fd < 0 ? -errno : fd;
}

static void give(const struct opening *opening, int fd) {
    if (fd >= 0 && opening->flags & O_PATH) { /* such a descriptor cannot be handed out: it opens the same itself */
        char name[PATH_BYTES_MAX];
        folder_path(opening->place, name);
        close(fd);
        uint64_t args[6] = {(uint64_t)AT_FDCWD, 0, opening->flags | O_NOFOLLOW, 0, R.cookie};
        if (inject_named(opening->asked, SYS_openat, name, 1, args)) answer(opening->asked, -EACCES);
    } else if (fd < 0) answer(opening->asked, fd);
    else hand_out(opening->asked, fd, opening->flags);
}

/* Opening a pipe waits for its other end, and a signal ends that: so the process opens it itself, by its real name. */
static void waits_for_pipe(const struct opening *opening) {
    char name[PATH_BYTES_MAX];
    real_path(opening->place, name);
    if (inject_again(opening->asked, opening->asked->notice->data.nr != SYS_open && opening->asked->notice->data.nr != SYS_creat, name)) answer(opening->asked, -EACCES);
}

static void opens_directory(const struct opening *opening) {
    struct place *place = opening->place;
    if ((opening->flags & O_TMPFILE) == O_TMPFILE) {
        int failed = place->layer == LOWER ? settle(place, true) : 0;
        return give(opening, failed ? failed : open_in(R.upper, inner(place), opening->flags, masked(opening->asked, opening->mode)));
    }
    if (opening->makes && opening->flags & O_EXCL) return answer(opening->asked, -EEXIST);
    if (opening->writes || opening->makes) return answer(opening->asked, -EISDIR);
    if (opening->flags & O_PATH && !place->differs && lower_of(place) == WORKSPACE) return pass(opening->asked); /* the workspace's own */
    int fd = open_in(place->layer == UPPER ? R.upper : R.lowers[lower_of(place)].fd, inner(place), opening->flags, 0);
    if (fd >= 0 && (place->layer != UPPER || R.is_fixed) && !(opening->flags & O_PATH)) {
        int failed = listed_keep(fcntl(fd, F_DUPFD_CLOEXEC, 0), is_plain(place) && !R.is_fixed);
        if (failed) close(fd), fd = failed;
    }
    give(opening, fd);
}

static bool may_write(const struct place *place, uint64_t flags) {
    int wanted = W_OK | ((flags & O_ACCMODE) == O_RDWR || (flags & O_ACCMODE) == O_RDONLY ? R_OK : 0);
    return faccessat(layer_of(place), inner(place), wanted, AT_EACCESS) == 0;
}

static void opens_file(const struct opening *opening) {
    struct place *place = opening->place;
    if (opening->makes && opening->flags & O_EXCL) return answer(opening->asked, -EEXIST);
    if (opening->flags & O_DIRECTORY) return answer(opening->asked, -ENOTDIR);
    if (S_ISLNK(place->what.st_mode)) return opening->flags & O_PATH ? give(opening, open_in(layer_of(place), inner(place), opening->flags, 0)) : answer(opening->asked, -ELOOP);
    if (S_ISFIFO(place->what.st_mode) && !(opening->flags & O_PATH)) return waits_for_pipe(opening);
    if (opening->writes && place->layer == LOWER && S_ISREG(place->what.st_mode)) {
        int failed = may_write(place, opening->flags) ? settle(place, !(opening->flags & O_TRUNC)) : -EACCES;
        if (failed) return answer(opening->asked, failed);
    } else if (place->layer == LOWER && !place->differs && !opening->makes) return pass(opening->asked);
    int unbrought = bring(place);
    if (unbrought) return answer(opening->asked, unbrought);
    give(opening, open_in(layer_of(place), inner(place), opening->flags & ~(uint64_t)(O_CREAT | O_EXCL), 0));
}

static void makes_file(const struct opening *opening) {
    struct fresh fresh;
    if (opening->place->must_be_directory) return answer(opening->asked, -EISDIR);
    int fd = fresh_begin(opening->place, &fresh);
    if (!fd) fd = open_in(fresh.directory, fresh.name, opening->flags | O_CREAT | O_EXCL, masked(opening->asked, opening->mode));
    int failed = fd < 0 ? fd : fresh_end(opening->place, &fresh, 0);
    if (failed && fd >= 0) close(fd);
    give(opening, failed ? failed : fd);
}

static void opens_outside(const struct opening *opening) {
    const struct place *place = opening->place;
    bool is_there = !place->error, is_common = is_there && (S_ISREG(place->what.st_mode) || S_ISDIR(place->what.st_mode) || (S_ISCHR(place->what.st_mode) && major(place->what.st_rdev) == MEMORY_DEVICES));
    if (place->is_magic || (is_there && !is_common)) return pass(opening->asked); /* a pipe, a terminal, a socket */
    if (!opening->writes && !opening->makes && !place->differs) return pass(opening->asked);
    if (!strncmp(place->path, "/proc/", 6) && !place->differs) return pass(opening->asked); /* some of it is only for its own process */
    uint64_t flags = (opening->flags & ~(uint64_t)O_NOFOLLOW) | O_CLOEXEC | O_NOCTTY | (is_there && (opening->flags & O_PATH) == 0 ? O_NOFOLLOW : 0);
    int fd = open(place->path, (int)flags, masked(opening->asked, opening->mode));
    give(opening, fd < 0 ? -errno : fd);
}

void opens(const struct asked *asked, int dirfd, uint64_t address, uint64_t flags, uint64_t mode) {
    static struct place place;
    char text[PATH_BYTES_MAX];
    if (inject_is_again(asked->tid, address)) return pass(asked);
    int failed = tracee_path(asked->tid, address, text);
    if (failed) return answer(asked, failed);
    if (flags & O_PATH) flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    struct opening opening = {asked, &place, flags, mode, (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC, flags & O_CREAT};
    bool follows = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
    if (opening.makes && flags & O_DIRECTORY && (flags & O_TMPFILE) != O_TMPFILE) return answer(asked, -EINVAL);
    walk(asked->tid, dirfd, text, follows ? WALK_FOLLOW : 0, &place);
    bool is_new = place.error == -ENOENT && place.has_parent && opening.makes;
    if (place.error && !is_new) return answer(asked, place.error);
    if (!place.is_inside) return opens_outside(&opening);
    if (is_new) makes_file(&opening);
    else if (S_ISDIR(place.what.st_mode)) opens_directory(&opening);
    else opens_file(&opening);
}
