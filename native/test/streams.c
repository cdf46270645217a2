/* Standard output under its other numbers and names, and writes that do not go at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int put(int fd, const char *text) { return write(fd, text, strlen(text)) != (ssize_t)strlen(text); }

static int duplicated(void) {
    int fd = dup(1);
    put(fd, "by write\n");
    FILE *file = fdopen(dup(fd), "w");
    fprintf(file, "by stdio\n");
    fclose(file);
    if (syscall(SYS_write, fd, "raw\n", 4) != 4) return 9;
    int high = fcntl(1, F_DUPFD_CLOEXEC, 50);
    dprintf(high, "by dprintf\n");
    struct iovec two[] = {{"vec", 3}, {"tor\n", 4}};
    return syscall(SYS_writev, high, two, 2) != 7;
}

/* A child knows it only as number 7. */
static int inherited(void) {
    dup2(1, 7);
    if (fork() == 0) {
        close(1);
        execl("/proc/self/exe", "streams", "seven", NULL);
        _exit(9);
    }
    int status;
    wait(&status);
    return status;
}

static int seven(void) {
    FILE *file = fdopen(7, "w");
    fprintf(file, "to seven\n");
    return fclose(file);
}

static int by_name(void) {
    static const char *const names[] = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    for (int i = 0; i < 3; i++) {
        FILE *file = fopen(names[i], "a");
        if (!file) return 9;
        fprintf(file, "%s\n", names[i]);
        fclose(file);
    }
    int fd = open("/dev/stderr", O_WRONLY | O_APPEND);
    return put(fd, "to stderr\n");
}

static int non_blocking(void) {
    char *text = malloc(1 << 20);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
    for (int i = 0; i < 1 << 20; i++) text[i] = i % 64 == 63 ? '\n' : (char)('a' + i / 64 % 26);
    for (size_t done = 0; done < 1 << 20;) {
        ssize_t got = done % 2 ? write(1, text + done, (1 << 20) - done) : syscall(SYS_write, 1, text + done, (1 << 20) - done);
        if (got > 0) done += (size_t)got;
        else if (errno != EAGAIN) return 9;
        else poll(&(struct pollfd){1, POLLOUT, 0}, 1, -1);
    }
    return 0;
}

static volatile int ticks;
static void on_tick(int number) { (void)number, ticks++; }

/* A slow reader and a signal every millisecond, as Go's scheduler sends them. */
static int interrupted(void) {
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 1000}, {0, 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    static char text[100000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 50 == 49 ? '\n' : 'x';
    for (int i = 0; i < 20; i++)
        for (size_t done = 0; done < sizeof text;) {
            ssize_t got = i % 2 ? write(1, text + done, sizeof text - done) : syscall(SYS_write, 1, text + done, sizeof text - done);
            if (got > 0) done += (size_t)got;
            else if (errno != EINTR) return 9;
        }
    return 0;
}

static int copied(void) {
    int from = open("/etc/passwd", O_RDONLY);
    for (;;) {
        char block[4096];
        ssize_t got = sendfile(1, from, NULL, 1 << 20);
        if (got < 0) got = splice(from, NULL, 1, NULL, 1 << 20, 0);
        if (got < 0) got = copy_file_range(from, NULL, 1, NULL, 1 << 20, 0);
        if (got < 0) got = read(from, block, sizeof block), got = got > 0 ? write(1, block, (size_t)got) : got;
        if (got <= 0) return got < 0;
    }
}

static int no_reader(void) {
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 1000000; i++)
        if (put(1, "y\n")) {
            dprintf(2, "%s\n", strerror(errno));
            return 3;
        }
    return 0;
}

static void *writes_on(void *fd) {
    while (put((int)(long)fd, "some text that fills the pipe\n") >= 0) continue;
    return fd;
}

/* A thread in write(2) can be cancelled: once in a loop, once while it is blocked. */
static int cancelled(void) {
    int null = open("/dev/null", O_WRONLY), ends[2];
    if (pipe(ends)) return 9;
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        void *result = NULL;
        pthread_create(&thread, NULL, writes_on, (void *)(long)(i ? ends[1] : null));
        usleep(20000);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        printf("%s\n", result == PTHREAD_CANCELED ? "cancelled" : "went on");
    }
    return 0;
}

/* The open file is shared with whoever started us: does anybody make it non-blocking meanwhile? */
static int blocking(void) {
    struct timeval begin, now;
    long seen = 0;
    gettimeofday(&begin, NULL);
    do {
        seen += (fcntl(1, F_GETFL) & O_NONBLOCK) || (fcntl(2, F_GETFL) & O_NONBLOCK);
        gettimeofday(&now, NULL);
    } while ((now.tv_sec - begin.tv_sec) * 1000000 + now.tv_usec - begin.tv_usec < 600000);
    printf("%s\n", seen ? "non-blocking" : "blocking");
    return 0;
}

/* Several processes, one log. */
static int appended(void) {
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            int fd = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644);
            for (int j = 0; j < 50; j++) put(fd, "a line\n");
            _exit(0);
        }
    while (wait(NULL) > 0) continue;
    return 0;
}

int main(int argc, char **argv) {
    static const struct { const char *name; int (*body)(void); } tests[] = {
        {"duplicated", duplicated}, {"inherited", inherited}, {"seven", seven}, {"by-name", by_name}, {"non-blocking", non_blocking},
        {"interrupted", interrupted}, {"copied", copied}, {"no-reader", no_reader}, {"cancelled", cancelled}, {"appended", appended}, {"blocking", blocking},
    };
    /* Not trivial: worth an entry. */
    for (volatile long i = 0; i < 100000000; i++) continue;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (argc > 1 && !strcmp(argv[1], tests[i].name)) return tests[i].body();
    return 2;
}
