/* The installed command. `fathom [exec] [--quiet] [--json] [--no-cache] [--force] [--verify[=N%]] -- command`
 * and `fathom run` are started here at once; everything else, and every wrong word, is the business of the
 * command line in TypeScript, which this program becomes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "supervisor.h"

extern char **environ;
struct state S = {.listener = -1, .to_node = -1, .from_node = -1, .has_getfd = true, .node_away = true};

int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* What we ourselves took of the processors so far. */
uint64_t own_cpu_ns(void) {
    struct timespec used = {0, 0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000ull + (uint64_t)used.tv_nsec;
}

/* ../../ of this program holds the rest of the package. */
static int find_package(void) {
    char self[PATH_BYTES_MAX - 64];
    ssize_t got = readlink("/proc/self/exe", self, sizeof self - 1);
    if (got <= 0) return -ENOENT;
    self[got] = 0;
    *strrchr(self, '/') = 0;
    snprintf(S.guest, sizeof S.guest, "%s/fathom-guest.so", self);
    snprintf(S.replayer, sizeof S.replayer, "%s/fathom-replay", self);
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(self, '/');
        if (slash) *slash = 0;
    }
    snprintf(S.engine, sizeof S.engine, "%s/dist/bundle/engine.js", self);
    snprintf(S.fallback, sizeof S.fallback, "%s/dist/bundle/cli.js", self);
    return 0;
}

/* The command line in TypeScript takes over. */
static int become_cli(char **argv) {
    int count = 0;
    while (argv[count]) count++;
    char **args = calloc((size_t)count + 2, sizeof *args);
    if (!args) return 1;
    args[0] = "node";
    args[1] = S.fallback;
    for (int i = 1; i < count; i++) args[i + 1] = argv[i];
    execvp("node", args);
    fprintf(stderr, "fathom: Cannot start \"node\": %s\nInstall Node.js 20.19 or newer and put it on PATH\n", strerror(errno));
    return 127;
}

/* Digits only, up to `most`; behind them, or NULL. */
static const char *number(const char *text, uint64_t most, uint32_t *into) {
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= most; at++) value = value * 10 + (uint64_t)(*at - '0');
    *into = (uint32_t)value;
    return at == text || value > most ? NULL : at;
}

/* "--verify", "--verify=5%", or "--verify=5%:7" with the seed that chooses them. src/cli/sample.ts reads the same. */
static bool parse_verify(const char *word) {
    if (strncmp(word, "--verify", 8)) return false;
    S.flags |= HELLO_VERIFY;
    S.verify_percent = 100;
    S.verify_seed = (uint32_t)(now_ns() / 1000);
    if (word[8] == 0) return true;
    const char *at = word[8] == '=' ? number(word + 9, 100, &S.verify_percent) : NULL;
    if (!at || *at++ != '%') return false;
    if (*at == ':') at = number(at + 1, UINT32_MAX, &S.verify_seed);
    return at && *at == 0;
}

/* src/cli/invocation.ts reads the same. */
bool parse_perturb(const char *seed) {
    const char *end = seed ? number(seed, UINT32_MAX, &S.perturb_seed) : NULL;
    S.perturbs = end && *end == 0;
    return S.perturbs;
}

/* The words this program understands; NULL for any others. */
static char **parse(char **argv) {
    char **at = argv + 1;
    if (*at && !strcmp(*at, "run")) return tasks_command(at);
    if (*at && !strcmp(*at, "exec")) at++;
    for (; *at; at++) {
        bool verifies_nothing = (S.flags & HELLO_VERIFY) && (S.flags & (HELLO_NO_CACHE | HELLO_FORCE));
        if (!strcmp(*at, "--")) return at[1] && !verifies_nothing ? at + 1 : NULL;
        else if (!strcmp(*at, "--quiet") || !strcmp(*at, "-q")) S.flags |= HELLO_QUIET;
        else if (!strcmp(*at, "--json")) S.flags |= HELLO_JSON;
        else if (!strcmp(*at, "--no-cache")) S.flags |= HELLO_NO_CACHE;
        else if (!strcmp(*at, "--force")) S.flags |= HELLO_FORCE;
        else if (!strncmp(*at, "--perturb=", 10) && parse_perturb(*at + 10)) S.flags |= HELLO_NO_CACHE;
        else if (!parse_verify(*at)) return NULL;
    }
    return NULL;
}

