/* Reading another process of the tree: its memory, folder, descriptors, relations.
 * Everything here may fail because the process is gone; nothing here blocks on it. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "supervisor.h"

static int memory_file(pid_t tid, int flags) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/mem", tid);
    return open(name, flags | O_CLOEXEC);
}

int tracee_read(pid_t tid, uint64_t address, void *into, size_t length) {
    struct iovec here = {into, length}, there = {(void *)address, length};
    ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);
    if (got == (ssize_t)length) return 0;
    if (got >= 0 || errno == EFAULT) return -EFAULT;
    int file = memory_file(tid, O_RDONLY); /* where the call itself is forbidden */
    if (file < 0) return -errno;
    got = pread(file, into, length, (off_t)address);
    close(file);
    return got == (ssize_t)length ? 0 : -EFAULT;
}

int tracee_fill(pid_t tid, uint64_t address, const void *from, size_t length) {
    struct iovec here = {(void *)from, length}, there = {(void *)address, length};
    return process_vm_writev(tid, &here, 1, &there, 1, 0) == (ssize_t)length ? 0 : tracee_write(tid, address, from, length);
}

/* Writes through page protections (as a debugger does), which only /proc/PID/mem can. */
int tracee_write(pid_t tid, uint64_t address, const void *from, size_t length) {
    int file = memory_file(tid, O_RDWR);
    if (file < 0) return -errno;
    ssize_t put = pwrite(file, from, length, (off_t)address);
    int result = put == (ssize_t)length ? 0 : put < 0 ? -errno : -EFAULT;
    close(file);
    return result;
}

/* A string may end just before an unmapped page, so it is read page by page. */
int tracee_path(pid_t tid, uint64_t address, char *into) {
    size_t at = 0;
    if (address == 0) return -EFAULT;
    while (at < PATH_BYTES_MAX) {
        size_t step = ARENA_PAGE - (address + at) % ARENA_PAGE;
        if (at == 0 && step > 256) step = 256;
        if (step > PATH_BYTES_MAX - at) step = PATH_BYTES_MAX - at;
        int failed = tracee_read(tid, address + at, into + at, step);
        if (failed) return failed;
        if (memchr(into + at, 0, step)) return 0;
        at += step;
    }
    return -ENAMETOOLONG;
}

static bool strings_reserve(struct strings *list, size_t more) {
    if (list->length + more <= list->room) return true;
    size_t room = list->room ? list->room : 4096;
    while (room < list->length + more) room *= 2;
    if (room > EXEC_BYTES_MAX * 2) return false;
    char *bytes = realloc(list->bytes, room);
    if (!bytes) return false;
    list->bytes = bytes;
    list->room = room;
    return true;
}

void strings_add(struct strings *list, const char *text) {
    size_t length = strlen(text) + 1;
    if (!strings_reserve(list, length)) return;
    memcpy(list->bytes + list->length, text, length);
    list->length += length;
    list->count++;
}

void strings_free(struct strings *list) {
    free(list->bytes);
    *list = (struct strings){0};
}

static int add_long(pid_t tid, uint64_t address, struct strings *into) {
    for (;;) {
        size_t step = ARENA_PAGE - address % ARENA_PAGE;
        if (!strings_reserve(into, step)) return -E2BIG;
        int failed = tracee_read(tid, address, into->bytes + into->length, step);
        if (failed) return failed;
        char *end = memchr(into->bytes + into->length, 0, step);
        if (end) {
            into->length = (size_t)(end - into->bytes) + 1;
            into->count++;
            return 0;
        }
        into->length += step;
        if (into->length > EXEC_BYTES_MAX) return -E2BIG;
        address += step;
    }
}

