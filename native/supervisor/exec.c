/* New images. An exec is seen before it happens; when its weak key is in the store, Node
 * is asked and the process waits. A unit that is replayed becomes the replayer, a tiny
 * program that writes the recorded output and exits with the recorded code:
 *   - a guest that passed FATHOM_EXEC_MARK is told so and execs the replayer itself;
 *   - any other image is started, and behind its first observed system call (of a static
 *     program, ARCH_SET_FS) its code is overwritten with an exec of the replayer (its memory is its own and
 *     about to go: nothing of it has run that anybody could see). */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "machine.h"
#include "supervisor.h"

void exec_free(struct exec *exec) {
    if (!exec) return;
    strings_free(&exec->argv);
    strings_free(&exec->env);
    strings_free(&exec->inherited);
    free(exec->hidden);
    if (exec->replay_streams >= 0) close(exec->replay_streams);
    free(exec);
}

static uint32_t stream_kind(const struct stat *what) {
    switch (what->st_mode & S_IFMT) {
    case S_IFIFO: return STREAM_PIPE;
    case S_IFREG: return STREAM_FILE;
    case S_IFSOCK: return STREAM_SOCKET;
    case S_IFCHR:
        if (what->st_rdev == NULL_DEVICE) return STREAM_NULL;
        /* Source: devices.txt, 4 and 5 (consoles), 136 to 143 (pseudo-terminals) */
        switch (what->st_rdev >> 8 & 0xfff) {
        case 4: case 5: case 136: case 137: case 138: case 139: case 140: case 141: case 142: case 143: return STREAM_TERMINAL;
        default: return STREAM_OTHER;
        }
    default: return STREAM_OTHER;
    }
}

static bool closes_on_exec(pid_t tid, int fd) {
    char name[64], text[256];
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", tid, fd);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return true;
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    if (got <= 0) return true;
    text[got] = 0;
    const char *flags = strstr(text, "flags:");
    return flags && strtoul(flags + 6, NULL, 8) & O_CLOEXEC;
}

/* GNU make tells in MAKEFLAGS which descriptors its jobserver uses; tokens are nobody's input. */
static bool is_jobserver(const struct exec *exec, int fd) {
    const char *at = exec->env.bytes;
    for (size_t i = 0; i < exec->env.count; i++, at += strlen(at) + 1) {
        if (strncmp(at, "MAKEFLAGS=", 10) && strncmp(at, "CARGO_MAKEFLAGS=", 16)) continue;
        const char *auth = strstr(at, "--jobserver-auth=");
        if (!auth) auth = strstr(at, "--jobserver-fds=");
        int in, out;
        if (auth && sscanf(strchr(auth, '=') + 1, "%d,%d", &in, &out) == 2 && (fd == in || fd == out)) return true;
    }
    return false;
}

/* What a program finds out beside its variables. */
static void answers(struct exec *exec) {
    strings_add(&exec->env, exec->streams[0].kind == STREAM_TERMINAL ? STDIN_IS_TERMINAL "=1" : STDIN_IS_TERMINAL "=0");
    strings_add(&exec->env, exec->streams[0].kind == STREAM_NULL ? STDIN_IS_NULL "=1" : STDIN_IS_NULL "=0");
    strings_add(&exec->env, exec->streams[1].kind == STREAM_NULL ? STDOUT_IS_NULL "=1" : STDOUT_IS_NULL "=0");
    strings_add(&exec->env, exec->streams[2].kind == STREAM_NULL ? STDERR_IS_NULL "=1" : STDERR_IS_NULL "=0");
    machine_answers(&exec->env);
}

void exec_streams(struct exec *exec) {
    for (int fd = 0; fd < 3; fd++) {
        struct stat what;
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || (flags & FD_CLOEXEC) || fstat(fd, &what)) continue; /* closed */
        exec->streams[fd] = (struct stream){stream_kind(&what), 0, what.st_dev, what.st_ino};
    }
    answers(exec);
}

