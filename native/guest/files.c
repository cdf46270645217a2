/* Opening and looking at files: what builds do most. Each hook handles the plain case
 * through the gate and leaves every other one to the supervisor by making the same call
 * outside it (`raw`). A call that failed for an unusual reason is made again that way:
 * it fails again, and is recorded. */
/* The headers' declarations of these would clash: on x86-64 their structures are those of the plain names. */
#define stat64 header_stat64
#define lstat64 header_lstat64
#define fstatat64 header_fstatat64
#define fstat64 header_fstat64
#define statx header_statx /* the structure as well */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/types.h>
#include "raw.h"
#undef stat64
#undef lstat64
#undef fstatat64
#undef fstat64
#undef statx

#define EMPTY_PATH 0x1000
#define NOT_PLAIN (O_DIRECTORY | O_PATH | __O_TMPFILE | O_ASYNC)
#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

static int is_absent(long result) { return result == -2 /* ENOENT */ || result == -20 /* ENOTDIR */; }

static long open_read(int dirfd, const char *path, int flags, const char *absolute) {
    struct stat what;
    uint16_t record_flags = flags & O_NOFOLLOW ? LEDGER_NOFOLLOW : 0;
    long fd = gate4(__NR_openat, dirfd, (long)path, flags, 0);
    if (fd < 0) {
        if (fd == -4 /* EINTR, of a FIFO */) return fd;
        if (!is_absent(fd)) return raw4(__NR_openat, dirfd, (long)path, flags, 0);
        guest_missing(record_flags, (int)-fd, absolute);
        return fd;
    }
    if (raw4(__NR_fstat, fd, (long)&what, 0, 0) != 0) return fd;
    if (S_ISREG(what.st_mode)) {
        guest_look(LEDGER_OPENED, record_flags, &what, absolute);
        return fd;
    }
    if (!S_ISDIR(what.st_mode)) { /* a FIFO, a device: opening it twice would be seen at the other end */
        raw4(FATHOM_CALL, FATHOM_OPENED, guest.image, (long)absolute, record_flags);
        return fd;
    }
    raw4(__NR_close, fd, 0, 0, 0); /* a directory: its names are the supervisor's to record */
    return raw4(__NR_openat, dirfd, (long)path, flags, 0);
}

/* What was there before makes no difference. */
static int replaces(int flags) { return (flags & O_TRUNC) && !(flags & O_EXCL); }

static long open_write(int dirfd, const char *path, int flags, unsigned mode, const char *absolute) {
    struct stat before;
    uint16_t record_flags = flags & O_NOFOLLOW ? LEDGER_NOFOLLOW : 0;
    long there = gate4(__NR_newfstatat, dirfd, (long)path, (long)&before, flags & (O_NOFOLLOW | O_EXCL) ? AT_SYMLINK_NOFOLLOW : 0);
    int exists = there == 0;
    if (!exists && (there != -2 || !(flags & O_CREAT))) return raw4(__NR_openat, dirfd, (long)path, flags, mode);
    if (exists && (!S_ISREG(before.st_mode) || (flags & O_EXCL) || guest_is_stream(&before) || guest_must_preserve(&before, absolute)))
        return raw4(__NR_openat, dirfd, (long)path, flags, mode);
    uint64_t seq = guest_seq();
    guest_changes(exists ? &before : 0, absolute);
    long fd = gate4(__NR_openat, dirfd, (long)path, flags, mode);
    if (fd < 0) return raw4(__NR_openat, dirfd, (long)path, flags, mode);
    int reads_only = (flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC);
    if (exists && (reads_only || ((flags & O_ACCMODE) == O_RDWR && !(flags & O_TRUNC)))) guest_look(LEDGER_OPENED, record_flags, &before, absolute);
    if (!exists || !reads_only) guest_look_at(exists ? guest_seq() : seq, LEDGER_WROTE, record_flags | (replaces(flags) ? LEDGER_TRUNCATED : 0), exists ? &before : 0, absolute);
    return fd;
}

long guest_open(int dirfd, const char *path, int flags, unsigned mode) {
    char buffer[GUEST_PATH_MAX];
    const char *absolute;
    if (is_led()) return guest_led_open(dirfd, path, flags, mode);
    if (!is_ready() || !is_path(path) || (flags & NOT_PLAIN & ~O_LARGEFILE) || guest_path(dirfd, path, buffer, &absolute))
        return raw4(__NR_openat, dirfd, (long)path, flags, mode);
    return flags & WRITES ? open_write(dirfd, path, flags, mode, absolute) : open_read(dirfd, path, flags, absolute);
}