/* Descriptors that outside left open and the command inherits: the filter watches their numbers. */
static void find_leaked(void) {
    for (int fd = 3; fd < 256 && S.leaked_count < ARENA_LEAKED_MAX; fd++) {
        struct stat what;
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || (flags & FD_CLOEXEC) || fstat(fd, &what)) continue;
        if (S_ISCHR(what.st_mode) && what.st_rdev == NULL_DEVICE) continue; /* the same for everybody */
        S.leaked_streams[S.leaked_count] = (struct stream){STREAM_OTHER, 0, what.st_dev, what.st_ino};
        S.leaked[S.leaked_count++] = fd;
    }
}

static char preload[PATH_BYTES_MAX * 2];

/* What both sides of the clone share before the command's own program starts. */
struct start { _Atomic int listener, may_go; pid_t supervisor; };
#define NOT_YET (-100000)

/* What of ours would be the command's as well, as it was before we came. */
static struct { sigset_t mask; void (*on_pipe)(int), (*on_size)(int); struct rlimit descriptors; } before;

void prepare_ourselves(void) {
    sigprocmask(SIG_BLOCK, NULL, &before.mask);
    before.on_pipe = signal(SIGPIPE, SIG_IGN);
    before.on_size = signal(SIGXFSZ, SIG_IGN); /* a limit for the command's files (ulimit -f) must not end us */
    if (getrlimit(RLIMIT_NOFILE, &before.descriptors)) before.descriptors.rlim_cur = before.descriptors.rlim_max = 1024;
    /* One for each process that we watch, however few each of them may have. */
    struct rlimit most = {before.descriptors.rlim_max, before.descriptors.rlim_max};
    rlim_t ours = setrlimit(RLIMIT_NOFILE, &most) ? before.descriptors.rlim_cur : most.rlim_cur;
    S.descriptors_max = ours > 1u << 30 ? 1u << 30 : (uint32_t)ours;
}

static void restore(void) {
    setrlimit(RLIMIT_NOFILE, &before.descriptors);
    signal(SIGPIPE, before.on_pipe);
    signal(SIGXFSZ, before.on_size);
    sigprocmask(SIG_SETMASK, &before.mask, NULL);
}

static int untracked(enum untracked reason) {
    if (S.program) return 1; /* a trial that nobody observes tells nothing */
    untracked_say(reason); /* while a closed or full stderr cannot end us */
    restore();
    return run_program();
}

/* It may be a zombie, which kill(2) still finds. */
static bool is_alive(pid_t child) {
    siginfo_t end = {.si_pid = 0};
    return waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0;
}

/* Under the filter even a write(2) waits for a supervisor that is not listening yet; futex(2) does not. */
static void wait_while(_Atomic int *word, int value, pid_t of) {
    const struct timespec while_it_lives = {0, 20000000};
    while (atomic_load(word) == value && (of == 0 || is_alive(of))) syscall(SYS_futex, word, FUTEX_WAIT, value, of ? &while_it_lives : NULL, NULL, 0);
}

static void tell(_Atomic int *word, int value) {
    atomic_store(word, value);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void set_preload(void) {
    const char *theirs = getenv("LD_PRELOAD");
    if (access(S.guest, R_OK) != 0 || strpbrk(S.guest, ": ")) return; /* the loader has no way to quote */
    /* Behind theirs: a sanitizer insists on being first. */
    snprintf(preload, sizeof preload, "%s%s%s", theirs && *theirs ? theirs : "", theirs && *theirs ? ":" : "", S.guest);
    setenv("LD_PRELOAD", preload, 1);
}

static _Noreturn void run_command(struct start *start) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody answers without the supervisor */
    if (getppid() != start->supervisor) _exit(1); /* it went before that was asked for */
    int listener = S.redirects ? redirect_filter_install() : filter_install();
    tell(&start->listener, listener >= 0 ? listener : listener == 0 ? -EINVAL : listener);
    wait_while(&start->may_go, 0, 0);
    restore();
    if (S.program) environ = S.environment;
    if (!S.redirects || redirect_shows_guest()) set_preload();
    _exit(run_program());
}

/* The child shares our table of descriptors until it execs: so we get the listener without
 * sending it, which works where sendmsg, ptrace and pidfd_getfd are forbidden. */
int start_command(void) {
    struct start *start = mmap(NULL, sizeof *start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return -errno;
    start->supervisor = getpid();
    atomic_store(&start->listener, NOT_YET);
    long child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child < 0) return -errno; /* EAGAIN: no more processes */
    if (child == 0) run_command(start);
    S.root = (pid_t)child;
    wait_while(&start->listener, NOT_YET, S.root);
    int listener = atomic_load(&start->listener);
    if (listener < 0) {
        kill(S.root, SIGKILL);
        waitpid(S.root, NULL, 0);
        return listener;
    }
    S.listener = listener;
    notify_wake_here();
    if (S.redirects) return tell(&start->may_go, 1), 0;
    static const int word = 1; /* in memory that may not be written, as code is */
    S.can_inject = tracee_write(S.root, (uint64_t)&word, &word, sizeof word) == 0;
    process_add(S.root, NULL);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 2};
    epoll_ctl(S.epoll, EPOLL_CTL_ADD, S.listener, &event);
    tell(&start->may_go, 1);
    return 0;
}

