/* What a trapped call means. We see it before it happens: what it will find is looked up
 * here, recorded, and the process goes on. The state that is recorded is compared again
 * when the unit is stored, so a change in between is a doubt and not a wrong entry. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "look.h"
#include "machine.h"
#include "mapped.h"
#include "refusal.h"
#include "signals.h"

#define CREATES (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR)

static char path[PATH_BYTES_MAX * 2], other[PATH_BYTES_MAX * 2];

struct call { struct process *process; struct image *image; const struct seccomp_notif *notice; pid_t tid; };

static uint64_t argument(const struct call *call, int n) { return call->notice->data.args[n]; }

/* The path a call names, into `into`. False: there is none to record, or it cannot be known (which is then recorded). */
static bool named(const struct call *call, int dirfd, uint64_t address, char *into, bool may_be_empty) {
    char text[PATH_BYTES_MAX];
    int failed = tracee_path(call->tid, address, text);
    if (failed == -EFAULT || failed == -ENAMETOOLONG) return false; /* the kernel refuses as well */
    if (!failed && text[0] == 0 && !may_be_empty) return false;
    if (!failed) failed = tracee_absolute(call->tid, dirfd, text, into);
    if (failed == -ENOENT || failed == -EBADF) return false;
    if (failed) record_doubt(call->image, LEDGER_REASON_PATH_UNKNOWN, strerror(-failed));
    return !failed;
}

/* /proc/self/exe and its like, asked about as the link that it is. */
static bool names_itself(const struct call *call, uint64_t address) {
    char text[PATH_BYTES_MAX];
    return !tracee_path(call->tid, address, text) && tracee_names_itself(call->tid, text);
}

/* A link that is about to go may have been followed before: where it led is told while it is there. */
static void leaves_link(const struct call *call, const struct stat *what, const char *name) {
    char target[PATH_BYTES_MAX];
    ssize_t got = S_ISLNK(what->st_mode) ? readlink(name, target, sizeof target - 1) : -1;
    if (got < 0) return;
    target[got] = 0;
    record_readlink(call->image, 0, name, target);
}

static bool was_seen(const struct stat *before, const char *name) {
    return arena_was_seen(S.head, arena_hash(name, strlen(name), 0)) || arena_was_seen(S.head, arena_file_hash(before->st_dev, before->st_ino));
}

/* The process waits until what is there is safe: somebody read or wrote it, and it is about to change. */
static bool must_preserve(const struct call *call, const struct stat *before, const char *name) {
    if (!call->image || !S_ISREG(before->st_mode) || before->st_size == 0) return false;
    return !arena_made_since(S.head, arena_hash(name, strlen(name), 0), image_makes_since(call->image));
}

static bool preserve(const struct call *call, const struct stat *before, const char *name) {
    return must_preserve(call, before, name) && was_seen(before, name) && node_preserve(call->notice->id, call->image->id, name);
}

static void seen(const struct call *call, const struct stat *what, uint16_t flags, const char *name) {
    record_path(call->image, LEDGER_STATED, flags, what, name);
}

/* /dev/stdout, /dev/fd/3 and their like where they are no file with a name: a pipe, a terminal, a socket. */
static bool opens_descriptor(const struct call *call, uint64_t flags, const char *name) {
    struct stat what;
    int fd = tracee_descriptor(call->tid, name);
    if (fd < 0) return false;
    if (tracee_stat_fd(call->tid, fd, &what) || S_ISREG(what.st_mode) || S_ISDIR(what.st_mode)) return false;
    bool writes = flags & (O_WRONLY | O_RDWR), reads = (flags & O_ACCMODE) != O_WRONLY;
    if (stream_is_leaked(&what) && !stream_is_watched(call->image, &what)) record_doubt(call->image, LEDGER_REASON_INHERITED, name);
    else if (stream_is_watched(call->image, &what)) {
        if (writes) image_aliased(call->image);
        if (reads && !(flags & O_PATH)) record_stream(call->image, LEDGER_STREAM_READ, what.st_dev, what.st_ino, fd, NULL, 0);
    }
    return true;
}