static bool is_known_stream(const struct exec *exec, struct image *of, const struct stat *what) {
    for (int fd = 0; fd < 3; fd++)
        if (exec->streams[fd].kind > STREAM_NULL && exec->streams[fd].dev == what->st_dev && exec->streams[fd].ino == what->st_ino) return true;
    return stream_is_watched(of, what) || stream_is_leaked(what);
}

/* Open files besides the three streams that the new image gets and might use unseen. */
static void inherited(pid_t tid, struct image *of, struct exec *exec) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/fd", tid);
    DIR *directory = opendir(name);
    if (!directory) return;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        int fd = atoi(entry->d_name);
        struct stat what;
        if (entry->d_name[0] == '.' || fd <= 2 || closes_on_exec(tid, fd) || tracee_stat_fd(tid, fd, &what)) continue;
        if (stream_kind(&what) == STREAM_NULL || is_jobserver(exec, fd)) continue;
        if (is_known_stream(exec, of, &what)) exec->aliased = true;
        if (stream_is_leaked(&what)) continue;
        char link[64], target[256], text[384];
        snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, fd);
        ssize_t got = readlink(link, target, sizeof target - 1);
        target[got < 0 ? 0 : got] = 0;
        snprintf(text, sizeof text, "%d %s", fd, target);
        strings_add(&exec->inherited, text);
    }
    closedir(directory);
}

/* The program believes in the environment it was given: our library is not part of it. */
static void without_guest(struct strings *env) {
    struct strings kept = {0};
    size_t ours = strlen(S.guest);
    const char *at = env->bytes;
    for (size_t i = 0; i < env->count; i++, at += strlen(at) + 1) {
        const char *found = !strncmp(at, "LD_PRELOAD=", 11) ? strstr(at, S.guest) : NULL;
        if (!found) {
            strings_add(&kept, at);
            continue;
        }
        char *text = strdup(at);
        if (!text) continue;
        char *piece = text + (found - at), *after = piece + ours;
        if (*after == ':' || *after == ' ') after++;
        else if (piece > text + 11) piece--;
        memmove(piece, after, strlen(after) + 1);
        if (text[11]) strings_add(&kept, text);
        free(text);
    }
    strings_free(env);
    *env = kept;
}

static int program_path(pid_t tid, const struct seccomp_notif *notice, char *text, char *into) {
    bool at = notice->data.nr == SYS_execveat;
    int failed = tracee_path(tid, notice->data.args[at ? 1 : 0], text);
    return failed ? failed : tracee_absolute(tid, at ? (int)notice->data.args[0] : AT_FDCWD, text, into);
}

static bool can_start(struct image *image, const char *path, struct stat *what) {
    if (stat(path, what) == 0) {
        if (S_ISREG(what->st_mode) && access(path, X_OK) == 0) return true;
        record_path(image, LEDGER_STATED, 0, what, path); /* its mode says no */
    } else if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) record_missing(image, 0, errno, path);
    else record_doubt(image, LEDGER_REASON_ERROR, path);
    return false;
}

/* fexecve(3) of a file whose name is gone, or that never had one. */
static bool starts_nameless(struct process *process, const struct seccomp_notif *notice, const struct exec *exec, const char *text, struct stat *what) {
    bool at = notice->data.nr == SYS_execveat;
    int fd = at && text[0] == 0 ? (int)notice->data.args[0] : tracee_descriptor((pid_t)notice->pid, text);
    struct stat named;
    if (fd < 0 || tracee_stat_fd((pid_t)notice->pid, fd, what)) return false;
    if (stat(exec->path, &named) == 0 && named.st_dev == what->st_dev && named.st_ino == what->st_ino) return false;
    record_doubt(process->image, LEDGER_REASON_HANDLE, exec->path);
    return true;
}