static void forward(const struct signalfd_siginfo *signal_info) {
    /* Who ends the run need not wait for a trial, which is of Node's group. Node itself does not end by these then. */
    bool ends = signal_info->ssi_signo != SIGUSR1 && signal_info->ssi_signo != SIGUSR2;
    if ((S.flags & HELLO_VERIFY) && ends && S.node > 0) kill(-S.node, (int)signal_info->ssi_signo);
    /* From the terminal the whole group has it already; from our own program, which does as the terminal does (src/cli/task-view.ts), too. */
    bool is_ours = (S.flags & HELLO_TASKS) && signal_info->ssi_pid == (uint32_t)S.root;
    if (signal_info->ssi_code == SI_KERNEL || is_ours || S.root_gone) return;
    S.forwarded = (int)signal_info->ssi_signo;
    kill(S.root, S.forwarded);
}

static void reap(void) {
    int status;
    pid_t gone;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
        guardian_reaped(gone);
        if (gone == S.node) {
            node_lost();
            S.node = 0;
            S.found_deviation = WIFEXITED(status) && WEXITSTATUS(status) == ENGINE_FOUND_DEVIATION;
            /* It says itself why it ends; killed, it could not. */
            if (!S.found_deviation && (!WIFEXITED(status) || WEXITSTATUS(status))) untracked_say(UNTRACKED_ENGINE_LOST);
        }
        if (gone == S.root) {
            S.root_status = status;
            S.root_gone = true;
            tasks_gone();
        }
    }
}

static void signalled(void) {
    struct signalfd_siginfo info;
    while (read(S.signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) reap();
        else forward(&info);
    }
}

/* Everything was replayed without Node, which alone can make a plan of the whole run. Who had to make something has looked for it before, mostly: the
 * next run begins from another state. */
static bool is_plannable(void) { return S.node_away && !S.node_gone && !S.has_placed && tasks_have_said(); }

static void finish_root(void) {
    bool killed = WIFSIGNALED(S.root_status);
    /* Who ends Fathom ends the build: the command did not see to its children, and they are ours now. */
    if (killed && WTERMSIG(S.root_status) == S.forwarded) processes_signal(getpid(), S.forwarded);
    S.done_sent = true;
    /* No exec of it was understood, or it left processes behind, or a run in which nothing changes could have a plan: Node says what the run
     * came to, or we that there is none. A run that failed has a trace, for who asks why. */
    if (!S.decided || processes_left() || S.root_status || is_plannable()) node_begin();
    S.decided = true;
    node_done(killed ? 1 : 0, killed ? WTERMSIG(S.root_status) : WEXITSTATUS(S.root_status), now_ns());
}

/* One round. Ends of processes are handled before the message that the command is gone. */
static int serve(int timeout_ms) {
    struct epoll_event events[64];
    int count = epoll_wait(S.epoll, events, 64, timeout_ms);
    for (int i = 0; i < count; i++) {
        uint64_t what = events[i].data.u64;
        if (what >> 32 == 1) {
            struct process *process = process_by_id((pid_t)what);
            if (process) process_gone(process);
        } else if (what == 1) signalled();
        else if (what == 2) {
            if (events[i].events & EPOLLIN) notify_next();
            else if (events[i].events & EPOLLHUP) epoll_ctl(S.epoll, EPOLL_CTL_DEL, S.listener, NULL), S.listener_done = true;
        } else if (what == 3) {
            if (events[i].events & EPOLLERR) node_lost();
            else node_flush();
        } else if (what == 4) node_receive();
        else if (what == 5) stream_finished();
    }
    return count;
}

/* The command left processes behind, and they need answers: a copy of us stays for them. */
static void leave_keeper(void) {
    if (!processes_left() || S.listener_done) return;
    if (fork() != 0) return;
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    S.node_gone = true;
    S.node_away = false;
    while (!S.listener_done) serve(-1);
    _exit(0);
}

/* The command succeeded, but the store was wrong about it (--verify). docs/reference/cli.md */
#define DEVIATION_EXIT 3