/* Opens `path`. */
static bool opens_named(const struct call *call, uint64_t flags) {
    struct stat what;
    if (opens_descriptor(call, flags, path)) return false;
    uint16_t record_flags = flags & O_NOFOLLOW ? LEDGER_NOFOLLOW : 0;
    bool makes = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL); /* open(2): then a link is not followed either */
    bool follow = !(flags & O_NOFOLLOW) && !makes;
    if (is_noise(path)) {
        if (flags & (CREATES & ~O_CREAT) && is_the_systems(path)) record_doubt(call->image, LEDGER_REASON_KERNEL_STATE, path);
        if (!strcmp(path, "/proc") || !strcmp(path, "/proc/")) record_doubt(call->image, LEDGER_REASON_PROCESSES, path);
        machine_told(call->image, path);
        if (tracee_names_other(call->tid, path)) record_doubt(call->image, LEDGER_REASON_HANDLE, path);
        return false;
    }
    if ((flags & O_TMPFILE) == O_TMPFILE) { /* a nameless file in that directory, which must be one */
        if (look(path, follow, &what)) record_path(call->image, LEDGER_TYPED, record_flags, &what, path);
        else record_nowhere(call->image, record_flags, path);
        return false;
    }
    if (is_shared_memory(path, flags)) record_doubt(call->image, LEDGER_REASON_SHARED_MEMORY, path);
    if (!look(path, follow, &what)) {
        bool is_absent = errno == ENOENT;
        if (is_absent && (flags & O_CREAT)) {
            strcpy(other, path);
            char *slash = strrchr(other, '/');
            *(slash == other ? slash + 1 : slash) = 0;
            uint16_t replaces = (flags & O_TRUNC) && !(flags & O_EXCL) ? LEDGER_TRUNCATED : 0; /* whatever is there */
            if (!parent_exists(path)) refuse(call->image), record_missing(call->image, 0, ENOENT, other);
            else if (!is_denied(call->image, path)) record_path(call->image, LEDGER_WROTE, record_flags | replaces, NULL, path);
        } else record_nowhere(call->image, record_flags, path);
        return false;
    }
    if (makes) {
        record_path(call->image, LEDGER_TYPED, LEDGER_NOFOLLOW, &what, path);
        return false;
    }
    switch (what.st_mode & S_IFMT) {
    case S_IFREG:
        if (flags & O_PATH) seen(call, &what, record_flags, path);
        else if (flags & (CREATES & ~O_CREAT)) {
            if (is_read_only(call->image, &what, path)) return false;
            bool waits = preserve(call, &what, path);
            if (stream_is_watched(call->image, &what)) record_doubt(call->image, LEDGER_REASON_STREAM_SEEK, path);
            if ((flags & O_ACCMODE) == O_RDWR && !(flags & O_TRUNC)) record_path(call->image, LEDGER_OPENED, record_flags, &what, path);
            record_path(call->image, LEDGER_WROTE, record_flags | (flags & O_TRUNC ? LEDGER_TRUNCATED : 0), &what, path);
            return waits;
        } else record_path(call->image, LEDGER_OPENED, record_flags, &what, path);
        return false;
    case S_IFDIR:
        if (flags & O_PATH || (flags & (CREATES & ~O_CREAT))) record_path(call->image, LEDGER_TYPED, record_flags, &what, path);
        else record_listed(call->image, record_flags, path);
        return false;
    case S_IFLNK: /* O_NOFOLLOW on a link fails, or opens the link itself */
        seen(call, &what, LEDGER_NOFOLLOW, path);
        return false;
    default:
        record_opened_special(call->image, record_flags, &what, flags, path);
        return false;
    }
}

static bool opens(const struct call *call, int dirfd, uint64_t address, uint64_t flags) { return named(call, dirfd, address, path, false) && opens_named(call, flags); }

static void looks(const struct call *call, int dirfd, uint64_t address, bool follow, bool may_be_empty) {
    struct stat what;
    char first = 0;
    if (may_be_empty && (tracee_read(call->tid, address, &first, 1) || first == 0)) return; /* fstat: the open was seen */
    if (!follow && names_itself(call, address)) return;
    if (!named(call, dirfd, address, path, false) || is_noise(path)) return;
    uint16_t flags = follow ? 0 : LEDGER_NOFOLLOW;
    if (look(path, follow, &what)) seen(call, &what, flags, path);
    else record_nowhere(call->image, flags, path);
}