/* The strings of an argv or envp. Most are short and lie in one page: 64 at a time are read with one call. */
int tracee_strings(pid_t tid, uint64_t array, struct strings *into) {
    enum { BATCH = 64, SHORT = 256 };
    if (array == 0) return 0;
    for (;;) {
        uint64_t pointers[BATCH];
        size_t count = BATCH, to_page_end = (ARENA_PAGE - array % ARENA_PAGE) / 8;
        if (array % 8) return -EFAULT;
        if (count > to_page_end) count = to_page_end;
        int failed = tracee_read(tid, array, pointers, count * 8);
        if (failed) return failed;
        bool last = false;
        for (size_t i = 0; i < count; i++)
            if (pointers[i] == 0) count = i, last = true;
        char text[BATCH][SHORT];
        struct iovec here[BATCH], there[BATCH];
        size_t wanted = 0;
        for (size_t i = 0; i < count; i++) {
            size_t step = ARENA_PAGE - pointers[i] % ARENA_PAGE;
            if (step > SHORT) step = SHORT;
            here[i] = (struct iovec){text[i], step};
            there[i] = (struct iovec){(void *)pointers[i], step};
            wanted += step;
        }
        bool whole = count > 0 && process_vm_readv(tid, here, count, there, count, 0) == (ssize_t)wanted;
        for (size_t i = 0; i < count; i++) {
            if (whole && memchr(text[i], 0, here[i].iov_len)) strings_add(into, text[i]);
            else if ((failed = add_long(tid, pointers[i], into)) != 0) return failed;
        }
        if (into->count > EXEC_STRINGS_MAX || into->length > EXEC_BYTES_MAX) return -E2BIG;
        if (last) return 0;
        array += count * 8;
    }
}

static int link_of(const char *name, char *into) {
    ssize_t got = readlink(name, into, PATH_BYTES_MAX - 1);
    if (got < 0) return -errno;
    if (got >= (ssize_t)PATH_BYTES_MAX - 1) return -ENAMETOOLONG;
    into[got] = 0;
    return into[0] == '/' ? 0 : -ENOENT; /* "(unreachable)/...", "pipe:[1]" */
}

/* What the kernel says of a name that is gone; a file may be called so as well. */
static bool is_removed(const char *link, const char *target) {
    static const char mark[] = " (deleted)";
    size_t length = strlen(target);
    struct stat what;
    return length >= sizeof mark && !strcmp(target + length - (sizeof mark - 1), mark) && stat(link, &what) == 0 && what.st_nlink == 0;
}

int tracee_cwd(pid_t tid, char *into) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/cwd", tid);
    return link_of(name, into);
}

/* "/proc/self", "/proc/thread-self" or the process's own number; returns what follows, or NULL. */
static const char *own_folder(pid_t tid, const char *path) {
    int length = 0;
    if (strncmp(path, "/proc/", 6)) return NULL;
    path += 6;
    if (!strncmp(path, "thread-self/", 12)) return path + 12;
    pid_t parent = 0, number = 0;
    if (!strncmp(path, "self/", 5)) path += 5;
    else if (sscanf(path, "%d/%n", &number, &length) == 1 && length && (number == tid || number == tracee_group(tid, &parent))) path += length;
    else return NULL;
    length = 0; /* threads share what the links below lead to, but for unshare(2), which is a doubt */
    return sscanf(path, "task/%d/%n", &number, &length) == 1 && length ? path + length : path;
}

/* A path that leads through another process's descriptors, folder or root: to a file whose name it does not tell. */
bool tracee_names_other(pid_t tid, const char *path) {
    int number, length = 0;
    if (own_folder(tid, path) || sscanf(path, "/proc/%d/%n", &number, &length) != 1 || length == 0) return false;
    path += length;
    if (sscanf(path, "task/%d/%n", &number, &length) == 1) path += length;
    return !strncmp(path, "fd/", 3) || !strncmp(path, "cwd", 3) || !strncmp(path, "root", 4) || !strcmp(path, "exe") || !strncmp(path, "map_files/", 10);
}