static long open_at(int dirfd, const char *path, int flags, unsigned mode) {
    may_cancel();
    return guest_open(dirfd, path, flags, mode);
}

#define MODE_OF(flags, last)                                  \
    unsigned mode = 0;                                        \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                  \
        va_list rest;                                         \
        va_start(rest, last);                                 \
        mode = va_arg(rest, unsigned);                        \
        va_end(rest);                                         \
    }

HOOK int open(const char *path, int flags, ...) { MODE_OF(flags, flags) return (int)finish(open_at(AT_FDCWD, path, flags, mode)); }
HOOK int open64(const char *path, int flags, ...) { MODE_OF(flags, flags) return (int)finish(open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode)); }
HOOK int openat(int dirfd, const char *path, int flags, ...) { MODE_OF(flags, flags) return (int)finish(open_at(dirfd, path, flags, mode)); }
HOOK int openat64(int dirfd, const char *path, int flags, ...) { MODE_OF(flags, flags) return (int)finish(open_at(dirfd, path, flags | O_LARGEFILE, mode)); }
HOOK int __open_2(const char *path, int flags) { return (int)finish(open_at(AT_FDCWD, path, flags, 0)); }
HOOK int __open64_2(const char *path, int flags) { return (int)finish(open_at(AT_FDCWD, path, flags | O_LARGEFILE, 0)); }
HOOK int __openat_2(int dirfd, const char *path, int flags) { return (int)finish(open_at(dirfd, path, flags, 0)); }
HOOK int __openat64_2(int dirfd, const char *path, int flags) { return (int)finish(open_at(dirfd, path, flags | O_LARGEFILE, 0)); }
HOOK int creat(const char *path, unsigned mode) {
    return (int)finish(is_ready() ? open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode) : raw4(__NR_creat, (long)path, mode, 0, 0));
}
HOOK int creat64(const char *path, unsigned mode) { return creat(path, mode); }

static void note(long result, uint16_t flags, const struct stat *what, const char *absolute) {
    if (result == 0) guest_look(LEDGER_STATED, flags, what, absolute);
    else guest_missing(flags, (int)-result, absolute);
}

long guest_stat(int dirfd, const char *path, struct stat *into, int flags) {
    char buffer[GUEST_PATH_MAX];
    const char *absolute;
    if (is_led()) return guest_led_stat(dirfd, path, into, flags);
    if (is_ready() && (flags & EMPTY_PATH) && is_address(path) && !path[0]) return gate4(__NR_newfstatat, dirfd, (long)path, (long)into, flags);
    if (!is_ready() || !is_path(path) || guest_path(dirfd, path, buffer, &absolute)) return raw4(__NR_newfstatat, dirfd, (long)path, (long)into, flags);
    long result = gate4(__NR_newfstatat, dirfd, (long)path, (long)into, flags);
    if (result != 0 && !is_absent(result)) return raw4(__NR_newfstatat, dirfd, (long)path, (long)into, flags);
    note(result, flags & AT_SYMLINK_NOFOLLOW ? LEDGER_NOFOLLOW : 0, into, absolute);
    return result;
}

/* On x86-64 stat and stat64 are one. */
HOOK int stat(const char *path, struct stat *into) { return (int)finish(guest_stat(AT_FDCWD, path, into, 0)); }
HOOK int stat64(const char *path, struct stat *into) { return (int)finish(guest_stat(AT_FDCWD, path, into, 0)); }
HOOK int lstat(const char *path, struct stat *into) { return (int)finish(guest_stat(AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW)); }
HOOK int lstat64(const char *path, struct stat *into) { return (int)finish(guest_stat(AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW)); }
HOOK int fstatat(int dirfd, const char *path, struct stat *into, int flags) { return (int)finish(guest_stat(dirfd, path, into, flags)); }
HOOK int fstatat64(int dirfd, const char *path, struct stat *into, int flags) { return (int)finish(guest_stat(dirfd, path, into, flags)); }
HOOK int __xstat(int version, const char *path, struct stat *into) { (void)version; return (int)finish(guest_stat(AT_FDCWD, path, into, 0)); }
HOOK int __xstat64(int version, const char *path, struct stat *into) { (void)version; return (int)finish(guest_stat(AT_FDCWD, path, into, 0)); }
HOOK int __lxstat(int version, const char *path, struct stat *into) { (void)version; return (int)finish(guest_stat(AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW)); }
HOOK int __lxstat64(int version, const char *path, struct stat *into) { (void)version; return (int)finish(guest_stat(AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW)); }
HOOK int __fxstatat(int version, int dirfd, const char *path, struct stat *into, int flags) { (void)version; return (int)finish(guest_stat(dirfd, path, into, flags)); }
HOOK int __fxstatat64(int version, int dirfd, const char *path, struct stat *into, int flags) { (void)version; return (int)finish(guest_stat(dirfd, path, into, flags)); }