static void types(const struct call *call, int dirfd, uint64_t address, bool follow) {
    struct stat what;
    if (!named(call, dirfd, address, path, true) || is_noise(path)) return;
    if (!look(path, follow, &what)) return record_nowhere(call->image, follow ? 0 : LEDGER_NOFOLLOW, path);
    record_path(call->image, LEDGER_TYPED, follow ? 0 : LEDGER_NOFOLLOW, &what, path);
    if (call->notice->data.nr == SYS_chdir && is_forbidden(&what, path, X_OK)) record_doubt(call->image, LEDGER_REASON_ERROR, path);
}

static void asks_access(const struct call *call, int dirfd, uint64_t address, bool follow, uint64_t how) {
    struct stat what;
    if (!named(call, dirfd, address, path, true) || is_noise(path)) return;
    uint16_t flags = follow ? 0 : LEDGER_NOFOLLOW;
    if (!look(path, follow, &what)) return record_nowhere(call->image, flags, path);
    seen(call, &what, flags, path);
    if (is_forbidden(&what, path, (int)how)) record_doubt(call->image, LEDGER_REASON_ERROR, path);
}

static void reads_link(const struct call *call, int dirfd, uint64_t address) {
    struct stat what;
    if (names_itself(call, address) || !named(call, dirfd, address, path, true) || is_noise(path)) return;
    if (!look(path, false, &what)) return record_nowhere(call->image, LEDGER_NOFOLLOW, path);
    other[0] = 0;
    if (!S_ISLNK(what.st_mode)) return record_readlink(call->image, EINVAL, path, "");
    ssize_t got = readlink(path, other, PATH_BYTES_MAX - 1);
    other[got < 0 ? 0 : got] = 0;
    if (got >= 0) record_readlink(call->image, 0, path, other);
}

/* Something new at a name that must be free: the caller records it when this says so. */
static bool is_free(const struct call *call, int dirfd, uint64_t address, char *into) {
    struct stat what;
    if (!named(call, dirfd, address, into, false)) return false;
    if (look(into, false, &what)) {
        record_path(call->image, LEDGER_TYPED, LEDGER_NOFOLLOW, &what, into);
        return false;
    }
    if (errno == ENOENT && parent_exists(into)) return !is_denied(call->image, into);
    refuse(call->image);
    record_nowhere(call->image, LEDGER_NOFOLLOW, into);
    return false;
}

static void symlinks(const struct call *call, int dirfd, uint64_t address) {
    if (is_free(call, dirfd, address, path) && !tracee_path(call->tid, argument(call, 0), other)) record_two(call->image, LEDGER_MADE_LINK, NULL, NULL, 0, path, other);
}

static bool removes(const struct call *call, int dirfd, uint64_t address, bool directory) {
    struct stat what;
    if (!named(call, dirfd, address, path, false)) return false;
    if (!look(path, false, &what)) {
        record_nowhere(call->image, LEDGER_NOFOLLOW, path);
        return false;
    }
    if (directory != (bool)S_ISDIR(what.st_mode)) record_path(call->image, LEDGER_TYPED, LEDGER_NOFOLLOW, &what, path);
    else if (directory && !is_empty_directory(path)) record_listed(call->image, LEDGER_NOFOLLOW, path);
    else if (!is_denied(call->image, path)) {
        bool waits = preserve(call, &what, path);
        leaves_link(call, &what, path);
        record_path(call->image, LEDGER_REMOVED, LEDGER_NOFOLLOW, &what, path);
        return waits;
    }
    return false;
}

