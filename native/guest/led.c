/* In a view without a mount (../redirect/) nothing is recorded, and the supervisor carries out what names a file. Where
 * the table it shares (../shown.h) says that the kernel finds in a directory what the view has there, looking at a name
 * needs nobody: the call is made here, through the gate. A link is not followed here, for it may lead anywhere. */
#define stat64 header_stat64 /* as in files.c */
#define lstat64 header_lstat64
#define fstatat64 header_fstatat64
#define fstat64 header_fstat64
#include <fcntl.h>
#include "raw.h"
#undef stat64
#undef lstat64
#undef fstatat64
#undef fstat64

enum { EMPTY_PATH = 0x1000, NOENT = 2, INTR = 4, NOTDIR = 20, LOOP = 40 };
/* What asks for more than the bytes or names of what is there. */
#define NOT_READING (O_ACCMODE | O_CREAT | O_TRUNC | O_PATH | (__O_TMPFILE & ~O_DIRECTORY) | O_ASYNC)

/* The directory that a relative path begins at, by its real name: of one that is not shown that is in no table. */
static long begin_at(int dirfd, char *into) {
    if (dirfd == AT_FDCWD) {
        long got = gate4(__NR_getcwd, (long)into, GUEST_PATH_MAX, 0, 0);
        return got > 1 && into[0] == '/' ? got - 1 : -1;
    }
    return dirfd < 0 ? -1 : guest_descriptor_path(dirfd, into);
}

static int is_in_table(const char *path, size_t length) { return shown_holds(guest.shown, shown_hash(path, length)); }

/* Puts `path` behind the real name of a directory, which is in `into`, as text: ".." only behind what is no link. -1: it cannot be. */
static long append(char *into, size_t at, const char *path) {
    size_t real = at;
    while (*path) {
        size_t length = 0;
        while (path[length] && path[length] != '/') length++;
        int is_dot = length == 1 && path[0] == '.', is_up = length == 2 && path[0] == '.' && path[1] == '.';
        if (path[length] == 0 && (length == 0 || is_dot || is_up)) return -1; /* the directory itself */
        if (is_up) {
            if (at > real && !is_in_table(into, at)) return -1;
            while (at > 0 && into[--at] != '/') continue;
            if (at < real) real = at;
        } else if (length > 0 && !is_dot) {
            if (at + 1 + length >= GUEST_PATH_MAX) return -1;
            into[at++] = '/';
            for (size_t i = 0; i < length; i++) into[at + i] = path[i];
            at += length;
        }
        path += length;
        while (*path == '/') path++;
    }
    into[at] = 0;
    return (long)at;
}

