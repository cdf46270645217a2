/* A unit beside the build, for `fathom exec --verify`: under a Fathom of its own, with a
 * store of its own, in a view of the workspace (an overlay in a mount namespace) that
 * only it sees and that is gone with it. Node leaves in a folder what to run:
 * strings with a NUL behind each, in the order in which they are taken below. Whatever
 * cannot be as it is in the build ends the trial before anything runs. */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "supervisor.h"

extern char **environ;

/* What an exec may pass, and a few paths. Source: ARG_MAX of execve(2) is a quarter of the stack, 6 MiB at most. */
#define UNIT_BYTES_MAX (8u << 20)

static char *at, *end;

static char *take(void) {
    char *text = at;
    char *stop = text ? memchr(text, 0, (size_t)(end - text)) : NULL;
    at = stop ? stop + 1 : NULL;
    return at ? text : NULL;
}

static bool take_path(char *into) {
    const char *text = take();
    if (!text || text[0] != '/' || strlen(text) >= PATH_BYTES_MAX) return false;
    strcpy(into, text);
    return true;
}

/* The rest of the file when `count` is SIZE_MAX. */
static char **take_list(size_t count) {
    char **list = NULL;
    size_t taken = 0;
    for (; taken < count && (count != SIZE_MAX || at < end); taken++) {
        char **grown = realloc(list, (taken + 2) * sizeof *list);
        if (!grown || !(grown[taken] = take())) return NULL;
        list = grown;
    }
    if (!list) list = calloc(1, sizeof *list);
    if (list) list[taken] = NULL;
    return list;
}

static bool read_unit(const char *folder) {
    char name[PATH_BYTES_MAX + 16];
    struct stat what;
    snprintf(name, sizeof name, "%s/unit", folder);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &what) || what.st_size <= 0 || what.st_size > UNIT_BYTES_MAX) return false;
    at = malloc((size_t)what.st_size);
    bool whole = at && read(file, at, (size_t)what.st_size) == what.st_size;
    end = at + what.st_size;
    close(file);
    return whole;
}

static bool see_copy(const char *folder, const char *memory) {
    bool as_user;
    return !view_enter_namespace(&as_user) && !view_mount_in_memory(folder, memory, as_user);
}

bool trial_sees_view(void) { return see_copy("/usr", "/tmp"); }

/* Where no view can be made, the program is not run. Source: env(1) says so of its own failures. */
#define NO_VIEW_EXIT 125

/* Nobody but itself is there: what is tried again and again must not reach anybody. */
static bool enter_quiet_network(void) {
    if (unshare(CLONE_NEWNET)) return false;
    struct ifreq loop = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int socket_of = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_up = socket_of >= 0 && ioctl(socket_of, SIOCSIFFLAGS, &loop) == 0;
    if (socket_of >= 0) close(socket_of);
    return is_up;
}

/* `fathom postmortem`: workspace, a folder for memory, and a command that is to see a copy of the workspace. */
int trial_aside(char **words) {
    char cwd[PATH_BYTES_MAX];
    if (!getcwd(cwd, sizeof cwd) || !see_copy(words[0], words[1]) || !enter_quiet_network() || chdir(cwd)) return NO_VIEW_EXIT;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* without who asked nobody wants to know */
    execvp(words[2], words + 2);
    return NO_VIEW_EXIT;
}

/* Somebody reads what goes there, until the last of us is gone. */
static void drain(int from, int theirs) {
    static char bytes[65536];
    if (fork() != 0) {
        close(from);
        return;
    }
    close(theirs);
    for (int fd = 0; fd < 3; fd++) close(fd);
    while (read(from, bytes, sizeof bytes) > 0) continue;
    _exit(0);
}

/* A stream of that kind that leads nowhere; -1: there is none. */
static int open_stream(uint32_t kind, bool is_input) {
    int ends[2];
    switch (kind) {
    case STREAM_NULL: return open("/dev/null", O_RDWR);
    case STREAM_TERMINAL: {
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (master < 0 || grantpt(master) || unlockpt(master)) return -1;
        int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
        if (terminal >= 0) drain(master, terminal);
        return terminal;
    }
    case STREAM_PIPE: case STREAM_FILE: case STREAM_SOCKET:
        if (pipe(ends)) return -1;
        if (is_input) close(ends[1]);
        else drain(ends[0], ends[1]);
        return ends[is_input ? 0 : 1];
    default: return -1;
    }
}

static bool open_streams(void) {
    int opened[3];
    for (int fd = 0; fd < 3; fd++) {
        const char *kind = take();
        if (!kind) return false;
        /* "=": what the stream before it is. */
        opened[fd] = !strcmp(kind, "=") && fd > 0 ? opened[fd - 1] : open_stream((uint32_t)strtoul(kind, NULL, 10), fd == 0);
        if (opened[fd] < 0) return false;
    }
    for (int fd = 0; fd < 3; fd++) if (dup2(opened[fd], fd) != fd) return false;
    for (int fd = 0; fd < 3; fd++) if (opened[fd] > 2) close(opened[fd]);
    return true;
}

bool trial_prepare(const char *folder, const char *seed) {
    static char program[PATH_BYTES_MAX];
    char store[PATH_BYTES_MAX + 16], memory[sizeof store];
    snprintf(memory, sizeof memory, "%s/view", folder);
    snprintf(store, sizeof store, "%s/store", folder);
    if (strlen(store) >= PATH_BYTES_MAX - 80 || !read_unit(folder)) return false;
    if (!take_path(S.workspace) || !take_path(S.home) || !take_path(S.temporary) || !take_path(S.cwd) || !take_path(program)) return false;
    const char *mask = take(), *count = take();
    if (!mask || !count) return false;
    S.program = program;
    strcpy(S.store, store);
    snprintf(S.keys, sizeof S.keys, "%s/keys", store);
    S.flags = HELLO_QUIET | HELLO_TRIAL | (seed ? HELLO_NO_CACHE : HELLO_FORCE);
    if (seed && strcmp(seed, "-") && !parse_perturb(seed)) return false; /* "-": recorded as with one, and nobody is held */
    if (!open_streams() || !see_copy(S.workspace, memory) || chdir(S.cwd)) return false;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* without Node nobody wants to know */
    umask((mode_t)strtoul(mask, NULL, 8));
    S.command = take_list(strtoul(count, NULL, 10));
    S.environment = take_list(SIZE_MAX);
    return S.command && S.environment;
}
