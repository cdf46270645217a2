/* Ways to start a program, each of which another tap has lost or broken once. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *echo[] = {"echo", "from the child", NULL};

static int wait_for(pid_t child) {
    int status = -1;
    if (child < 0) perror("start");
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int with_vfork(void) {
    pid_t child = vfork();
    if (child == 0) {
        execv("/bin/echo", echo);
        _exit(9);
    }
    return wait_for(child);
}

/* Fails first, so the parent's memory is written to between vfork and exec. */
static int with_vfork_failing(void) {
    pid_t child = vfork();
    if (child == 0) {
        execv("/nowhere/echo", echo);
        execv("/bin/echo", echo);
        _exit(9);
    }
    return wait_for(child);
}

static int with_file_actions(void) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_addopen(&actions, 5, "spawned.txt", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 5, 1);
    posix_spawn_file_actions_addclose(&actions, 5);
    if (posix_spawnp(&child, "echo", &actions, &attributes, echo, environ)) return 9;
    int code = wait_for(child);
    char text[64] = "";
    FILE *file = fopen("spawned.txt", "r");
    if (!file || !fgets(text, sizeof text, file)) return 8;
    printf("file: %s", text);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    return code | posix_spawn(&child, "/nowhere", NULL, NULL, echo, environ);
}

static int with_clone3(void) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (child == 0) {
        execv("/bin/echo", echo);
        _exit(9);
    }
    return wait_for(child);
}

static int in_clone(void *nothing) {
    (void)nothing;
    execv("/bin/echo", echo);
    return 9;
}

static int with_clone_vm(void) {
    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    return wait_for(clone(in_clone, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static int with_execveat(void) {
    int directory = open("/bin", O_PATH | O_DIRECTORY);
    pid_t child = fork();
    if (child == 0) {
        syscall(SYS_execveat, directory, "echo", echo, environ, 0);
        _exit(9);
    }
    return wait_for(child);
}

static int with_fexecve(void) {
    pid_t child = fork();
    if (child == 0) {
        fexecve(open("/bin/echo", O_RDONLY | O_CLOEXEC), echo, environ);
        _exit(9);
    }
    return wait_for(child);
}

/* A program in memory, which has no name at all. */
static int with_memfd(void) {
    pid_t child = fork();
    if (child == 0) {
        int from = open("/bin/echo", O_RDONLY), to = memfd_create("echo", MFD_CLOEXEC);
        char block[65536];
        for (ssize_t got; (got = read(from, block, sizeof block)) > 0;)
            if (write(to, block, (size_t)got) != got) _exit(8);
        fexecve(to, echo, environ);
        _exit(9);
    }
    return wait_for(child);
}

static int with_empty_name(void) {
    char *nothing[] = {"", NULL};
    pid_t child = fork();
    if (child == 0) {
        execv("/bin/true", nothing);
        _exit(9);
    }
    return wait_for(child);
}

static int with_large_environment(void) {
    static char value[100 * 1024];
    memset(value, 'x', sizeof value - 1);
    setenv("LARGE", value, 1);
    return system("echo ${#LARGE}");
}

static int with_nothing(void) {
    char *nobody[] = {NULL};
    pid_t child = fork();
    if (child == 0) {
        execve("/usr/bin/env", echo, nobody);
        _exit(9);
    }
    return wait_for(child);
}

static void *run_echo(void *nothing) {
    execv("/bin/echo", echo);
    return nothing;
}

/* exec from a thread that is not the first. */
static int from_thread(void) {
    pid_t child = fork();
    if (child == 0) {
        static char stack[65536] __attribute__((aligned(16)));
        int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
        if (clone((int (*)(void *))(void (*)(void))run_echo, stack + sizeof stack, flags, NULL) < 0) _exit(8);
        for (;;) pause();
    }
    return wait_for(child);
}

int main(int argc, char **argv) {
    static const struct { const char *name; int (*way)(void); } ways[] = {
        {"vfork", with_vfork}, {"vfork-failing", with_vfork_failing}, {"file-actions", with_file_actions}, {"clone3", with_clone3},
        {"clone-vm", with_clone_vm}, {"execveat", with_execveat}, {"fexecve", with_fexecve}, {"memfd", with_memfd},
        {"empty-name", with_empty_name}, {"large-environment", with_large_environment}, {"empty-environment", with_nothing}, {"thread", from_thread},
    };
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && !strcmp(argv[1], ways[i].name)) {
            int code = ways[i].way();
            printf("code %d\n", code);
            return code ? 1 : 0;
        }
    return 2;
}
