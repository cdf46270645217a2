/* Odd moments and odd callers: handlers, children that share memory, programs that hide from a preloaded library. */
#include "behaviour.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include "calls.h"

extern char **environ;
static char *const again_argv[] = {"again", "open_read", NULL};

static volatile int opened_there;
static void on_signal(int number) {
    (void)number;
    opened_there = open("file", O_RDONLY);
}
BEHAVIOUR(in_handler, "opens in a signal handler", "opened file") {
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    return opened_there > 0;
}
BEHAVIOUR(after_closing_all, "closes all descriptors, then opens", "opened file") {
    return worked(syscall(SYS_close_range, 3, ~0u, 0)) && worked(open("file", O_RDONLY));
}
BEHAVIOUR(after_own_filter, "opens under a seccomp filter of its own", "opened file") {
    struct sock_filter pass = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog whole = {1, &pass};
    return worked(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) && worked(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole)) && worked(open("file", O_RDONLY));
}
BEHAVIOUR(without_environment, "starts itself with an empty environment", "opened file") {
    char *const none[] = {NULL};
    return worked(execve("/proc/self/exe", again_argv, none));
}
BEHAVIOUR(with_other_preload, "starts itself with another LD_PRELOAD", "opened file") {
    char *const other[] = {"LD_PRELOAD=libm.so.6", NULL};
    return worked(execve("/proc/self/exe", again_argv, other));
}
BEHAVIOUR(exec_memory, "starts a program that is only in memory", "opened tool; doubt HANDLE") {
    int from = open("tool", O_RDONLY), to = memfd_create("program", 0);
    while (sendfile(to, from, NULL, 1 << 20) > 0) continue;
    return worked(execveat(to, "", again_argv, environ, AT_EMPTY_PATH));
}
BEHAVIOUR(exec_removed, "starts a program that has no name any more", "stated tool; removed tool; exec tool (deleted); doubt HANDLE") {
    int fd = open("tool", O_PATH);
    return worked(unlink("tool")) && worked(execveat(fd, "", again_argv, environ, AT_EMPTY_PATH));
}
BEHAVIOUR(loop_of_links, "opens a link that leads to itself", "made-link new new; doubt ERROR") { return worked(symlink("new", "new")) && failed_with(open("new", O_RDONLY), ELOOP); }
BEHAVIOUR(two_names_renamed, "rename(2) of one name over another of the same file", "linked file new; renamed file new") { return worked(link("file", "new")) && worked(rename("file", "new")); }
BEHAVIOUR(removed_folder, "opens in a working directory that is gone, and beside it", "made-dir new; typed new; removed new; doubt PATH_UNKNOWN") {
    return worked(mkdir("new", 0755)) && worked(chdir("new")) && worked(rmdir("../new")) && failed_with(open("file", O_RDONLY), ENOENT) && worked(open("../file", O_RDONLY));
}
BEHAVIOUR(removed_folder_descriptor, "openat(2) beside a folder that is gone", "typed empty; removed empty; doubt PATH_UNKNOWN") {
    int at = open("empty", O_PATH);
    return worked(rmdir("empty")) && failed_with(openat(at, "file", O_RDONLY), ENOENT) && worked(openat(at, "../file", O_RDONLY));
}
BEHAVIOUR(renamed_folder, "opens in a working directory that was renamed", "typed dir; renamed dir new; opened new/inner") {
    return worked(chdir("dir")) && worked(rename("../dir", "../new")) && worked(open("inner", O_RDONLY));
}
BEHAVIOUR(bad_address, "a path that is no address, then one that is", "opened file") {
    return failed_with(open((const char *)(intptr_t)8, O_RDONLY), EFAULT) && worked(open("file", O_RDONLY));
}

#ifndef RAW
BEHAVIOUR(in_vfork, "a vfork opens, in its parent's memory", "opened file") {
    int child = vfork();
    if (child == 0) _exit(!worked(open("file", O_RDONLY)));
    return child_worked(child);
}
BEHAVIOUR(spawn_elsewhere, "posix_spawn(3) in another folder", "typed dir; exec tool") {
    int child;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, "dir");
    return posix_spawn(&child, "../tool", &actions, NULL, again_argv, environ) == 0 && child_worked(child);
}
#endif
