/* A program that has a file open, or mapped, and goes on writing to it while others read it.
 * holds mapped FILE TEXT...: ./copy FILE 1, 2 ... after each TEXT, which is written through a mapping.
 * holds open FILE FIRST LAST: FIRST once ./late FILE out has opened it and before it has read it, LAST as soon as that has ended. */
#include <sys/wait.h>
#include "work.h"

static pid_t starts(const char *program, const char *from, const char *to) {
    pid_t pid = fork();
    if (pid == 0) execl(program, program, from, to, (char *)NULL);
    if (pid <= 0) fail(program);
    return pid;
}

static int mapped(int file, char **argv, int count) {
    char to[16];
    if (ftruncate(file, 4096)) fail("ftruncate");
    char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED || close(file)) fail("mmap");
    for (int i = 3; i < count; i++) {
        strcpy(at, argv[i]);
        snprintf(to, sizeof to, "%d", i - 2);
        waitpid(starts("./copy", argv[2], to), NULL, 0);
    }
    return 0;
}

static int held(int file, char **argv) {
    siginfo_t ended;
    pid_t reader = starts("./late", argv[2], "out");
    while (access("out.opened", F_OK)) continue;
    if (pwrite(file, argv[3], strlen(argv[3]), 0) < 0) fail("pwrite");
    waitid(P_PID, (id_t)reader, &ended, WEXITED | WNOWAIT);
    for (int i = 0; i < 2000; i++) {
        if (pwrite(file, argv[4], strlen(argv[4]), 0) < 0) fail("pwrite");
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    waitpid(reader, NULL, 0);
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    work();
    int file = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) fail(argv[2]);
    return strcmp(argv[1], "open") ? mapped(file, argv, argc) : held(file, argv);
}
