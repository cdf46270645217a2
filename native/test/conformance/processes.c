/* Starting programs: every way, what the kernel looks up on the way, and who is charged. */
#include "behaviour.h"
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include "calls.h"

extern char **environ;
static char *const tool_argv[] = {"tool", NULL};

BEHAVIOUR(exec_program, "execve(2)", "exec tool") {
    int child = fork();
    if (child == 0) syscall(SYS_exit_group, execve("./tool", tool_argv, environ));
    return child_worked(child);
}
BEHAVIOUR(exec_itself, "execve(2) without a fork", "exec tool") { return worked(execve("tool", tool_argv, environ)); }
BEHAVIOUR(exec_missing, "execve(2) of what is not there", "missing absent") { return failed_with(execve("absent", tool_argv, environ), ENOENT); }
BEHAVIOUR(exec_not_executable, "execve(2) of what may not be executed", "stated file") { return failed_with(execve("file", tool_argv, environ), EACCES); }
BEHAVIOUR(exec_no_program, "execve(2) of what is no program", "opened plain") { return failed_with(execve("plain", tool_argv, environ), ENOEXEC); }
BEHAVIOUR(exec_no_program_twice, "execve(2) of what is no program, then of one", "opened plain; exec tool") {
    return failed_with(execve("plain", tool_argv, environ), ENOEXEC) && worked(execve("tool", tool_argv, environ));
}
BEHAVIOUR(exec_no_interpreter, "execve(2) of a script whose interpreter is not there", "opened broken; doubt ERROR") {
    return failed_with(execve("broken", tool_argv, environ), ENOENT);
}
BEHAVIOUR(exec_script, "execve(2) of a script", "exec run") { return worked(execve("run", tool_argv, environ)); }
BEHAVIOUR(exec_link, "execve(2) through a link", "made-link new tool; exec new") { return worked(symlink("tool", "new")) && worked(execve("new", tool_argv, environ)); }
BEHAVIOUR(exec_descriptor, "execveat(2) of a descriptor", "stated tool; exec tool") {
    int fd = open("tool", O_PATH | O_CLOEXEC);
    return worked(execveat(fd, "", tool_argv, environ, AT_EMPTY_PATH));
}
BEHAVIOUR(exec_at, "execveat(2) below a folder", "typed .; exec tool") {
    int at = open(".", O_PATH | O_CLOEXEC);
    return worked(execveat(at, "tool", tool_argv, environ, 0));
}
BEHAVIOUR(exec_without_environment, "execve(2) with an empty environment", "exec tool") {
    char *const none[] = {NULL};
    return worked(execve("tool", tool_argv, none));
}
BEHAVIOUR(exec_own, "execve(2) of what it made itself", "opened tool; wrote new; changed new mode; exec new") {
    int from = open("tool", O_RDONLY), to = open("new", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    while (sendfile(to, from, NULL, 1 << 20) > 0) continue;
    close(to);
    return worked(chmod("new", 0755)) && worked(execve("new", tool_argv, environ));
}
BEHAVIOUR(fork_of_fork, "a fork of a fork opens a file", "opened file") {
    int child = fork();
    if (child == 0) {
        int grandchild = fork();
        if (grandchild == 0) syscall(SYS_exit_group, !worked(open("file", O_RDONLY)));
        syscall(SYS_exit_group, !child_worked(grandchild));
    }
    return child_worked(child);
}
BEHAVIOUR(clone_raw, "clone(2) by number", "opened file") {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) syscall(SYS_exit_group, !worked(open("file", O_RDONLY)));
    return child_worked((int)child);
}
BEHAVIOUR(clone_namespace, "clone(2) into a new namespace", "doubt NAMESPACE") {
    long child = syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) syscall(SYS_exit_group, 0);
    return child < 0 || child_worked((int)child);
}
BEHAVIOUR(clone3_namespace, "clone3(2) into a new namespace", "doubt NAMESPACE") {
    uint64_t arguments[8] = {CLONE_NEWUTS, 0, 0, 0, SIGCHLD};
    long child = syscall(SYS_clone3, arguments, sizeof arguments);
    if (child == 0) syscall(SYS_exit_group, 0);
    return child < 0 || child_worked((int)child);
}
BEHAVIOUR(adopts, "PR_SET_CHILD_SUBREAPER", "doubt KERNEL_STATE") { return worked(prctl(PR_SET_CHILD_SUBREAPER, 1)); }
BEHAVIOUR(other_user, "setresuid(2) to another user", "doubt PRIVILEGE") { return setresuid(65534, 65534, 65534) == 0 || getuid() != 0; }
BEHAVIOUR(foreign_call, "a 32-bit system call", "doubt FOREIGN_ABI") {
    int id;
    __asm__ volatile("int $0x80" : "=a"(id) : "a"(20 /* getpid */) : "r8", "r9", "r10", "r11", "memory");
    return id > 0 || id == -ENOSYS;
}
BEHAVIOUR(unknown_call, "a system call that nobody knows", "doubt UNKNOWN_CALL") { return failed_with(syscall(1023), ENOSYS); }
BEHAVIOUR(tracing, "ptrace(2)", "doubt TRACES") {
    int child = fork();
    if (child == 0) syscall(SYS_exit_group, ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
    return child_worked(child);
}
BEHAVIOUR(reads_memory, "process_vm_readv(2)", "doubt TRACES") {
    char from[4] = "abc", to[4];
    struct iovec there = {from, 4}, here = {to, 4};
    return syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0) == 4;
}

#ifndef RAW
BEHAVIOUR(exec_vfork, "vfork(2), then execve(2)", "exec tool") {
    int child = vfork();
    if (child == 0) {
        execve("tool", tool_argv, environ);
        _exit(127);
    }
    return child_worked(child);
}
BEHAVIOUR(exec_spawn, "posix_spawn(3) with a file for its output", "wrote new; exec tool") {
    int child;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "new", O_CREAT | O_WRONLY, 0644);
    return posix_spawn(&child, "tool", &actions, NULL, tool_argv, environ) == 0 && child_worked(child);
}
BEHAVIOUR(exec_searched, "execvp(3) that searches", "missing dir/tool; missing empty/tool; exec tool") {
    setenv("PATH", "dir:empty:.", 1);
    return worked(execvp("tool", tool_argv));
}
BEHAVIOUR(exec_system, "system(3)", "stated .; exec tool") { return system("exec ./tool") == 0; }
BEHAVIOUR(exec_piped, "popen(3)", "stated .; exec tool") {
    FILE *from = popen("exec ./tool", "r");
    return from && pclose(from) == 0;
}
BEHAVIOUR(exec_open, "fexecve(3)", "opened tool; exec tool") { return worked(fexecve(open("tool", O_RDONLY | O_CLOEXEC), tool_argv, environ)); }
#endif
