/* The calls under test. Without RAW these are the C library's functions; with RAW each is
 * syscall(2) with its number. Included last: the names below are also those of structures
 * and declarations in the system's headers. */
#ifndef CONFORMANCE_CALLS_H
#define CONFORMANCE_CALLS_H
#include <dirent.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <utime.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#ifdef RAW
/* Not a cast: a result that nobody looks at is no mistake here. */
static inline int narrowed(long result) { return (int)result; }
#define NUMBER(name, ...) narrowed(syscall(SYS_##name, __VA_ARGS__))
#define open(...) NUMBER(open, __VA_ARGS__)
#define openat(...) NUMBER(openat, __VA_ARGS__)
#define creat(...) NUMBER(creat, __VA_ARGS__)
#define read(...) NUMBER(read, __VA_ARGS__)
#define write(...) NUMBER(write, __VA_ARGS__)
#define readv(...) NUMBER(readv, __VA_ARGS__)
#define writev(...) NUMBER(writev, __VA_ARGS__)
#define pread(...) NUMBER(pread64, __VA_ARGS__)
#define pwrite(...) NUMBER(pwrite64, __VA_ARGS__)
#define stat(...) NUMBER(stat, __VA_ARGS__)
#define lstat(...) NUMBER(lstat, __VA_ARGS__)
#define fstat(...) NUMBER(fstat, __VA_ARGS__)
#define fstatat(...) NUMBER(newfstatat, __VA_ARGS__)
#define statx(...) NUMBER(statx, __VA_ARGS__)
#define statfs(...) NUMBER(statfs, __VA_ARGS__)
#define access(...) NUMBER(access, __VA_ARGS__)
#define faccessat(...) NUMBER(faccessat2, __VA_ARGS__)
#define readlink(...) NUMBER(readlink, __VA_ARGS__)
#define readlinkat(...) NUMBER(readlinkat, __VA_ARGS__)
#define truncate(...) NUMBER(truncate, __VA_ARGS__)
#define ftruncate(...) NUMBER(ftruncate, __VA_ARGS__)
#define fallocate(...) NUMBER(fallocate, __VA_ARGS__)
#define lseek(...) NUMBER(lseek, __VA_ARGS__)
#define chdir(...) NUMBER(chdir, __VA_ARGS__)
#define fchdir(...) NUMBER(fchdir, __VA_ARGS__)
#define rename(...) NUMBER(rename, __VA_ARGS__)
#define renameat(...) NUMBER(renameat, __VA_ARGS__)
#define renameat2(...) NUMBER(renameat2, __VA_ARGS__)
#define mkdir(...) NUMBER(mkdir, __VA_ARGS__)
#define mkdirat(...) NUMBER(mkdirat, __VA_ARGS__)
#define rmdir(...) NUMBER(rmdir, __VA_ARGS__)
#define link(...) NUMBER(link, __VA_ARGS__)
#define linkat(...) NUMBER(linkat, __VA_ARGS__)
#define unlink(...) NUMBER(unlink, __VA_ARGS__)
#define unlinkat(...) NUMBER(unlinkat, __VA_ARGS__)
#define symlink(...) NUMBER(symlink, __VA_ARGS__)
#define symlinkat(...) NUMBER(symlinkat, __VA_ARGS__)
#define mknod(...) NUMBER(mknod, __VA_ARGS__)
#define mknodat(...) NUMBER(mknodat, __VA_ARGS__)
#define mkfifo(path, mode) NUMBER(mknod, path, S_IFIFO | (mode), 0)
#define chmod(...) NUMBER(chmod, __VA_ARGS__)
#define fchmod(...) NUMBER(fchmod, __VA_ARGS__)
#define fchmodat(at, path, mode, flags) NUMBER(fchmodat, at, path, mode)
#define chown(...) NUMBER(chown, __VA_ARGS__)
#define lchown(...) NUMBER(lchown, __VA_ARGS__)
#define fchown(...) NUMBER(fchown, __VA_ARGS__)
#define fchownat(...) NUMBER(fchownat, __VA_ARGS__)
#define utime(...) NUMBER(utime, __VA_ARGS__)
#define utimes(...) NUMBER(utimes, __VA_ARGS__)
#define futimesat(...) NUMBER(futimesat, __VA_ARGS__)
#define utimensat(...) NUMBER(utimensat, __VA_ARGS__)
#define futimens(fd, times) NUMBER(utimensat, fd, NULL, times, 0)
#define umask(...) NUMBER(umask, __VA_ARGS__)
#define getxattr(...) NUMBER(getxattr, __VA_ARGS__)
#define lgetxattr(...) NUMBER(lgetxattr, __VA_ARGS__)
#define fgetxattr(...) NUMBER(fgetxattr, __VA_ARGS__)
#define listxattr(...) NUMBER(listxattr, __VA_ARGS__)
#define llistxattr(...) NUMBER(llistxattr, __VA_ARGS__)
#define setxattr(...) NUMBER(setxattr, __VA_ARGS__)
#define lsetxattr(...) NUMBER(lsetxattr, __VA_ARGS__)
#define fsetxattr(...) NUMBER(fsetxattr, __VA_ARGS__)
#define removexattr(...) NUMBER(removexattr, __VA_ARGS__)
#define dup(...) NUMBER(dup, __VA_ARGS__)
#define dup2(...) NUMBER(dup2, __VA_ARGS__)
#define dup3(...) NUMBER(dup3, __VA_ARGS__)
#define fcntl(...) NUMBER(fcntl, __VA_ARGS__)
#define sendfile(...) NUMBER(sendfile, __VA_ARGS__)
#define splice(...) NUMBER(splice, __VA_ARGS__)
#define tee(...) NUMBER(tee, __VA_ARGS__)
#define vmsplice(...) NUMBER(vmsplice, __VA_ARGS__)
#define copy_file_range(...) NUMBER(copy_file_range, __VA_ARGS__)
#define connect(...) NUMBER(connect, __VA_ARGS__)
#define bind(...) NUMBER(bind, __VA_ARGS__)
#define sendto(...) NUMBER(sendto, __VA_ARGS__)
#define sendmsg(...) NUMBER(sendmsg, __VA_ARGS__)
#define sendmmsg(...) NUMBER(sendmmsg, __VA_ARGS__)
#define recv(fd, into, room, flags) NUMBER(recvfrom, fd, into, room, flags, NULL, NULL)
#define execve(...) NUMBER(execve, __VA_ARGS__)
#define execveat(...) NUMBER(execveat, __VA_ARGS__)
#define inotify_add_watch(...) NUMBER(inotify_add_watch, __VA_ARGS__)
#define memfd_create(...) NUMBER(memfd_create, __VA_ARGS__)
#define fork() NUMBER(fork, 0)
#define uname(...) NUMBER(uname, __VA_ARGS__)
#endif

/* Names of a directory, as the C library or as the kernel gives them. */
static inline int lists(const char *path) {
#ifdef RAW
    char room[4096];
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    return fd >= 0 && syscall(SYS_getdents64, fd, room, sizeof room) > 0;
#else
    DIR *directory = opendir(path);
    return directory && readdir(directory) && closedir(directory) == 0;
#endif
}
#endif
