/* What all of these programs do: enough work to be worth storing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* 15 ms of processor time: above what is trivial (src/cache/policy.ts). */
static inline void work(void) {
    struct timespec used;
    do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec == 0 && used.tv_nsec < 15000000);
}

static inline void fail(const char *what) {
    perror(what);
    exit(3);
}

static inline void put_file(const char *name, const char *text) {
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd)) fail(name);
}

static inline char *get_file(const char *name) {
    static char text[65536];
    int fd = open(name, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (got < 0) fail(name);
    close(fd);
    text[got] = 0;
    return text;
}