static int collect(const struct process *process, const struct seccomp_notif *notice, struct exec *exec) {
    pid_t tid = (pid_t)notice->pid;
    bool at = notice->data.nr == SYS_execveat;
    const uint64_t *args = (const uint64_t *)notice->data.args;
    int failed = tracee_strings(tid, args[at ? 2 : 1], &exec->argv);
    if (!failed) failed = tracee_strings(tid, args[at ? 3 : 2], &exec->env);
    if (!failed) failed = tracee_cwd(tid, exec->cwd);
    if (failed) return failed;
    without_guest(&exec->env);
    for (int fd = 0; fd < 3; fd++) {
        struct stat what;
        if (tracee_stat_fd(tid, fd, &what)) continue; /* closed */
        uint32_t kind = stream_kind(&what);
        /* Of a terminal whose maker wanted O_CLOEXEC (TIOCGPTPEER) fdinfo shows that for ever, whatever the descriptor's own flag is. */
        if (kind == STREAM_TERMINAL || !closes_on_exec(tid, fd)) exec->streams[fd] = (struct stream){kind, 0, what.st_dev, what.st_ino};
    }
    answers(exec);
    inherited(tid, process->image, exec);
    exec->mask = S.mask_changed ? tracee_mask(tid) : S.mask;
    return 0;
}

static bool is_known(const struct exec *exec) {
    char path[KEY_PATH_BYTES];
    key_path(exec, path);
    return access(path, F_OK) == 0;
}

/* The exec that waits becomes the replayer's: by its caller, which was told how, or behind its first call. */
static void become(struct process *process, struct exec *exec, uint64_t notification, bool mark) {
    exec->replay = true;
    if (mark) {
        notify_error(notification, FATHOM_EXEC_REPLAY);
        return;
    }
    process->inject = true;
    notify_continue(notification);
}

/* By plan, while Node is away: where no unit around this one will be stored, nobody needs to know what was in it.
 * `begun`: it runs, which needs no Node either. */
static bool replays_alone(const struct process *process, struct exec *exec) {
    struct replay replay;
    const struct image *parent = process->image;
    if (!S.node_away || (parent ? !parent->barren : S.decided)) return false;
    if (!plan_follow(exec, parent ? parent->children_use : PLAN_IN_PLACE, &replay)) {
        exec->begun = replay.is_new;
        return false;
    }
    exec->planned = S.decided = true;
    exec->planned_ns = replay.cpu_ns;
    memcpy(exec->planned_key, replay.strong_key, sizeof exec->planned_key);
    exec->replay_code = replay.code;
    exec->replay_streams = replay.streams;
    return true;
}

/* Found in /proc once an image; its forks read it where it is. */
static void identify(struct image *image, struct exec *exec) {
    uint64_t at = image ? image->identity_at : 0;
    if (!tracee_identity(exec->tid, at, exec->identity) && !tracee_identity(exec->tid, at = tracee_identity_at(exec->tid), exec->identity)) at = 0;
    exec->identity_at = at;
    if (image) image->identity_at = at;
}

bool exec_succeeded(pid_t tid, const struct exec *exec) {
    uint8_t identity[16];
    tracee_identity(tid, exec->identity_at ? exec->identity_at : tracee_identity_at(tid), identity);
    return memcmp(identity, exec->identity, sizeof identity) != 0;
}

/* Root gains nothing from what is root's. Nobody else gains anything (no_new_privs), and the program finds that out. */
static bool gains_rights(const struct stat *program) {
    bool is_root = getuid() == 0;
    return (program->st_mode & S_ISUID && !(is_root && program->st_uid == 0)) || (program->st_mode & S_ISGID && !(is_root && program->st_gid == getgid()));
}

