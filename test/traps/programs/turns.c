/* turns TIMES: half of the threads make files, the others give them another name (in out/, by rename and by link) and try until there is one. */
#include <pthread.h>
#include "work.h"

static long times;

static void *make(void *number) {
    char name[64];
    for (long i = (long)number; i < times; i += 2) {
        snprintf(name, sizeof name, "%ld.new", i);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (fd < 0 || close(fd)) fail(name);
    }
    return NULL;
}

static void *name(void *number) {
    char from[64], to[64];
    for (long i = (long)number; i < times; i += 2) {
        snprintf(from, sizeof from, "%ld.new", i);
        snprintf(to, sizeof to, "out/%ld", i);
        while (i % 4 < 2 ? rename(from, to) : link(from, to))
            if (errno != ENOENT) fail(to);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[4];
    times = argc == 2 ? atoi(argv[1]) : 0;
    work();
    if (mkdir("out", 0755)) fail("out");
    for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, i < 2 ? make : name, (void *)(i % 2));
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    return 0;
}