/* With a slash behind it a link would be followed, whatever the flags. */
static int is_real_directory(const char *whole) {
    struct stat what;
    return gate4(__NR_newfstatat, AT_FDCWD, (long)whole, (long)&what, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(what.st_mode);
}

static size_t slash_before(const char *path, size_t at) {
    while (at > 0 && path[at] != '/') at--;
    return at;
}

/* Is a directory on the way missing in one that is shown? So compilers look for most headers. */
static int leads_nowhere(char *whole, size_t end) {
    struct stat what;
    while (end > 0) {
        size_t above = slash_before(whole, end - 1);
        if (is_in_table(whole, above)) {
            whole[end] = 0;
            return gate4(__NR_newfstatat, AT_FDCWD, (long)whole, (long)&what, AT_SYMLINK_NOFOLLOW) == -NOENT;
        }
        end = above;
    }
    return 0;
}

/* Is the path a name in a directory that is shown, or does it lead nowhere from one? */
static int is_shown(int dirfd, const char *path) {
    char whole[GUEST_PATH_MAX];
    if (!is_path(path) || atomic_load_explicit(&guest.shown->is_off, memory_order_acquire)) return 0;
    long begun = path[0] == '/' ? 0 : begin_at(dirfd, whole);
    long length = begun < 0 ? -1 : append(whole, begun > 1 ? (size_t)begun : 0, path);
    if (length < 0 || is_special(whole)) return 0;
    size_t end = slash_before(whole, (size_t)length);
    if (!is_in_table(whole, end)) return leads_nowhere(whole, end);
    return path[length_of(path) - 1] != '/' || is_real_directory(whole);
}

/* The supervisor's. No signal ends a look, but one that comes before the supervisor has taken the call ends that. */
static long ask(long number, long a, long b, long c, long d, long e) {
    long result;
    do result = raw6(number, a, b, c, d, e, 0);
    while (result == -INTR);
    return result;
}

/* The kernel's result, or -LOOP where the name is a link that is to be followed. */
static long look(int dirfd, const char *path, struct stat *into, int flags) {
    long result = gate4(__NR_newfstatat, dirfd, (long)path, (long)into, AT_SYMLINK_NOFOLLOW);
    return result == 0 && S_ISLNK(into->st_mode) && !(flags & AT_SYMLINK_NOFOLLOW) ? -LOOP : result;
}

long guest_led_open(int dirfd, const char *path, int flags, unsigned mode) {
    struct stat what;
    if (flags & NOT_READING & ~O_LARGEFILE || !is_shown(dirfd, path)) return raw4(__NR_openat, dirfd, (long)path, flags, mode);
    long fd = gate4(__NR_openat, dirfd, (long)path, flags | O_NOFOLLOW, 0);
    if (fd == -LOOP || fd == -NOTDIR) return raw4(__NR_openat, dirfd, (long)path, flags, mode); /* a link, perhaps */
    if (fd < 0 || guest.shown->gives_directories || raw4(__NR_fstat, fd, (long)&what, 0, 0) || !S_ISDIR(what.st_mode)) return fd;
    raw4(__NR_close, fd, 0, 0, 0); /* what names it will have is the supervisor's to know */
    return raw4(__NR_openat, dirfd, (long)path, flags, mode);
}

long guest_led_names(int fd, void *into, size_t room) {
    char name[GUEST_PATH_MAX];
    long length = fd < 0 || atomic_load_explicit(&guest.shown->is_off, memory_order_acquire) ? -1 : guest_descriptor_path(fd, name);
    if (length > 0 && is_in_table(name, (size_t)length)) return gate4(__NR_getdents64, fd, (long)into, (long)room, 0);
    return raw4(__NR_getdents64, fd, (long)into, (long)room, 0);
}

long guest_led_stat(int dirfd, const char *path, struct stat *into, int flags) {
    if (flags == EMPTY_PATH && dirfd >= 0 && is_address(path) && !path[0]) return raw4(__NR_fstat, dirfd, (long)into, 0, 0);
    struct stat what;
    long result = flags & ~AT_SYMLINK_NOFOLLOW || !is_address(into) || !is_shown(dirfd, path) ? -LOOP : look(dirfd, path, &what, flags);
    if (result == -LOOP) return ask(__NR_newfstatat, dirfd, (long)path, (long)into, flags, 0);
    if (result == 0) *into = what;
    return result;
}

long guest_led_statx(int dirfd, const char *path, int flags, unsigned mask, void *into) {
    struct stat what;
    long result = flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE) || !is_shown(dirfd, path) ? -LOOP : look(dirfd, path, &what, flags);
    if (result == -LOOP) return ask(__NR_statx, dirfd, (long)path, flags, mask, (long)into);
    return result ? result : gate5(__NR_statx, dirfd, (long)path, flags | AT_SYMLINK_NOFOLLOW, mask, (long)into);
}

long guest_led_access(int dirfd, const char *path, int mode) {
    struct stat what;
    long result = is_shown(dirfd, path) ? look(dirfd, path, &what, 0) : -LOOP;
    if (result == -LOOP) return ask(__NR_faccessat, dirfd, (long)path, mode, 0, 0);
    return result ? result : gate4(__NR_faccessat, dirfd, (long)path, mode, 0);
}

long guest_led_readlink(int dirfd, const char *path, char *into, size_t room) {
    return is_shown(dirfd, path) ? gate4(__NR_readlinkat, dirfd, (long)path, (long)into, (long)room) : ask(__NR_readlinkat, dirfd, (long)path, (long)into, (long)room, 0);
}