static bool renames(const struct call *call, int from_fd, uint64_t from, int to_fd, uint64_t to, uint64_t flags) {
    struct stat moved, replaced;
    if (!named(call, from_fd, from, path, false) || !named(call, to_fd, to, other, false)) return false;
    if (!look(path, false, &moved)) {
        if (are_on_one_device(path, other)) refuse(call->image); /* else it is EXDEV, whatever is there */
        record_nowhere(call->image, LEDGER_NOFOLLOW, path);
        return false;
    }
    bool exists = look(other, false, &replaced);
    if (exists && (flags & 1 /* RENAME_NOREPLACE */)) {
        record_path(call->image, LEDGER_TYPED, LEDGER_NOFOLLOW, &replaced, other);
        return false;
    }
    if (!exists && (!parent_exists(other) || (flags & 2))) {
        if (!flags) refuse(call->image);
        record_missing(call->image, LEDGER_NOFOLLOW, ENOENT, other);
        return false;
    }
    if (exists && !(flags & 2) && S_ISDIR(replaced.st_mode) && !is_empty_directory(other)) {
        record_listed(call->image, LEDGER_NOFOLLOW, other);
        return false;
    }
    if (is_denied(call->image, path) || is_denied(call->image, other)) return false;
    /* It succeeds because nothing is there: mv moves a directory into another that has the name. */
    if (!exists && (flags & 1)) record_missing(call->image, LEDGER_NOFOLLOW, ENOENT, other);
    /* One notification can wait for one answer: the file that is lost comes first. */
    bool waits = preserve(call, &replaced, other) || preserve(call, &moved, path);
    leaves_link(call, &moved, path);
    leaves_link(call, &replaced, other);
    record_two(call->image, LEDGER_RENAMED, &moved, &replaced, flags & 2 /* RENAME_EXCHANGE */ ? LEDGER_EXCHANGED : 0, path, other);
    return waits;
}

static bool links(const struct call *call, int from_fd, uint64_t from, int to_fd, uint64_t to, uint64_t flags) {
    struct stat what;
    char text[PATH_BYTES_MAX];
    if (!is_free(call, to_fd, to, other)) { /* what is to be linked is looked for first */
        bool is_named = is_refused() && !tracee_path(call->tid, from, text) && text[0] && named(call, from_fd, from, path, true);
        if (is_named && !look(path, flags & AT_SYMLINK_FOLLOW, &what)) {
            refuse_with(errno);
            record_nowhere(call->image, LEDGER_NOFOLLOW, path);
        }
        return false;
    }
    if (tracee_path(call->tid, from, text)) return false;
    /* A nameless file (O_TMPFILE) gets its first name: it is simply new. */
    int fd = from_fd;
    bool by_descriptor = ((flags & AT_EMPTY_PATH) && text[0] == 0) || sscanf(text, "/proc/self/fd/%d", &fd) == 1;
    if (by_descriptor) {
        if (!tracee_stat_fd(call->tid, fd, &what) && what.st_nlink == 0) {
            record_path(call->image, LEDGER_WROTE, 0, NULL, other);
            return false;
        }
    }
    if (!named(call, from_fd, from, path, true)) return false;
    if (!look(path, flags & AT_SYMLINK_FOLLOW, &what)) {
        refuse(call->image);
        record_nowhere(call->image, LEDGER_NOFOLLOW, path);
        return false;
    }
    /* Another name changes the state by which the unit that made this file knows its content: cargo does so to what rustc made. */
    int64_t changed_ns = what.st_ctim.tv_sec * 1000000000ll + what.st_ctim.tv_nsec;
    bool is_young = changed_ns >= S.started_ns - lag_ns(changed_ns);
    bool waits = is_young && call->image && S_ISREG(what.st_mode) && what.st_size && node_preserve(call->notice->id, call->image->id, path);
    record_two(call->image, LEDGER_LINKED, &what, NULL, 0, path, other);
    return waits;
}

static bool changes(const struct call *call, int dirfd, uint64_t address, bool follow, uint32_t what_changes) {
    struct stat what;
    if (address == 0) { /* futimens: the descriptor itself */
        if (dirfd == AT_FDCWD || tracee_absolute(call->tid, dirfd, "", path)) return false;
    } else if (!named(call, dirfd, address, path, true)) return false;
    if (is_noise(path)) return false;
    if (!look(path, follow, &what)) {
        if (address) record_nowhere(call->image, follow ? 0 : LEDGER_NOFOLLOW, path); /* a descriptor's file may be deleted */
        return false;
    }
    if (is_somebody_elses(&what, path)) record_doubt(call->image, LEDGER_REASON_ERROR, path);
    int owner = call->notice->data.nr == SYS_fchownat ? 2 : 1;
    if (what_changes == 2 && owner_is_kept(&what, argument(call, owner), argument(call, owner + 1))) what_changes = 1;
    /* The change keeps the content, which the unit therefore relies on, seen before or not. */
    bool waits = must_preserve(call, &what, path) && node_preserve(call->notice->id, call->image->id, path);
    record_number(call->image, LEDGER_CHANGED, what_changes, &what, path);
    return waits;
}

