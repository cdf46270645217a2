/* Process trees of odd shapes: many, left behind, stopped, killed, filtered, elsewhere. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int count_descriptors(const char *folder) {
    struct stat what;
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char name[128];
        snprintf(name, sizeof name, "%s/%d", folder, fd);
        count += lstat(name, &what) == 0;
    }
    return count;
}

static long memory_of(pid_t pid) {
    char name[64], line[256];
    long kib = -1;
    snprintf(name, sizeof name, "/proc/%d/status", pid);
    FILE *file = fopen(name, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "RssAnon:", 8)) kib = atol(line + 8);
    if (file) fclose(file);
    return kib;
}

/* 5,000 short processes: whoever watches them (our parent) must not grow. */
static int many(void) {
    char folder[64];
    pid_t watcher = getppid();
    long memory = 0;
    int descriptors = 0;
    snprintf(folder, sizeof folder, "/proc/%d/fd", watcher);
    for (int i = 0; i < 5000; i++) {
        if (i == 500) memory = memory_of(watcher), descriptors = count_descriptors(folder);
        pid_t child = vfork();
        if (child == 0) {
            if (i % 10 == 0) execl("/bin/true", "true", NULL);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    long grown = memory_of(watcher) - memory;
    int more = count_descriptors(folder) - descriptors;
    if (grown > 4096 || more > 8) printf("grown by %ld KiB and %d descriptors\n", grown, more);
    else puts("flat");
    return 0;
}

static int daemonised(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            int null = open("/dev/null", O_RDWR);
            for (int fd = 0; fd < 3; fd++) dup2(null, fd);
            usleep(100000);
            close(open("late", O_CREAT | O_WRONLY, 0600));
            _exit(0);
        }
        _exit(0);
    }
    wait(NULL);
    puts("started");
    return 0;
}

static int stopped(void) {
    pid_t child = fork();
    int status;
    if (child == 0) {
        raise(SIGSTOP);
        open("missing", O_RDONLY);
        _exit(7);
    }
    waitpid(child, &status, WUNTRACED);
    printf("stopped %d\n", WIFSTOPPED(status));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("code %d\n", WEXITSTATUS(status));
    return 0;
}

static int killed(void) {
    pid_t child = fork();
    int status;
    if (child == 0)
        for (;;) open("missing", O_RDONLY);
    usleep(10000);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    printf("signal %d\n", WTERMSIG(status));
    raise(SIGTERM);
    return 9;
}

static int dumped(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    pid_t child = fork();
    int status;
    if (child == 0) abort();
    waitpid(child, &status, 0);
    printf("signal %d\n", WTERMSIG(status));
    abort();
}

static int adopted(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        if (fork() == 0) {
            usleep(1000);
            _exit(5);
        }
        _exit(4);
    }
    int sum = 0, status;
    while (wait(&status) > 0) sum += WEXITSTATUS(status);
    printf("sum %d\n", sum);
    return 0;
}

/* Only what this program and the C library need from here on; anything else is death. */
static int filtered(void) {
    static const int allowed[] = {SYS_read, SYS_write, SYS_close, SYS_openat, SYS_newfstatat, SYS_exit_group, SYS_brk, SYS_mmap, SYS_munmap, SYS_access, SYS_readlink, SYS_lseek, SYS_rt_sigreturn};
    struct sock_filter code[64];
    unsigned short used = 0;
    code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {used, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 9;
    struct stat what;
    char link[100];
    FILE *file = fopen("made", "w");
    fprintf(file, "%d %d %d\n", stat("/etc", &what), access("missing", F_OK), (int)readlink("/missing", link, sizeof link));
    fclose(file);
    int fd = open("made", O_RDONLY);
    if (fd < 0 || fstat(fd, &what)) return 8;
    printf("%ld bytes\n", (long)what.st_size);
    return 0;
}

/* A filter that is passed on: the program that is started lives under it. */
static int filtered_child(void) {
    static const int denied[] = {19041, SYS_getcwd, SYS_fstat, SYS_faccessat};
    struct sock_filter code[64];
    unsigned short used = 0;
    code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)denied[i], 0, 1);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    }
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {used, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) return 9;
    execl("/bin/cat", "cat", "/etc/hostname", NULL);
    return 8;
}

static int elsewhere(void) {
    if (mkdir("root", 0755) || unshare(CLONE_NEWUSER | CLONE_NEWNS)) return 0;
    printf("chroot %d\n", chroot("root"));
    printf("open %d\n", open("/etc/passwd", O_RDONLY));
    close(open("/inside", O_CREAT | O_WRONLY, 0600));
    return 0;
}

int main(int argc, char **argv) {
    static const struct { const char *name; int (*body)(void); } tests[] = {
        {"many", many}, {"daemonised", daemonised}, {"stopped", stopped}, {"killed", killed}, {"dumped", dumped},
        {"adopted", adopted}, {"filtered", filtered}, {"filtered-child", filtered_child}, {"elsewhere", elsewhere},
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (argc > 1 && !strcmp(argv[1], tests[i].name)) return tests[i].body();
    return 2;
}