/* A path that leads through the process's own folder in /proc: the descriptor it names and what follows. */
static int descriptor_of(pid_t tid, const char *path, const char **rest) {
    static const char *const standard[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    *rest = "";
    for (int fd = 0; fd < 3; fd++)
        if (!strcmp(path, standard[fd])) return fd;
    const char *own = own_folder(tid, path), *digits = NULL;
    if (own && !strncmp(own, "fd/", 3)) digits = own + 3;
    else if (!strncmp(path, "/dev/fd/", 8)) digits = path + 8;
    char *end = NULL;
    if (!digits || *digits < '0' || *digits > '9') return -1;
    long fd = strtol(digits, &end, 10);
    *rest = end;
    return (*end == 0 || *end == '/') && fd < 1 << 20 ? (int)fd : -1;
}

int tracee_descriptor(pid_t tid, const char *path) {
    const char *rest;
    if (strncmp(path, "/proc/", 6) && strncmp(path, "/dev/", 5)) return -1;
    int fd = descriptor_of(tid, path, &rest);
    return *rest ? -1 : fd;
}

/* A path that leads through a link of the process's own folder in /proc: that link, as seen from here, and what follows. */
static bool own_link(pid_t tid, const char *path, char link[64], const char **rest) {
    static const char *const names[] = {"cwd", "root", "exe"};
    if (strncmp(path, "/proc/", 6) && strncmp(path, "/dev/", 5)) return false;
    int fd = descriptor_of(tid, path, rest);
    if (fd >= 0) {
        snprintf(link, 64, "/proc/%d/fd/%d", tid, fd);
        return true;
    }
    const char *own = own_folder(tid, path);
    for (size_t i = 0; own && i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(own, names[i], length) || (own[length] && own[length] != '/')) continue;
        snprintf(link, 64, "/proc/%d/%s", tid, names[i]);
        *rest = own + length;
        return true;
    }
    return false;
}

bool tracee_names_itself(pid_t tid, const char *path) {
    char link[64];
    const char *rest;
    return own_link(tid, path, link, &rest) && *rest == 0;
}

/* The same file by its own name, where the path leads through /proc/self; otherwise left as it is. */
static int name_itself(pid_t tid, const char *path, char *into) {
    char link[64], target[PATH_BYTES_MAX];
    const char *rest;
    if (!own_link(tid, path, link, &rest) || link_of(link, target)) return 0;
    if (strlen(target) + strlen(rest) >= PATH_BYTES_MAX) return -ENAMETOOLONG;
    if (!strcmp(target, "/") && *rest) target[0] = 0;
    strcpy(into, target);
    strcat(into, rest);
    return 0;
}

/* The path as the process means it, absolute but not normalised. An empty path is the descriptor itself. */
int tracee_absolute(pid_t tid, int dirfd, const char *path, char *into) {
    size_t length = strlen(path);
    if (path[0] == '/') {
        memcpy(into, path, length + 1);
        return strncmp(path, "/proc/", 6) && strncmp(path, "/dev/", 5) ? 0 : name_itself(tid, path, into);
    }
    char name[64];
    if (dirfd == AT_FDCWD) snprintf(name, sizeof name, "/proc/%d/cwd", tid);
    else snprintf(name, sizeof name, "/proc/%d/fd/%d", tid, dirfd);
    int failed = link_of(name, into);
    if (failed || length == 0) return failed;
    /* Nothing is below a folder that was removed; but ".." still leads out of it, nobody knows where to. */
    if (is_removed(name, into)) return strstr(path, "..") ? -ESTALE : -ENOENT;
    size_t at = strlen(into);
    if (at + 1 + length >= PATH_BYTES_MAX) return -ENAMETOOLONG;
    if (at > 1) into[at++] = '/';
    memcpy(into + at, path, length + 1);
    return 0;
}

/* A path that openat2(2) takes with a folder as its root. False: it has links or ".." in it, which lead elsewhere there. */
bool tracee_in_root(pid_t tid, int dirfd, uint64_t address, char *into) {
    char text[PATH_BYTES_MAX];
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    if (tracee_path(tid, address, text)) return false;
    const char *below = text + strspn(text, "/");
    for (const char *at = below; (at = strstr(at, "..")); at += 2)
        if ((at == below || at[-1] == '/') && (at[2] == '/' || at[2] == 0)) return false;
    if (tracee_absolute(tid, dirfd, *below ? below : ".", into)) return false;
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, into, &how, sizeof how);
    if (fd >= 0) close(fd);
    return fd >= 0 || errno != ELOOP;
}

int tracee_stat_fd(pid_t tid, int fd, struct stat *into) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/fd/%d", tid, fd);
    return stat(name, into) == 0 ? 0 : -errno;
}

