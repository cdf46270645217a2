/* Looking at names again after they were looked at, in folders where at first nothing was changed: by links, dots and
 * slashes, by descriptors, while one is read, and with a filter that knows only the calls made here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void look(const char *name) {
    char target[64];
    struct stat what, itself;
    int by_link = lstat(name, &itself), there = stat(name, &what), may = access(name, R_OK), missing = errno;
    ssize_t length = readlink(name, target, sizeof target);
    int fd = open(name, O_RDONLY), failed = errno, folder = open(name, O_RDONLY | O_DIRECTORY), other = errno;
    printf("%s: %d %o, %d %lld, %d, %zd, %d, %d %d\n", name, by_link, by_link ? 0 : itself.st_mode, there, there ? missing : (long long)(S_ISDIR(what.st_mode) ? 0 : what.st_size), may, length, fd < 0 ? failed : 0, folder < 0 ? other : 0, folder < 0 ? 0 : openat(folder, "b", O_RDONLY) >= 0);
    close(fd);
    close(folder);
}

static void look_at_all(const char *when) {
    static const char *const names[] = {"old", "old/", "old/b", "./old//b", "old/./b", "old/deep/../b", "old/deep/..", "to-old", "to-old/", "to-old/b", "to-old/deep/../b", "old/link", "old/link/", "old/link/a", "old/link/../b", "old/b/", "old/b/x", "old/none", "old/none/x", "old/none/in/x", "old/deep/../none/x", "../work/old/b", "empty", "empty/x", "empty/..", "gone/a"};
    puts(when);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) look(names[i]);
}

static int count(DIR *folder, int most) {
    int all = 0;
    while (all < most && readdir(folder)) all++;
    return all;
}

/* So many names that they are not read with one call. */
static void read_while_changed(void) {
    DIR *folder = opendir("many");
    int first = count(folder, 10);
    char name[64];
    struct dirent *entry;
    while ((entry = readdir(folder)) && entry->d_name[0] == '.') continue;
    snprintf(name, sizeof name, "many/%.50s", entry->d_name);
    unlink(name);
    printf("removed while it is read: %d\n", first + 1 + count(folder, 10000));
    rewinddir(folder);
    printf("again: %d\n", count(folder, 10000));
    closedir(folder);
    close(open(name, O_WRONLY | O_CREAT, 0644)); /* in which order names come nobody promises */
    printf("a certain one: %d\n", unlink("many/name-of-some-length-name-of-some-length-7"));
}

static void replaced(void) {
    int before = open("old/deep", O_RDONLY | O_DIRECTORY);
    struct stat what;
    printf("by descriptor: %d\n", fstatat(before, "a", &what, 0));
    mkdir("made", 0755);
    close(open("made/x", O_WRONLY | O_CREAT, 0644));
    printf("over one that is empty: %d\n", rename("made", "empty"));
    unlink("old/deep/a");
    printf("by descriptor: %d\n", fstatat(before, "a", &what, 0));
    rmdir("old/deep");
    printf("by descriptor of what is gone: %d\n", fstatat(before, "a", &what, 0));
    mkdir("old/none", 0755);
    mkdir("old/none/in", 0755);
    close(open("old/none/in/x", O_WRONLY | O_CREAT, 0644));
    unlink("old/link");
    symlink("../many", "old/link");
    close(open("old/deep", O_WRONLY | O_CREAT, 0644));
}

/* As a program of the last century, and the leak detector of today, reads names. */
static void read_as_of_old(void) {
    struct old { unsigned long inode, next; unsigned short length; char name[]; };
    static char bytes[4096] __attribute__((aligned(8)));
    int folder = open("old", O_RDONLY | O_DIRECTORY), all = 0, files = 0;
    for (long got; (got = syscall(SYS_getdents, folder, bytes, sizeof bytes)) > 0;)
        for (long at = 0; at < got; at += ((struct old *)(bytes + at))->length) {
            struct old *one = (struct old *)(bytes + at);
            all += !strcmp(one->name, "b") || !strcmp(one->name, "deep");
            files += bytes[at + one->length - 1] == DT_REG;
        }
    printf("as of old: %d, %d\n", all, files);
    close(folder);
}

#define KILLED(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static void with_filter(void) {
    struct sock_filter lines[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), KILLED(SYS_getcwd), KILLED(SYS_readlinkat), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog whole = {sizeof lines / sizeof *lines, lines};
    struct stat what;
    int status;
    fflush(stdout);
    if (fork() == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole);
        _exit(stat("many/none", &what) == 0 ? 1 : errno);
    }
    wait(&status);
    printf("with a filter: %x\n", status);
}

int main(void) {
    look_at_all("before");
    look_at_all("again");
    read_as_of_old();
    read_while_changed();
    replaced();
    look_at_all("after");
    read_as_of_old();
    with_filter();
    look_at_all("without a table");
    puts("end");
    return 0;
}