/* Of a descriptor: `address` is 0. */
static void loses_attribute(const struct call *call, int fd, uint64_t address, bool follow, const char *name) {
    struct stat what;
    if (!address) snprintf(path, sizeof path, "/proc/%d/fd/%d", call->tid, fd);
    else if (!named(call, AT_FDCWD, address, path, false)) return;
    else if (!look(path, follow, &what)) return record_nowhere(call->image, follow ? 0 : LEDGER_NOFOLLOW, path);
    if (!attribute_is_absent(call->tid, path, follow, argument(call, 1))) record_doubt(call->image, LEDGER_REASON_XATTR, name);
    else if (address) seen(call, &what, follow ? 0 : LEDGER_NOFOLLOW, path);
}

static bool truncates(const struct call *call) {
    struct stat what;
    if (!named(call, AT_FDCWD, argument(call, 0), path, false)) return false;
    if (!look(path, true, &what)) return record_nowhere(call->image, 0, path), false;
    if (S_ISREG(what.st_mode) && is_read_only(call->image, &what, path)) return false;
    bool waits = preserve(call, &what, path);
    record_path(call->image, LEDGER_WROTE, argument(call, 1) == 0 ? LEDGER_TRUNCATED : 0, &what, path);
    return waits;
}

static void doubts(const struct call *call, enum ledger_reason reason, const char *name) { record_doubt(call->image, reason, name); }

static const struct { const char *name, *because; uint8_t decision; } table[] = {
#define CALL(name, number, decision, because) [number] = {#name, because, decision},
#include "../syscalls.def"
};

#define A(n) argument(call, n)
#define FD(n) ((int)argument(call, n))