bool exec_trapped(struct process *process, const struct seccomp_notif *notice) {
    pid_t tid = (pid_t)notice->pid;
    if (process->pending && process->pending->replay && !process->inject) return false; /* the injected exec of the replayer */
    if (process->pending && exec_settles(process, notice)) { /* the program before made no other call, or was refused */
        notify_error(notice->id, ENOSYS);
        return true;
    }
    exec_free(process->pending);
    process->pending = NULL;
    struct exec *exec = calloc(1, sizeof *exec);
    struct stat what;
    char text[PATH_BYTES_MAX];
    if (!exec) return false;
    exec->replay_streams = -1;
    int failed = program_path(tid, notice, text, exec->path);
    if (!failed && !starts_nameless(process, notice, exec, text, &what) && !can_start(process->image, exec->path, &what)) { /* one of many tries along PATH */
        exec_free(exec);
        return false;
    }
    if (!failed) failed = collect(process, notice, exec);
    if (failed) {
        if (process->image && failed != -EFAULT && failed != -ENOENT) record_doubt(process->image, LEDGER_REASON_PATH_UNKNOWN, "exec");
        exec_free(exec);
        return false;
    }
    image_looks_at_environment(process->image, process->pid);
    exec->tid = tid;
    identify(process->image, exec);
    preload_hide(tid, notice->data.args[notice->data.nr == SYS_execveat ? 3 : 2], &what, exec);
    exec->gains_rights = gains_rights(&what);
    exec->bound = exec->gains_rights || (process->image && process->image->binds);
    exec->seq = next_seq();
    exec->started_ns = now_ns();
    exec->starts_tasks = !process->image && (S.flags & HELLO_TASKS);
    key_weak(exec);
    process->pending = exec;
    bool mark = notice->data.nr == SYS_execve && notice->data.args[3] == FATHOM_EXEC_MARK;
    bool may_replay = !(S.flags & (HELLO_NO_CACHE | HELLO_FORCE)) && !S.node_gone && (mark || S.can_inject) && !exec->bound && !exec->starts_tasks && !tasks_is_uncached(exec) && experiment_replays(exec) && is_known(exec);
    if (may_replay && !(S.flags & (HELLO_VERIFY | HELLO_VIEW)) && !tasks_is_limited(exec) && replays_alone(process, exec)) {
        become(process, exec, notice->id, mark);
        if (experiment_is_made()) node_begin(); /* nothing else may bring a trace */
        return true;
    }
    if (!S.decided && (!image_is_comparator(exec, process->image) || (S.flags & (HELLO_NO_CACHE | HELLO_FORCE | HELLO_VERIFY | HELLO_VIEW)))) node_begin();
    S.decided = true;
    if (!may_replay) return experiment_holds(exec, notice->id);
    node_begin();
    if (S.node_gone) return false;
    exec->question = ++S.next_question;
    node_exec(PROTOCOL_ASK, exec, 0, process->image ? process->image->id : 0, process->pid);
    if (exec->begun) return experiment_holds(exec, notice->id);
    process->waiting = notice->id;
    process->waiting_mark = mark;
    return true;
}

static void confirm(struct process *process) {
    struct exec *exec = process->pending;
    process->pending = NULL;
    preload_restore(process, exec);
    threads_gone(process); /* an exec ends them, and their numbers are free again */
    struct image *parent = process->image;
    struct image *image = image_start(exec, parent, process);
    if (image) image->replayed = exec->replay;
    if (image) perturb_chooses(image, exec);
    if (image) tasks_started(image, exec, process->pid);
    if (image && exec->replay) {
        uint64_t took_ns = (uint64_t)(now_ns() - exec->started_ns);
        if (exec->planned) node_planned(exec->planned_ns > took_ns ? exec->planned_ns - took_ns : 0);
        exec_free(process->replaying);
        process->replaying = exec;
        return;
    }
    exec_free(process->replaying);
    process->replaying = NULL;
    if (image && exec->gains_rights) record_doubt(image, LEDGER_REASON_PRIVILEGE, "");
    exec_free(exec);
}

