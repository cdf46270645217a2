/* One kind of file call, many times; prints nanoseconds for one. "raw-": the same as an
 * instruction of its own, which no library sees, so that each is a notification. These
 * wait for another process, so their time is the clock's; that of all others is the
 * processor's, on which it does not matter what else the machine does. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long raw(long number, long a, long b, long c, long d) {
    register long r10 __asm__("r10") = d;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}

static void call(const char *kind, const char *path) {
    struct stat what;
    if (!strcmp(kind, "stat")) stat(path, &what);
    else if (!strcmp(kind, "open") || !strcmp(kind, "missing")) {
        int file = open(path, O_RDONLY);
        if (file >= 0) close(file);
    } else if (!strcmp(kind, "raw-stat")) raw(SYS_newfstatat, AT_FDCWD, (long)path, (long)&what, 0);
    else {
        long file = raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
        if (file >= 0) raw(SYS_close, file, 0, 0, 0);
    }
}

int main(int argc, char **argv) {
    struct timespec begin, end;
    if (argc != 4) return 2;
    long count = atol(argv[3]);
    clockid_t clock = strncmp(argv[1], "raw-", 4) ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    for (long i = 0; i < count / 10; i++) call(argv[1], argv[2]);
    clock_gettime(clock, &begin);
    for (long i = 0; i < count; i++) call(argv[1], argv[2]);
    clock_gettime(clock, &end);
    printf("%.1f\n", ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)count);
    return 0;
}
