/* File calls that do not go through the C library's usual doors, and odd moments to make them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, long result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "yes"); }

static void make(const char *name, const char *text) {
    FILE *file = fopen(name, "w");
    fputs(text, file);
    fclose(file);
}

static int raw_calls(void) {
    struct stat what;
    struct statx more;
    struct open_how how = {.flags = O_RDONLY};
    make("here", "x");
    show("open", syscall(SYS_open, "here", O_RDONLY));
    show("open missing", syscall(SYS_open, "missing", O_RDONLY));
    show("openat", syscall(SYS_openat, AT_FDCWD, "here", O_RDONLY));
    show("link from below a file to nowhere", syscall(SYS_link, "here/below", "missing/new"));
    show("link from nowhere to nowhere", syscall(SYS_link, "missing/old", "missing/new"));
    show("link to nowhere", syscall(SYS_link, "here", "missing/new"));
    show("openat2", syscall(SYS_openat2, AT_FDCWD, "here", &how, sizeof how));
    show("stat", syscall(SYS_stat, "here", &what));
    show("lstat missing", syscall(SYS_lstat, "missing", &what));
    show("statx", syscall(SYS_statx, AT_FDCWD, "here", 0, STATX_ALL, &more));
    show("statx missing", syscall(SYS_statx, AT_FDCWD, "missing", 0, STATX_ALL, &more));
    show("faccessat2", syscall(439, AT_FDCWD, "here", R_OK, AT_EACCESS));
    show("renameat2", syscall(SYS_renameat2, AT_FDCWD, "here", AT_FDCWD, "there", 1));
    show("bad address", syscall(SYS_openat, AT_FDCWD, (void *)1, O_RDONLY));
    show("bad address, hooked", open((char *)8, O_RDONLY | O_PATH));
    show("empty", open("", O_RDONLY));
    show("name too long", open(memset(calloc(1, 300), 'n', 299), O_RDONLY));
    show("not a directory", open("there/below", O_RDONLY));
    show("is a directory", open(".", O_WRONLY));
    show("bad descriptor", openat(77, "there", O_RDONLY));
    show("exists", open("there", O_CREAT | O_EXCL | O_WRONLY, 0600));
    show("umask", open("masked", O_CREAT | O_WRONLY, 0666));
    return stat("masked", &what) || (what.st_mode & 0777) != 0644;
}

static int after_closing_all(void) {
    close_range(3, ~0u, 0);
    make("one", "1");
    closefrom(3);
    int fd = open("one", O_RDONLY);
    printf("descriptor %d\n", fd);
    char byte = 0;
    return read(fd, &byte, 1) != 1 || byte != '1' || access("missing", F_OK) == 0;
}

/* Threads that share one working directory, and open all the while. */
static void *opens_much(void *number) {
    char name[32];
    snprintf(name, sizeof name, "thread-%ld", (long)number);
    for (int i = 0; i < 20; i++) {
        int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644);
        if (fd < 0 || write(fd, name, strlen(name)) < 0) abort();
        close(fd);
        struct stat what;
        if (stat(name, &what) && errno != ENOENT) abort();
        if (i % 10 == 0 && chdir(".")) abort();
        open("missing", O_RDONLY);
    }
    return NULL;
}

static int with_threads(void) {
    enum { COUNT = 200 };
    pthread_t threads[COUNT];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    for (long i = 0; i < COUNT; i++)
        if (pthread_create(&threads[i], &small, opens_much, (void *)i)) return 9;
    for (int i = 0; i < COUNT; i++) pthread_join(threads[i], NULL);
    int files = 0;
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));) files += !strncmp(entry->d_name, "thread-", 7);
    printf("%d files\n", files);
    return 0;
}

static volatile int handled;
static void on_signal(int number) {
    struct stat what;
    (void)number;
    int saved = errno;
    if (stat("/usr/include/stdio.h", &what) && open("relative", O_RDONLY) < 0) handled = -1;
    if (open("relative", O_RDONLY) >= 0 || access("/etc/passwd", R_OK)) handled = -1;
    handled++;
    errno = saved;
}

static int in_signal_handler(void) {
    size_t page = 4096, room = 8192;
    char *stack = mmap(NULL, page + room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack, page, PROT_NONE); /* a stack that is too small is a crash, not a surprise */
    stack_t alternative = {.ss_sp = stack + page, .ss_size = room};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    if (sigaltstack(&alternative, NULL) || sigaction(SIGUSR1, &action, NULL)) return 9;
    for (int i = 0; i < 100; i++) raise(SIGUSR1);
    printf("%d signals\n", handled);
    return handled != 100;
}

static int with_few_descriptors(void) {
    struct rlimit few = {64, 64};
    setrlimit(RLIMIT_NOFILE, &few);
    make("file", "x");
    int opened = 0;
    while (open("file", O_RDONLY) >= 0) opened++;
    printf("%d, then %s\n", opened, strerror(errno));
    return 0;
}