/* exec of the replayer, position-independent; its path follows. */
static const uint8_t become_replayer[] = {
    0x48, 0x8d, 0x3d, 0x1f, 0, 0, 0,  /* lea path(%rip), %rdi */
    0x31, 0xd2,                       /* xor %edx, %edx */
    0x52,                             /* push %rdx */
    0x57,                             /* push %rdi */
    0x48, 0x89, 0xe6,                 /* mov %rsp, %rsi */
    0xb8, SYS_execve, 0, 0, 0,        /* mov $execve, %eax */
    0x0f, 0x05,                       /* syscall */
    0xbf, 126, 0, 0, 0,               /* mov $126, %edi */
    0xb8, SYS_exit_group, 0, 0, 0,    /* mov $exit_group, %eax */
    0x0f, 0x05,                       /* syscall */
    0x0f, 0x0b,                       /* ud2: we were killed, and nobody answers */
    0x90, 0x90, 0x90,
};
_Static_assert(sizeof become_replayer == 38, "the path follows 31 bytes after the first instruction");

/* Whole or not at all: what lies behind the code may be the end of the mapping. */
static bool inject(pid_t tid, uint64_t at) {
    uint8_t code[sizeof become_replayer + PATH_BYTES_MAX], before[sizeof code];
    size_t length = sizeof become_replayer + strlen(S.replayer) + 1;
    memcpy(code, become_replayer, sizeof become_replayer);
    memcpy(code + sizeof become_replayer, S.replayer, length - sizeof become_replayer);
    if (tracee_read(tid, at, before, length)) return false;
    if (tracee_write(tid, at, code, length) == 0) return true;
    tracee_write(tid, at, before, length);
    return false;
}

/* The kernel looked into a program and refused: its content is a fact. Where it names another program (a script, an
 * ELF file), that one may be the reason, or the memory, or the size of the environment. */
static void refused(struct process *process, const char *path) {
    struct stat what;
    char magic[4] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &what)) record_doubt(process->image, LEDGER_REASON_ERROR, path);
    else {
        ssize_t got = pread(file, magic, sizeof magic, 0);
        record_path(process->image, LEDGER_OPENED, 0, &what, path);
        if (got < 0 || !memcmp(magic, "#!", 2) || !memcmp(magic, "\177ELF", 4)) record_doubt(process->image, LEDGER_REASON_ERROR, path);
    }
    if (file >= 0) close(file);
}

bool exec_settles(struct process *process, const struct seccomp_notif *notice) {
    struct exec *exec = process->pending;
    if (!exec_succeeded((pid_t)notice->pid, exec)) {
        if ((pid_t)notice->pid != exec->tid) return false; /* another thread, while the exec is under way */
        preload_restore(process, exec);
        if (!process->replaying && !exec->replay) refused(process, exec->path);
        exec_free(exec);                                   /* it failed: the old image goes on */
        process->pending = NULL;
        return false;
    }
    if (process->inject) {
        process->inject = false;
        if (inject((pid_t)notice->pid, notice->data.instruction_pointer)) return true;
        exec->replay = exec->planned = false; /* it runs after all, over the replayed files */
        exec->question = 0;
    }
    confirm(process);
    return false;
}

void exec_answered(uint32_t question, uint32_t verdict, int32_t code, const char *streams) {
    struct process *process = process_asking(question);
    if (!process) return;
    uint64_t id = process->waiting;
    process->waiting = 0;
    struct exec *exec = process->pending;
    /* Opened now: who clears the store meanwhile must not take the output from a unit that does not run. */
    bool is_said = verdict && streams[0];
    if (is_said) exec->replay_streams = open(streams, O_RDONLY | O_CLOEXEC);
    if (verdict == 0 || (is_said && exec->replay_streams < 0)) {
        exec->question = 0;
        if (!verdict) snprintf(exec->cause, sizeof exec->cause, "%s", streams);
        notify_continue(id);
        return;
    }
    exec->replay_code = code;
    become(process, exec, id, process->waiting_mark);
}
