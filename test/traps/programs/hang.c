/* Hangs for ever, in the way that is asked for: `fathom status` must say how. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE_THAN_A_PIPE_HOLDS (1 << 20)

static char bytes[MORE_THAN_A_PIPE_HOLDS];

static void write_all(int file) {
    for (size_t done = 0; done < sizeof bytes;) {
        ssize_t put = write(file, bytes + done, sizeof bytes - done);
        if (put <= 0) return;
        done += (size_t)put;
    }
}

/* Each writes more than fits before it reads what the other one wrote. */
static void full_pipes(void) {
    int down[2], up[2];
    if (pipe(down) || pipe(up)) return;
    if (fork() == 0) {
        close(down[1]), close(up[0]);
        write_all(up[1]);
        _exit(read(down[0], bytes, sizeof bytes) < 0);
    }
    close(down[0]), close(up[1]);
    write_all(down[1]);
    if (read(up[0], bytes, sizeof bytes) < 0) return;
}

/* Waits for the end of what it keeps open itself. */
static void own_end(void) {
    int ends[2];
    if (pipe(ends)) return;
    while (read(ends[0], bytes, sizeof bytes) > 0) continue;
}

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *other_order(void *unused) {
    pthread_mutex_lock(&second);
    pthread_barrier_wait(&both_have_one);
    pthread_mutex_lock(&first);
    return unused;
}

static void mutexes(void) {
    pthread_t thread;
    pthread_barrier_init(&both_have_one, NULL, 2);
    if (pthread_create(&thread, NULL, other_order, NULL)) return;
    pthread_mutex_lock(&first);
    pthread_barrier_wait(&both_have_one);
    pthread_mutex_lock(&second);
}

/* Two files, locked by two processes in opposite order. */
static void locks(void) {
    int told[2], heard[2];
    char byte = 0;
    if (pipe(told) || pipe(heard)) return;
    int is_child = fork() == 0;
    int mine = open(is_child ? "lock-b" : "lock-a", O_RDWR | O_CREAT, 0600), theirs = open(is_child ? "lock-a" : "lock-b", O_RDWR | O_CREAT, 0600);
    flock(mine, LOCK_EX);
    if (write(is_child ? told[1] : heard[1], &byte, 1) != 1 || read(is_child ? heard[0] : told[0], &byte, 1) != 1) return;
    flock(theirs, LOCK_EX);
    wait(NULL);
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    printf("ready\n");
    fflush(stdout);
    if (!strcmp(how, "full-pipes")) full_pipes();
    if (!strcmp(how, "own-end")) own_end();
    if (!strcmp(how, "mutexes")) mutexes();
    if (!strcmp(how, "locks")) locks();
    if (!strcmp(how, "stopped")) raise(SIGSTOP);
    return 1;
}
