/* Starts a command in a place that refuses things, as sandboxes, containers and small machines do:
 *     confined <refusal>... -- command
 * Each refusal is `word=value`, applied in the order given. 126: this machine cannot refuse it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CANNOT 126

static void cannot(const char *what) {
    fprintf(stderr, "confined: %s: %s\n", what, strerror(errno));
    exit(CANNOT);
}

static const struct { const char *name; int number; } calls[] = {
    {"connect", SYS_connect}, {"sendmsg", SYS_sendmsg}, {"recvmsg", SYS_recvmsg}, {"socket", SYS_socket}, {"socketpair", SYS_socketpair},
    {"exit_group", SYS_exit_group}, {"ptrace", SYS_ptrace}, {"process_vm_readv", SYS_process_vm_readv}, {"process_vm_writev", SYS_process_vm_writev},
    {"pidfd_open", SYS_pidfd_open}, {"pidfd_getfd", SYS_pidfd_getfd}, {"memfd_create", SYS_memfd_create}, {"kcmp", SYS_kcmp},
    {"seccomp", SYS_seccomp}, {"setsid", SYS_setsid}, {"clone3", SYS_clone3}, {"io_uring_setup", SYS_io_uring_setup}, {"statx", SYS_statx},
    {"openat2", SYS_openat2}, {"close_range", SYS_close_range}, {"unshare", SYS_unshare}, {"epoll_create1", SYS_epoll_create1}, {"signalfd4", SYS_signalfd4}, {"faccessat2", SYS_faccessat2},
};

static const struct { const char *name; uint32_t answer; } answers[] = {
    {"EPERM", SECCOMP_RET_ERRNO | EPERM}, {"EACCES", SECCOMP_RET_ERRNO | EACCES}, {"ENOSYS", SECCOMP_RET_ERRNO | ENOSYS},
    {"EINVAL", SECCOMP_RET_ERRNO | EINVAL}, {"KILL", SECCOMP_RET_KILL_PROCESS},
};

static int install(struct sock_filter *code, unsigned length, unsigned long flags) {
    struct sock_fprog whole = {(unsigned short)length, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) cannot("no_new_privs");
    long made = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &whole);
    if (made < 0) cannot("seccomp");
    return (int)made;
}

/* As Linux before 5.19 does, which looks at the flags before it asks for rights. Without no_new_privs, so only root can make it. */
static void refuse_flag(const char *name) {
    if (strcmp(name, "seccomp:WAIT_KILLABLE_RECV")) {
        errno = EINVAL;
        cannot(name);
    }
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog whole = {sizeof code / sizeof *code, code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole)) cannot("seccomp");
}

static void refuse_call(const char *name, uint32_t answer) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name)) continue;
        struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 2),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, answer),
        };
        install(code, sizeof code / sizeof *code, 0);
        return;
    }
    errno = EINVAL;
    cannot(name);
}

/* connect,sendmsg:EPERM */
static void refuse_calls(char *list) {
    char *error = strchr(list, ':');
    uint32_t answer = 0;
    if (error) *error++ = 0;
    for (size_t i = 0; error && i < sizeof answers / sizeof *answers; i++)
        if (!strcmp(answers[i].name, error)) answer = answers[i].answer;
    if (!answer) {
        errno = EINVAL;
        cannot(list);
    }
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) refuse_call(name, answer);
}

/* A listener that never hears anything: the call it is for exists nowhere. It stays open in the command, or it would be gone. */
static void listen_already(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 60000, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    fcntl(install(code, sizeof code / sizeof *code, SECCOMP_FILTER_FLAG_NEW_LISTENER), F_SETFD, 0);
}

static void limit(char *text) {
    static const struct { const char *name; int resource; } limits[] = {
        {"AS", RLIMIT_AS}, {"NOFILE", RLIMIT_NOFILE}, {"NPROC", RLIMIT_NPROC}, {"FSIZE", RLIMIT_FSIZE}, {"STACK", RLIMIT_STACK}, {"MEMLOCK", RLIMIT_MEMLOCK}, {"SIGPENDING", RLIMIT_SIGPENDING},
    };
    char *number = strchr(text, ':');
    if (number) *number++ = 0;
    for (size_t i = 0; number && i < sizeof limits / sizeof *limits; i++) {
        struct rlimit both = {strtoull(number, NULL, 10), strtoull(number, NULL, 10)};
        if (strcmp(limits[i].name, text)) continue;
        if (setrlimit(limits[i].resource, &both)) cannot(text);
        return;
    }
    errno = EINVAL;
    cannot(text);
}

static void own_mounts(void) {
    static int done;
    if (done++) return;
    if (unshare(CLONE_NEWNS)) cannot("unshare");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) cannot("private mounts");
}

/* folder:64k */
static void small_disk(char *text) {
    char *size = strrchr(text, ':'), options[64];
    if (!size) exit(CANNOT);
    *size++ = 0;
    own_mounts();
    snprintf(options, sizeof options, "size=%s", size);
    if (mount("none", text, "tmpfs", 0, options)) cannot(text);
}

static void read_only(const char *folder) {
    own_mounts();
    if (mount(folder, folder, NULL, MS_BIND, NULL) || mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL)) cannot(folder);
}

/* Everything may be read and run; what changes anything, only below these folders and in /dev. */
static void write_only_below(char *list) {
    const uint64_t changes = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = changes};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0) cannot("landlock");
    for (char *folder = strtok(list, ","); folder; folder = strtok(NULL, ",")) {
        struct landlock_path_beneath_attr below = {.allowed_access = changes, .parent_fd = open(folder, O_PATH | O_CLOEXEC)};
        if (below.parent_fd < 0 || syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0)) cannot(folder);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, rules, 0)) cannot("landlock");
}

static void become(const char *id) {
    unsigned number = (unsigned)atoi(id);
    if (setresgid(number, number, number) || setresuid(number, number, number)) cannot(id);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!strcmp(argv[i], "--") && argv[i + 1]) {
            execvp(argv[i + 1], argv + i + 1);
            cannot(argv[i + 1]);
        }
        if (!value) break;
        *value++ = 0;
        if (!strcmp(argv[i], "deny")) refuse_calls(value);
        else if (!strcmp(argv[i], "unknown")) refuse_flag(value);
        else if (!strcmp(argv[i], "listener")) listen_already();
        else if (!strcmp(argv[i], "limit")) limit(value);
        else if (!strcmp(argv[i], "disk")) small_disk(value);
        else if (!strcmp(argv[i], "readonly")) read_only(value);
        else if (!strcmp(argv[i], "landlock")) write_only_below(value);
        else if (!strcmp(argv[i], "user")) become(value);
        else break;
    }
    fprintf(stderr, "confined: expected refusals, \"--\" and a command\n");
    return CANNOT;
}