/* The C library's own fstat is newfstatat with an empty path, which the filter cannot tell from a look-up. */
static long stat_fd(int fd, struct stat *into) {
    return is_ready() || is_led() ? raw4(__NR_fstat, fd, (long)into, 0, 0) : raw4(__NR_newfstatat, fd, (long)"", (long)into, EMPTY_PATH);
}

HOOK int fstat(int fd, struct stat *into) { return (int)finish(stat_fd(fd, into)); }
HOOK int fstat64(int fd, struct stat *into) { return (int)finish(stat_fd(fd, into)); }
HOOK int __fxstat(int version, int fd, struct stat *into) { (void)version; return (int)finish(stat_fd(fd, into)); }
HOOK int __fxstat64(int version, int fd, struct stat *into) { (void)version; return (int)finish(stat_fd(fd, into)); }

static long statx_at(int dirfd, const char *path, int flags, unsigned mask, void *into) {
    char buffer[GUEST_PATH_MAX];
    const char *absolute;
    struct stat what;
    if (is_led()) return guest_led_statx(dirfd, path, flags, mask, into);
    if (is_ready() && (flags & EMPTY_PATH) && is_address(path) && !path[0]) return gate5(__NR_statx, dirfd, (long)path, flags, mask, (long)into);
    if (!is_ready() || !is_path(path) || guest_path(dirfd, path, buffer, &absolute)) return raw6(__NR_statx, dirfd, (long)path, flags, mask, (long)into, 0);
    /* Two calls, but neither is a notification: what is recorded is what stat(2) shows. */
    long result = gate4(__NR_newfstatat, dirfd, (long)path, (long)&what, flags & AT_SYMLINK_NOFOLLOW);
    if (result != 0 && !is_absent(result)) return raw6(__NR_statx, dirfd, (long)path, flags, mask, (long)into, 0);
    note(result, flags & AT_SYMLINK_NOFOLLOW ? LEDGER_NOFOLLOW : 0, &what, absolute);
    return result != 0 ? result : gate5(__NR_statx, dirfd, (long)path, flags, mask, (long)into);
}

#define NO_SUCH_CALL (-38) /* ENOSYS */

/* Source: makedev(3): 32 bits of major and of minor number, interleaved. */
static unsigned major_of(uint64_t device) { return (unsigned)((device >> 8 & 0xfff) | (device >> 32 & 0xfffff000)); }
static unsigned minor_of(uint64_t device) { return (unsigned)((device & 0xff) | (device >> 12 & 0xffffff00)); }

static struct statx_timestamp time_of(const struct timespec *from) { return (struct statx_timestamp){.tv_sec = from->tv_sec, .tv_nsec = (unsigned)from->tv_nsec}; }

/* Where a sandbox or a kernel has no statx, the C library answers from stat, and programs have nothing else.
 * Source: sysdeps/unix/sysv/linux/statx_generic.c and statx_cp.c of glibc. */
static long statx_from_stat(int dirfd, const char *path, int flags, struct header_statx *into) {
    struct stat what;
    long result = guest_stat(dirfd, path, &what, flags & ~AT_STATX_SYNC_TYPE);
    if (result != 0) return result;
    *into = (struct header_statx){
        .stx_mask = STATX_BASIC_STATS, .stx_blksize = (unsigned)what.st_blksize, .stx_nlink = (unsigned)what.st_nlink, .stx_uid = what.st_uid,
        .stx_gid = what.st_gid, .stx_mode = (unsigned short)what.st_mode, .stx_ino = what.st_ino, .stx_size = (uint64_t)what.st_size, .stx_blocks = (uint64_t)what.st_blocks,
        .stx_rdev_major = major_of(what.st_rdev), .stx_rdev_minor = minor_of(what.st_rdev),
        .stx_dev_major = major_of(what.st_dev), .stx_dev_minor = minor_of(what.st_dev),
        .stx_atime = time_of(&what.st_atim), .stx_ctime = time_of(&what.st_ctim), .stx_mtime = time_of(&what.st_mtim)};
    return 0;
}