int tracee_take_fd(pid_t tid, int fd) {
    if (S.has_getfd) {
        struct process *process = process_of(tid);
        if (process && process->pidfd >= 0) {
            long taken = syscall(SYS_pidfd_getfd, process->pidfd, fd, 0);
            if (taken >= 0) return (int)taken;
            if (errno == EBADF) return -EBADF;
            if (errno == EPERM || errno == ENOSYS) S.has_getfd = false;
        }
    }
    struct stat what;
    int failed = tracee_stat_fd(tid, fd, &what);
    if (failed) return failed;
    /* Opening anew is the same thing only where there is no shared offset. */
    if (!S_ISFIFO(what.st_mode) && !S_ISCHR(what.st_mode)) return -EOPNOTSUPP;
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/fd/%d", tid, fd);
    int opened = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return opened < 0 ? -errno : opened;
}

ssize_t small_file(const char *name, char *into, size_t room) {
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t got = read(file, into, room - 1);
    close(file);
    if (got < 0) return -errno;
    into[got] = 0;
    return got;
}

static long status_field(const char *text, const char *field, int base) {
    const char *at = strstr(text, field);
    return at ? strtol(at + strlen(field), NULL, base) : -1;
}

pid_t tracee_group(pid_t tid, pid_t *parent) {
    char name[64], text[4096];
    snprintf(name, sizeof name, "/proc/%d/status", tid);
    if (small_file(name, text, sizeof text) <= 0) return 0;
    *parent = (pid_t)status_field(text, "\nPPid:", 10);
    return (pid_t)status_field(text, "\nTgid:", 10);
}

/* Source: linux/pidfd.h of 6.13. */
#define PIDFD_GET_INFO _IOWR(0xff, 11, struct pidfd_info)
#define PIDFD_INFO_PID 1
struct pidfd_info { uint64_t mask, cgroup; uint32_t pid, group, parent, unused[9]; };
_Static_assert(sizeof(struct pidfd_info) == 64, "the number of the call holds its size");

pid_t tracee_parent(int pidfd) {
    struct pidfd_info info = {.mask = PIDFD_INFO_PID};
    return ioctl(pidfd, PIDFD_GET_INFO, &info) == 0 && info.mask & PIDFD_INFO_PID ? (pid_t)info.parent : 0;
}

uint32_t tracee_mask(pid_t tid) {
    char name[64], text[4096];
    snprintf(name, sizeof name, "/proc/%d/status", tid);
    if (small_file(name, text, sizeof text) <= 0) return S.mask;
    long mask = status_field(text, "\nUmask:", 8);
    return mask < 0 ? S.mask : (uint32_t)mask;
}

/* The kernel gives every image 16 random bytes (AT_RANDOM), the surest sign that an exec succeeded. */
uint64_t tracee_identity_at(pid_t tid) {
    uint64_t vector[128];
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/auxv", tid);
    ssize_t got = small_file(name, (char *)vector, sizeof vector);
    for (ssize_t i = 0; i + 16 <= got; i += 16)
        if (vector[i / 8] == AT_RANDOM) return vector[i / 8 + 1];
    return 0;
}

bool tracee_identity(pid_t tid, uint64_t at, uint8_t into[16]) {
    if (at && tracee_read(tid, at, into, 16) == 0) return true;
    memset(into, 0, 16);
    return false;
}

/* Source: clock_getcpuclockid(3): the CPU clock of a process is ~pid << 3 | 2. */
uint64_t tracee_cpu_ns(pid_t pid) {
    struct timespec used;
    if (clock_gettime((clockid_t)((~(unsigned)pid << 3) | 2), &used) != 0) return 0;
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* Source: the kernel's pagemap.rst: bit 63, in memory; bit 62, swapped. */
bool tracee_has_touched(pid_t pid, uint64_t address, uint32_t pages) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/pagemap", pid);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return true;
    bool touched = false;
    for (uint32_t i = 0; i < pages && !touched; i++) {
        uint64_t entry;
        touched = pread(file, &entry, 8, (off_t)((address / ARENA_PAGE + i) * 8)) != 8 || entry >> 62;
    }
    close(file);
    return touched;
}

bool tracee_is_single(pid_t pid) {
    char name[64];
    struct stat tasks;
    snprintf(name, sizeof name, "/proc/%d/task", pid);
    return stat(name, &tasks) == 0 && tasks.st_nlink == 3;
}

bool tracee_is_zombie(pid_t pid) {
    char name[64], text[512];
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    if (small_file(name, text, sizeof text) <= 0) return true;
    char *end = strrchr(text, ')');
    return !end || end[1] != ' ' || end[2] == 'Z' || end[2] == 'X';
}
