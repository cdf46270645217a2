/* spend HOW ...: spends time in one way.
 *   spend compute MS          so many milliseconds of a processor
 *   spend crowded COUNT MS    so many of the above at once, on one processor
 *   spend pages MB ROUNDS     fresh memory, every page touched, given back, again
 *   spend slowly COUNT MS     a line to stdout after each pause
 *   spend reading             reads stdin to its end
 *   spend locked FILE MS      holds a lock on the file for so long
 *   spend threads MS          two threads, each so many milliseconds of a processor */
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include "work.h"

static long cpu_ms(clockid_t clock) {
    struct timespec used;
    clock_gettime(clock, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void compute(long ms) {
    long until = cpu_ms(CLOCK_THREAD_CPUTIME_ID) + ms;
    for (volatile unsigned long turns = 0; cpu_ms(CLOCK_THREAD_CPUTIME_ID) < until;)
        for (int i = 0; i < 10000; i++) turns++;
}

static void pause_for(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void crowded(const char *self, int count, char *ms) {
    cpu_set_t allowed, one;
    int first = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed)) fail("sched_getaffinity");
    while (!CPU_ISSET(first, &allowed)) first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    if (sched_setaffinity(0, sizeof one, &one)) fail("sched_setaffinity");
    for (int i = 0; i < count; i++)
        if (fork() == 0) {
            execl(self, self, "compute", ms, (char *)NULL);
            fail("exec");
        }
    while (wait(NULL) > 0) continue;
}

static void pages(size_t bytes, int rounds) {
    for (int round = 0; round < rounds; round++) {
        volatile char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) fail("mmap");
        madvise((void *)at, bytes, MADV_NOHUGEPAGE);
        for (size_t i = 0; i < bytes; i += 4096) at[i] = 1;
        munmap((void *)at, bytes);
    }
}

static void *in_thread(void *ms) {
    compute(*(long *)ms);
    return NULL;
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    long first = argc > 2 ? atol(argv[2]) : 0, second = argc > 3 ? atol(argv[3]) : 0;
    char line[4096];
    if (!strcmp(how, "compute")) compute(first);
    else if (!strcmp(how, "crowded")) crowded(argv[0], (int)first, argv[3]);
    else if (!strcmp(how, "pages")) pages((size_t)first << 20, (int)second);
    else if (!strcmp(how, "slowly"))
        for (long i = 0; i < first; i++) {
            pause_for(second);
            if (write(1, "line\n", 5) != 5) fail("write");
        }
    else if (!strcmp(how, "reading")) while (read(0, line, sizeof line) > 0) continue;
    else if (!strcmp(how, "locked")) {
        int file = open(argv[2], O_RDWR | O_CREAT, 0666);
        if (file < 0 || flock(file, LOCK_EX)) fail("flock");
        pause_for(second);
    } else if (!strcmp(how, "threads")) {
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, in_thread, &first);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    } else fail("spend");
    return 0;
}