HOOK int statx(int dirfd, const char *path, int flags, unsigned mask, void *into) {
    long result = statx_at(dirfd, path, flags, mask, into);
    return (int)finish(result == NO_SUCH_CALL ? statx_from_stat(dirfd, path, flags, into) : result);
}

static long access_at(int dirfd, const char *path, int mode, int flags) {
    char buffer[GUEST_PATH_MAX];
    const char *absolute;
    struct stat what;
    if (is_led() && !flags) return guest_led_access(dirfd, path, mode);
    if (flags || !is_ready() || !is_path(path) || guest_path(dirfd, path, buffer, &absolute)) return raw4(flags ? __NR_faccessat2 : __NR_faccessat, dirfd, (long)path, mode, flags);
    long result = gate4(__NR_newfstatat, dirfd, (long)path, (long)&what, 0);
    if (result != 0 && !is_absent(result)) return raw4(__NR_faccessat, dirfd, (long)path, mode, 0);
    note(result, 0, &what, absolute);
    return result != 0 || mode == 0 ? result : gate4(__NR_faccessat, dirfd, (long)path, mode, 0);
}

long guest_access(const char *path, int mode) {
    return is_ready() || is_led() ? access_at(AT_FDCWD, path, mode, 0) : raw4(__NR_access, (long)path, mode, 0, 0);
}

HOOK int access(const char *path, int mode) { return (int)finish(guest_access(path, mode)); }
HOOK int faccessat(int dirfd, const char *path, int mode, int flags) {
    long result = access_at(dirfd, path, mode, flags);
    /* A program that has more rights than its user is given no guest: both are the same here. */
    if (result == NO_SUCH_CALL && flags == AT_EACCESS) result = access_at(dirfd, path, mode, 0);
    return (int)finish(result);
}

static long readlink_at(int dirfd, const char *path, char *into, size_t room) {
    char buffer[GUEST_PATH_MAX];
    const char *absolute;
    if (is_led()) return guest_led_readlink(dirfd, path, into, room);
    if (!is_ready() || !is_path(path) || guest_path(dirfd, path, buffer, &absolute)) return raw4(__NR_readlinkat, dirfd, (long)path, (long)into, (long)room);
    long got = gate4(__NR_readlinkat, dirfd, (long)path, (long)into, (long)room);
    if (got >= 0 && (size_t)got < room && got < (long)ARENA_PATH_MAX) guest_readlink(0, absolute, into, (size_t)got);
    else if (got == -22 /* EINVAL: not a link */ && room > 0) guest_readlink(22, absolute, "", 0);
    else if (is_absent(got)) guest_missing(LEDGER_NOFOLLOW, (int)-got, absolute);
    else return raw4(__NR_readlinkat, dirfd, (long)path, (long)into, (long)room);
    return got;
}

long guest_readlink_of(const char *path, char *into, size_t room) {
    return is_ready() || is_led() ? readlink_at(AT_FDCWD, path, into, room) : raw4(__NR_readlink, (long)path, (long)into, (long)room, 0);
}

HOOK ssize_t readlink(const char *path, char *into, size_t room) { return finish(guest_readlink_of(path, into, room)); }
HOOK ssize_t readlinkat(int dirfd, const char *path, char *into, size_t room) { return finish(readlink_at(dirfd, path, into, room)); }
HOOK ssize_t __readlink_chk(const char *path, char *into, size_t room, size_t size) { return size < room ? finish(raw4(__NR_readlinkat, AT_FDCWD, (long)path, (long)into, (long)size)) : readlink(path, into, room); }

/* libuv and others make file calls by number. */
HOOK long syscall(long number, long a, long b, long c, long d, long e, long f) {
    switch (number) {
    case __NR_statx: return finish(statx_at((int)a, (const char *)b, (int)c, (unsigned)d, (void *)e));
    case __NR_openat: return finish(open_at((int)a, (const char *)b, (int)c, (unsigned)d));
    case __NR_open: return finish(open_at(AT_FDCWD, (const char *)a, (int)b, (unsigned)c));
    default: return finish(raw6(number, a, b, c, d, e, f));
    }
}
