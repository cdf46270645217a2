/* Locks that are only tried (fcntl(2)). The call goes to the supervisor, which has to know of it, and a signal whose
 * handler does not ask for calls to be restarted can end it before that has taken it. The kernel ends none so that does
 * not wait, so it is made again; but where the answer comes from another machine, a signal may be meant to end it. */
#include <fcntl.h>
#include <stdarg.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include "raw.h"

#define INTERRUPTED (-4)
/* Source: fcntl(2); the C library says these only to who defines _GNU_SOURCE, with other numbers for 32 bits. */
enum { OFD_SETLK = 37, OFD_SETLKW = 38, GETOWN_EX = 16, OWNER_IS_GROUP = 2 };
struct owner { int type, id; };

static int is_of_this_machine(int fd) {
    struct statfs on;
    if (failed(raw4(__NR_fstatfs, fd, (long)&on, 0, 0))) return 0;
    return on.f_type == EXT4_SUPER_MAGIC || on.f_type == XFS_SUPER_MAGIC || on.f_type == BTRFS_SUPER_MAGIC || on.f_type == TMPFS_MAGIC || on.f_type == OVERLAYFS_SUPER_MAGIC;
}

static long try_lock(int fd, int command, long what) {
    for (;;) {
        long result = raw4(__NR_fcntl, fd, command, what, 0);
        if (result != INTERRUPTED || !is_of_this_machine(fd)) return result;
    }
}

/* As the C library asks: the number of a group is below 0, and no error. */
static long owner_of(int fd) {
    struct owner owner;
    long result = raw4(__NR_fcntl, fd, GETOWN_EX, (long)&owner, 0);
    return failed(result) ? finish(result) : owner.type == OWNER_IS_GROUP ? -owner.id : owner.id;
}

static long do_fcntl(int fd, int command, long what) {
    switch (command) {
    case F_SETLK: case OFD_SETLK: return finish(try_lock(fd, command, what));
    case F_GETOWN: return owner_of(fd);
    case F_SETLKW: case OFD_SETLKW: return finish(guest_cancellable(raw4, __NR_fcntl, fd, command, what));
    default: return finish(raw4(__NR_fcntl, fd, command, what, 0));
    }
}

HOOK int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    long what = va_arg(rest, long);
    va_end(rest);
    return (int)do_fcntl(fd, command, what);
}

HOOK int fcntl64(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    long what = va_arg(rest, long);
    va_end(rest);
    return (int)do_fcntl(fd, command, what);
}