static bool path_call(const struct call *call, int nr) {
    struct open_how how = {0};
    switch (nr) {
    case SYS_open: return opens(call, AT_FDCWD, A(0), A(1));
    case SYS_creat: return opens(call, AT_FDCWD, A(0), O_CREAT | O_WRONLY | O_TRUNC);
    case SYS_openat: return opens(call, FD(0), A(1), A(2));
    case SYS_openat2:
        if (tracee_read(call->tid, A(2), &how, sizeof how)) return false;
        if (how.resolve & RESOLVE_NO_SYMLINKS) how.flags |= O_NOFOLLOW; /* a link on the way is one of the path's facts */
        if (!(how.resolve & RESOLVE_IN_ROOT)) return opens(call, FD(0), A(1), how.flags);
        if (tracee_in_root(call->tid, FD(0), A(1), path)) return opens_named(call, how.flags);
        doubts(call, LEDGER_REASON_PATH_UNKNOWN, "openat2");
        return false;
    case SYS_stat: looks(call, AT_FDCWD, A(0), true, false); return false;
    case SYS_lstat: looks(call, AT_FDCWD, A(0), false, false); return false;
    case SYS_newfstatat: looks(call, FD(0), A(1), !(A(3) & AT_SYMLINK_NOFOLLOW), A(3) & AT_EMPTY_PATH); return false;
    case SYS_statx: looks(call, FD(0), A(1), !(A(2) & AT_SYMLINK_NOFOLLOW), A(2) & AT_EMPTY_PATH || A(1) == 0); return false;
    case SYS_access: asks_access(call, AT_FDCWD, A(0), true, A(1)); return false;
    case SYS_faccessat: asks_access(call, FD(0), A(1), true, A(2)); return false;
    case SYS_faccessat2: asks_access(call, FD(0), A(1), !(A(3) & AT_SYMLINK_NOFOLLOW), A(2)); return false;
    case SYS_readlink: reads_link(call, AT_FDCWD, A(0)); return false;
    case SYS_readlinkat: reads_link(call, FD(0), A(1)); return false;
    case SYS_getxattr: case SYS_listxattr: looks(call, AT_FDCWD, A(0), true, false); return false;
    case SYS_lgetxattr: case SYS_llistxattr: looks(call, AT_FDCWD, A(0), false, false); return false;
    case 464: case 465: case 468: looks(call, FD(0), A(1), !(A(2) & AT_SYMLINK_NOFOLLOW), A(2) & AT_EMPTY_PATH); return false;
    case SYS_chdir: types(call, AT_FDCWD, A(0), true); return false;
    case SYS_fchdir: return false; /* the open that came before was seen */
    case SYS_name_to_handle_at: types(call, FD(0), A(1), A(4) & AT_SYMLINK_FOLLOW); return false;
    case SYS_statfs: types(call, AT_FDCWD, A(0), true); return false;
    case SYS_inotify_add_watch: types(call, AT_FDCWD, A(1), true); return false;
    case SYS_uselib: doubts(call, LEDGER_REASON_UNKNOWN_CALL, "uselib"); return false;
    case SYS_mkdir: if (is_free(call, AT_FDCWD, A(0), path)) record_number(call->image, LEDGER_MADE_DIR, (uint32_t)A(1), NULL, path); return false;
    case SYS_mkdirat: if (is_free(call, FD(0), A(1), path)) record_number(call->image, LEDGER_MADE_DIR, (uint32_t)A(2), NULL, path); return false;
    case SYS_rmdir: return removes(call, AT_FDCWD, A(0), true);
    case SYS_unlink: return removes(call, AT_FDCWD, A(0), false);
    case SYS_unlinkat: return removes(call, FD(0), A(1), A(2) & AT_REMOVEDIR);
    case SYS_rename: return renames(call, AT_FDCWD, A(0), AT_FDCWD, A(1), 0);
    case SYS_renameat: return renames(call, FD(0), A(1), FD(2), A(3), 0);
    case SYS_renameat2:
        if (A(4) & 4) doubts(call, LEDGER_REASON_UNKNOWN_CALL, "RENAME_WHITEOUT");
        return renames(call, FD(0), A(1), FD(2), A(3), A(4));
    case SYS_symlink: symlinks(call, AT_FDCWD, A(1)); return false;
    case SYS_symlinkat: symlinks(call, FD(1), A(2)); return false;
    case SYS_link: return links(call, AT_FDCWD, A(0), AT_FDCWD, A(1), 0);
    case SYS_linkat: return links(call, FD(0), A(1), FD(2), A(3), A(4));
    case SYS_chmod: return changes(call, AT_FDCWD, A(0), true, 1);
    case SYS_fchmod: return changes(call, FD(0), 0, true, 1);
    case SYS_fchmodat: return changes(call, FD(0), A(1), true, 1);
    case 452 /* fchmodat2 */: return changes(call, FD(0), A(1), !(A(3) & AT_SYMLINK_NOFOLLOW), 1);
    case SYS_chown: return changes(call, AT_FDCWD, A(0), true, 2);
    case SYS_lchown: return changes(call, AT_FDCWD, A(0), false, 2);
    case SYS_fchown: return changes(call, FD(0), 0, true, 2);
    case SYS_fchownat: return changes(call, FD(0), A(1), !(A(4) & AT_SYMLINK_NOFOLLOW), 2);
    case SYS_utime: case SYS_utimes: return changes(call, AT_FDCWD, A(0), true, 4);
    case SYS_futimesat: return changes(call, FD(0), A(1), true, 4);
    case SYS_utimensat: return changes(call, FD(0), A(1), !(A(3) & AT_SYMLINK_NOFOLLOW), 4);
    case SYS_setxattr: case SYS_lsetxattr: case SYS_fsetxattr: {
        bool is_open = nr == SYS_fsetxattr;
        if (attribute_is_permissions(call->tid, A(1), A(2), A(3))) return changes(call, is_open ? FD(0) : AT_FDCWD, is_open ? 0 : A(0), nr != SYS_lsetxattr, 1);
        doubts(call, LEDGER_REASON_XATTR, table[nr].name);
        return false;
    }
    case SYS_removexattr: case SYS_lremovexattr: loses_attribute(call, -1, A(0), nr == SYS_removexattr, table[nr].name); return false;
    case SYS_fremovexattr: loses_attribute(call, FD(0), 0, true, table[nr].name); return false;
    case SYS_truncate: return truncates(call);
    case SYS_mknod: case SYS_mknodat: {
        bool at = nr == SYS_mknodat;
        uint32_t mode = (uint32_t)(at ? A(2) : A(1));
        if (!is_free(call, at ? FD(0) : AT_FDCWD, at ? A(1) : A(0), path)) return false;
        if (S_ISREG(mode) || (mode & S_IFMT) == 0) record_path(call->image, LEDGER_WROTE, 0, NULL, path);
        else record_number(call->image, LEDGER_MADE_NODE, mode, NULL, path);
        return false;
    }
    case SYS_connect: case SYS_bind: network_address(call->process, call->notice, A(1), A(2), nr == SYS_bind); return false;
    case SYS_sendmsg: case SYS_sendmmsg: network_messages(call->process, call->notice, A(1), nr == SYS_sendmsg ? 1 : A(2)); return false;
    case SYS_io_submit: stream_submitted(call->process, call->notice); return false;
    case SYS_umask: if (A(0) != S.mask) S.mask_changed = true; return false;
    case SYS_exit: process_exits(call->process, call->tid, (int)A(0), false); return false;
    case SYS_exit_group: process_exits(call->process, call->tid, (int)A(0), true); return false;
    default: doubts(call, LEDGER_REASON_UNKNOWN_CALL, table[nr].name); return false;
    }
}