static int with_small_files(void) {
    struct rlimit small = {1000, 1000};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    char text[1500];
    memset(text, 'x', sizeof text);
    int fd = open("limited", O_CREAT | O_WRONLY, 0644);
    dprintf(2, "%zd ", write(fd, text, sizeof text));
    dprintf(2, "%zd %s\n", write(fd, text, sizeof text), strerror(errno));
    dup2(fd, 1); /* the same through standard output, of a child that inherits it */
    if (ftruncate(fd, 0)) return 9;
    if (fork() == 0) execl("/bin/sh", "sh", "-c", "head -c 1500 /dev/zero; echo $? >&2", NULL);
    wait(NULL);
    struct stat what;
    fstat(fd, &what);
    dprintf(2, "%ld bytes\n", (long)what.st_size);
    return 0;
}

static int sparse(void) {
    int fd = open("sparse", O_CREAT | O_RDWR, 0644);
    if (pwrite(fd, "end", 3, 5ll << 30) != 3) return 9;
    struct stat what;
    stat("sparse", &what);
    printf("%lld\n", (long long)what.st_size);
    return unlink("sparse");
}

static int fifo(void) {
    if (mkfifo("fifo", 0600)) return 9;
    if (fork() == 0) {
        int to = open("fifo", O_WRONLY);
        _exit(write(to, "through", 7) != 7);
    }
    char text[16] = "";
    int from = open("fifo", O_RDONLY), status;
    ssize_t got = read(from, text, sizeof text);
    wait(&status);
    printf("%s, %d bytes, writer %d\n", text, (int)got, status);
    return 0;
}

static void on_alarm(int number) { (void)number; }

/* Nobody opens the other end: the signal must end the wait. */
static int fifo_interrupted(void) {
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    if (mkfifo("lonely", 0600)) return 9;
    ualarm(50000, 0);
    int fd = open("lonely", O_RDONLY);
    printf("%d %s\n", fd, strerror(errno));
    return 0;
}

static void on_nothing(int number) { (void)number; }

/* Alarms come all the time, and no handler asks for calls to be restarted; a lock that is only tried waits for nothing that could be ended. */
static int lock_under_alarms(void) {
    struct sigaction action = {.sa_handler = on_nothing};
    struct flock whole = {.l_whence = SEEK_SET};
    int fd = open("locked", O_RDWR | O_CREAT, 0600), ended = 0, owner;
    sigaction(SIGALRM, &action, NULL);
    ualarm(300, 300);
    for (int i = 0; i < 6000; i++) {
        whole.l_type = i % 2 ? F_UNLCK : F_WRLCK;
        whole.l_pid = 0;
        if (fcntl(fd, i % 4 < 2 ? F_SETLK : F_OFD_SETLK, &whole)) ended++;
    }
    ualarm(0, 0);
    int group = fcntl(fd, F_SETOWN, -getpgrp());
    owner = fcntl(fd, F_GETOWN);
    printf("%d %d %d %d %d\n", ended, group, owner == -getpgrp(), fcntl(fd, F_GETFL) & O_ACCMODE, fcntl(-1, F_GETFD));
    return 0;
}

static int links_of_proc(void) {
    char link[4096] = "", text[8] = "";
    make("target", "text");
    int fd = open("target", O_RDWR);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = open(link, O_RDONLY);
    if (read(again, text, 4) != 4) return 9;
    snprintf(link, sizeof link, "/dev/fd/%d", fd);
    struct stat what;
    printf("%s %d\n", text, stat(link, &what));
    ssize_t got = readlink("/proc/self/exe", link, sizeof link - 1);
    link[got] = 0;
    printf("%s\n", strrchr(link, '/'));
    return open("/proc/self/exe", O_RDONLY) < 0 || open("/proc/self/cwd/target", O_RDONLY) < 0;
}

static const char *const paths[] = {"realpath", ".", "dir/..", "dir/../dir", "link", "link/..", "chain", "loop", "file", "file/", "file/.", "file/..", "missing",
                                    "missing/..", "dir/missing", "/", "//etc//passwd", "link/file", "deep/../link", "dangling", "dir/.", "dir//", "absolute"};

static int real_paths(void) {
    char here[4096];
    mkdir("dir", 0755);
    make("file", "x");
    make("dir/file", "x");
    if (symlink("dir", "link") || symlink("link", "chain") || symlink("loop", "loop") || symlink("nowhere/x", "dangling") || symlink("/etc", "absolute") || !getcwd(here, sizeof here)) return 9;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *real = realpath(paths[i], NULL);
        printf("%s: %s\n", paths[i], real ? !strncmp(real, here, strlen(here)) ? real + strlen(here) : real : strerror(errno));
        free(real);
    }
    return 0;
}

int main(int argc, char **argv) {
    static const struct { const char *name; int (*body)(void); } tests[] = {
        {"raw", raw_calls}, {"closing", after_closing_all}, {"threads", with_threads}, {"signals", in_signal_handler}, {"few", with_few_descriptors},
        {"small", with_small_files}, {"sparse", sparse}, {"fifo", fifo}, {"interrupted", fifo_interrupted}, {"locks", lock_under_alarms}, {"proc", links_of_proc}, {"realpath", real_paths},
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (argc > 1 && !strcmp(argv[1], tests[i].name)) return tests[i].body();
    return 2;
}