int conclude(void) {
    if (!WIFSIGNALED(S.root_status)) return WEXITSTATUS(S.root_status) ? WEXITSTATUS(S.root_status) : S.found_deviation ? DEVIATION_EXIT : 0;
    int number = WTERMSIG(S.root_status);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* the command's core is the interesting one */
    signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    kill(getpid(), number);
    return 128 + number;
}

/* What is refused here is refused before anything was started. */
static bool prepare_events(const sigset_t *mask) {
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0), streams = stream_start();
    S.signals = signalfd(-1, mask, SFD_CLOEXEC | SFD_NONBLOCK);
    S.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event signal_event = {.events = EPOLLIN, .data.u64 = 1}, stream_event = {.events = EPOLLIN, .data.u64 = 5};
    if (pidfd < 0 || close(pidfd)) return false;
    return !epoll_ctl(S.epoll, EPOLL_CTL_ADD, S.signals, &signal_event) && !epoll_ctl(S.epoll, EPOLL_CTL_ADD, streams, &stream_event);
}

static int supervise(void) {
    sigset_t mask;
    S.started_ns = now_ns();
    prepare_ourselves();
    if (!S.program && roots_find()) return untracked(UNTRACKED_NO_FOLDER);
    if (!S.store[0]) return untracked(UNTRACKED_NO_STORE);
    find_leaked();
    S.mask = (uint32_t)umask(0);
    umask(S.mask);
    if (arena_make()) return untracked(UNTRACKED_NO_MEMORY_FILE);
    for (uint32_t i = 0; i < S.leaked_count; i++) {
        S.head->leaked[i].dev = S.leaked_streams[i].dev;
        S.head->leaked[i].ino = S.leaked_streams[i].ino;
    }
    S.head->leaked_count = S.leaked_count;
    strcpy(S.head->workspace, S.workspace);
    strcpy(S.head->home, S.home);
    strcpy(S.head->temporary, S.temporary);
    atomic_store(&S.head->seq, 1);

    int code;
    if (whole_replayed(&code)) return code;
    sigemptyset(&mask);
    const int watched[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) sigaddset(&mask, watched[i]);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    if (!prepare_events(&mask)) return untracked(UNTRACKED_CALL_REFUSED);
    prctl(PR_SET_CHILD_SUBREAPER, 1);

    tasks_begin();
    experiment_begin();
    node_hello();
    int failed = start_command();
    if (failed) prctl(PR_SET_CHILD_SUBREAPER, 0);
    if (failed) return untracked(failed == -EBUSY ? UNTRACKED_LISTENER_BUSY : failed == -EAGAIN || failed == -ENOMEM ? UNTRACKED_CALL_REFUSED : UNTRACKED_SECCOMP_REFUSED);
    /* Node goes on until it has stored everything; we go on until Node is done. */
    while (!S.root_gone || S.node > 0 || !S.decided || (!S.done_sent && (S.root_status || is_plannable()))) {
        if (S.root_gone && !S.done_sent) {
            while (serve(0) > 0) continue;
            finish_root();
            if (S.node <= 0) break;
        }
        int patience_ms = perturb_patience_ms();
        perturb_look(serve(patience_ms < 0 ? experiment_patience_ms(took_patience_ms(node_patience_ms())) : patience_ms) > 0);
        took_look();
        experiment_release();
    }
    tasks_end();
    perturb_end();
    if (S.node_away) summary_print();
    guardian_end();
    leave_keeper();
    return conclude();
}

int main(int argc, char **argv) {
    if (find_package()) return 1;
    if (argc == 2 && !strcmp(argv[1], "--probe")) return probe_main();
    if ((argc == 3 || argc == 4) && !strcmp(argv[1], "--trial")) return trial_prepare(argv[2], argv[3]) ? supervise() : 1;
    if (argc > 4 && !strcmp(argv[1], "--aside")) return trial_aside(argv + 2);
    if (argc > 3 && !strcmp(argv[1], "--view")) {
        if (!view_enter(argv[2], argv[3])) return 1;
        if (argc == 4) return 0; /* only to see whether it can be */
        argv += 3;
    }
    if (argc > 3 && (!strcmp(argv[1], "--redirected") || fixed_begin(argv[1]))) {
        if (!redirect_enter(argv[2], argv[3])) return 1;
        if (argc == 4) return !redirect_tried();
        argv += 3;
    }
    if (argc > 2 && !strcmp(argv[1], "--copied")) {
        view_copied();
        argv++;
    }
    S.command = parse(argv);
    if (!S.command) return become_cli(argv);
    if (S.redirects) return redirect_supervise();
    if (syscall(FATHOM_CALL, FATHOM_PING) == FATHOM_PONG) return run_program(); /* inside another Fathom: it sees all we would see */
    return supervise();
}