bool call_trapped(struct process *process, const struct seccomp_notif *notice) {
    struct call whole = {process, process->image, notice, (pid_t)notice->pid}, *call = &whole;
    int nr = notice->data.nr;
    if (notice->data.arch != AUDIT_ARCH_X86_64 || nr >= 0x40000000) {
        if (process->pending) {
            process->inject = process->pending->replay = false; /* our code is not of that architecture */
            exec_settles(process, notice);
        }
        record_doubt(process->image, LEDGER_REASON_FOREIGN_ABI, "");
        /* Source: unistd_32.h: exit 1, exit_group 252. What it execs is taken for the same image, which is doubted anyway. */
        if (notice->data.arch == AUDIT_ARCH_I386 && (nr == 1 || nr == 252)) process_exits(process, (pid_t)notice->pid, (int)argument(call, 0), nr == 252);
        return false;
    }
    if (process->pending && nr != SYS_execve && nr != SYS_execveat) {
        if (exec_settles(process, notice)) { /* behind this call the replayer begins: the call itself is not made */
            notify_error(notice->id, ENOSYS);
            return true;
        }
        call->image = process->image;
        if (perturb_starts(process, notice)) return true;
    }
    node_call_begins();
    if (nr == SYS_arch_prctl) return false;
    if (nr == FATHOM_CALL) {
        guest_asks(process, notice);
        return true;
    }
    if (nr == SYS_openat && (int)A(0) == FATHOM_START_DIRFD) {
        guest_starts(process, notice);
        return true;
    }
    if (nr == SYS_exit || nr == SYS_exit_group) return (nr == SYS_exit_group && perturb_ends(process, notice)) || path_call(call, nr);
    if (process->replaying) return false;
    if (nr < 0 || (size_t)nr >= sizeof table / sizeof *table || !table[nr].name) {
        char name[32];
        snprintf(name, sizeof name, "system call %d", nr);
        doubts(call, LEDGER_REASON_UNKNOWN_CALL, name);
        return false;
    }
    switch ((enum decision)table[nr].decision) {
    case ALWAYS: return exec_trapped(process, notice);
    case PATH: return path_call(call, nr) || says_refused(notice->id);
    case STREAM: return stream_write(process, notice);
    case MAP: mapped_begins(process, notice); /* fall through */
    case STDIN: stream_read(process, notice); return false;
    case STREAM_SEEK: stream_seek(process, notice); return false;
    case COPY: return stream_copies(process, notice);
    case SEND:
        if (A(4)) network_address(process, notice, A(4), A(5), false);
        else return stream_write(process, notice);
        return false;
    case DUP:
        if (lock_is_asked(notice)) return lock_asked(process, notice);
        stream_duplicated(process, notice);
        return false;
    case LOCK: return lock_asked(process, notice);
    case SIGNAL: signal_sent(process, notice); return false;
    case MACHINE: machine_called(process->image, notice); return false;
    case IOCTL:
        if (A(1) == TCGETS) stream_asked(process, notice);
        else doubts(call, LEDGER_REASON_XATTR, "file flags");
        return false;
    case CLONE:
        process_clones(process);
        bound_clone(process, notice);
        return false;
    case PRCTL: case SECCOMP: bound_control(process, notice); return false;
    case RIGHTS: bound_rights(process, notice, table[nr].name); return false;
    case DOUBT: bound_doubt(process, notice, table[nr].name, table[nr].because); return false;
    case FIRST: case DENIED: case IGNORED: return false;
    }
    return false;
}
