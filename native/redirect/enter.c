/* `fathom --redirected <view> <folder> <words>`: the command in a view where nothing can be mounted (src/cli/view-run.ts).
 * We are the filesystem of all that it starts, and stay as long as any of that runs. Nobody records here what is read:
 * nothing is stored and nothing is replayed, since the engine would look at the real tree. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "redirect.h"

struct redirect R;

/* As view.c has them: the lock of the view, and where it is told by which tier, and what is to be brought (bring.c). */
enum { LOCK_FD = 3, TELL_FD = 4 };

static bool tell(const char *step, int failed) {
    dprintf(TELL_FD, "%s %d\n", step, -failed);
    if (!failed && R.layers & 1u << OUTPUTS) bring_begin(TELL_FD);
    else close(TELL_FD);
    return failed == 0;
}

static int open_folder(const char *name) { return open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

/* Stopping a process of ours, which programs in `upper` and folders there need. */
static int try_to_stop(void) {
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child == 0) for (;;) pause();
    int failed = ptrace(PTRACE_SEIZE, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) ? -errno : 0;
    kill(child, SIGKILL);
    waitpid(child, NULL, __WALL);
    return failed;
}

static int try_whiteout(void) {
    if (mknodat(R.work, "whiteout", S_IFCHR, WHITEOUT_DEVICE)) return -errno;
    int failed = mkdirat(R.work, "opaque", 0700) ? -errno : mark_opaque(R.work, "opaque");
    unlinkat(R.work, "whiteout", 0);
    unlinkat(R.work, "opaque", AT_REMOVEDIR);
    return failed;
}

int redirect_possible(void) { return try_to_stop(); }

bool redirect_enter(const char *view, const char *folder) {
    char name[PATH_BYTES_MAX + 32];
    if (fcntl(LOCK_FD, F_SETFD, FD_CLOEXEC) || fcntl(TELL_FD, F_SETFD, FD_CLOEXEC)) return false;
    if (strlen(view) >= PATH_BYTES_MAX || !realpath(folder, R.workspace)) return tell("folder", -ENAMETOOLONG);
    snprintf(name, sizeof name, "%s/upper", view);
    if (!realpath(name, R.upper_path)) return tell("redirect", -errno);
    snprintf(name, sizeof name, "%s/work", view);
    if (!realpath(name, R.work_path)) return tell("redirect", -errno);
    R.workspace_length = strlen(R.workspace);
    R.upper_length = strlen(R.upper_path);
    R.user = geteuid();
    int failed = lowers_begin(view);
    if (failed) return tell("redirect", failed);
    R.upper = open_folder(R.upper_path);
    R.work = open_folder(R.work_path);
    if (R.upper < 0 || R.work < 0) return tell("redirect", -errno);
    struct stat lower, upper;
    if (fstat(R.lowers[WORKSPACE].fd, &lower) || fstat(R.upper, &upper)) return tell("redirect", -errno);
    R.device = lower.st_dev;
    R.maps_device = lower.st_dev != upper.st_dev;
    if (getrandom(&R.cookie, sizeof R.cookie, 0) != sizeof R.cookie) return tell("redirect", -errno);
    failed = shown_begin();
    if (!failed && R.is_fixed) shown_end(); /* what guests saw by themselves would not be */
    if (!failed) failed = try_whiteout();
    if (!failed) failed = try_to_stop();
    if (failed) return tell("redirect", failed);
    return S.redirects = true;
}

bool redirect_tried(void) { return tell("redirect", 0); }

bool redirect_shows_guest(void) { return strncmp(S.guest, R.workspace, R.workspace_length) || S.guest[R.workspace_length] != '/'; }

static void reap(void) {
    int status;
    pid_t gone;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0)
        if (gone == S.root) S.root_status = status, S.root_gone = true;
}

static void signalled(void) {
    struct signalfd_siginfo info;
    while (read(S.signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) reap();
        else if (info.ssi_code != SI_KERNEL && !S.root_gone) kill(S.root, (int)info.ssi_signo); /* from the terminal the whole group has it already */
    }
}

/* False: nobody is left who asks. */
static bool serve(int timeout_ms) {
    struct pollfd both[2] = {{.fd = S.listener, .events = POLLIN}, {.fd = S.signals, .events = POLLIN}};
    if (poll(both, 2, timeout_ms) < 0 && errno != EINTR) return false;
    if (both[1].revents) signalled();
    if (both[0].revents & POLLIN) redirect_next();
    else if (both[0].revents & (POLLHUP | POLLERR)) return false;
    return true;
}

/* The command left processes behind, which are in the view as long as they live. */
static void leave_keeper(void) {
    if (!serve(0) || fork() != 0) return;
    setsid();
    bring_end();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    while (serve(-1)) continue;
    _exit(0);
}

int redirect_supervise(void) {
    sigset_t mask;
    static const int watched[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    S.started_ns = now_ns();
    prepare_ourselves();
    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) sigaddset(&mask, watched[i]);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    S.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    S.mask = (uint32_t)umask(0);
    umask((mode_t)S.mask);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* we stay an ancestor of all, who may stop them */
    int failed = S.signals < 0 ? -errno : start_command();
    if (failed) return tell("redirect", failed), 1;
    umask(0); /* what we make has the mode that is asked for */
    tell("redirect", 0);
    while (!S.root_gone && serve(-1)) continue;
    while (!S.root_gone) { /* it let go of us: its end is all that is left */
        struct pollfd end = {.fd = S.signals, .events = POLLIN};
        poll(&end, 1, -1);
        signalled();
    }
    leave_keeper();
    return conclude();
}
