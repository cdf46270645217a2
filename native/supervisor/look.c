/* What is at a path now, asked on behalf of a process that is about to ask. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "look.h"
#include "supervisor.h"

/* Kernel windows and devices without memory: their content is nobody's input. docs/reference/limits.md says so. */
bool is_noise(const char *name) {
    if (!strncmp(name, "/proc/", 6) || !strcmp(name, "/proc") || !strncmp(name, "/sys/", 5) || !strcmp(name, "/sys")) return true;
    if (!strncmp(name, "/dev/fd/", 8) || !strncmp(name, "/dev/std", 8)) return true; /* what they lead to has another name */
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (!strcmp(name, devices[i])) return true;
    return false;
}

static bool is_below(const char *name, const char *root) {
    size_t length = strlen(root);
    return length > 1 && !strncmp(name, root, length) && (name[length] == '/' || name[length] == 0);
}

bool is_ours(const struct stat *what) { return what->st_uid == geteuid() && what->st_gid == getegid(); }

bool is_in_workspace(const char *name) { return is_below(name, S.workspace); }

bool is_below_a_root(const char *name) { return is_below(name, S.workspace) || is_below(name, S.home) || is_below(name, S.temporary); }

bool is_the_systems(const char *name) {
    if (strncmp(name, "/proc/", 6)) return !strncmp(name, "/sys/", 5);
    return strncmp(name, "/proc/self/", 11) && strncmp(name, "/proc/thread-self/", 18);
}

/* How long a file may have changed before its times say so. Source: src/base/limits.ts, CLOCK_TICK_NS_MAX and COARSE_TICK_NS_MAX. */
int64_t lag_ns(int64_t ctime_ns) { return ctime_ns % 1000000000 ? 20000000 : 2020000000; }

/* shm_open(3), and sem_open(3) of one that others may know: what is in such a file says nothing of what is exchanged
 * through it, and a shared map of tmpfs moves no time stamp. Both open it with O_NOFOLLOW; mkstemp(3) does not. */
bool is_shared_memory(const char *name, uint64_t flags) {
    static const char folder[] = "/dev/shm/";
    return (flags & O_NOFOLLOW) && !(flags & O_DIRECTORY) && !strncmp(name, folder, sizeof folder - 1) && !strchr(name + sizeof folder - 1, '/');
}

bool look(const char *name, bool follow, struct stat *into) {
    memset(into, 0, sizeof *into);
    if ((follow ? stat : lstat)(name, into) == 0) return true;
    into->st_mode = 0;
    return false;
}

void parent_of(const char *name, char into[PATH_BYTES_MAX * 2]) {
    size_t length = strlen(name);
    while (length > 1 && name[length - 1] == '/') length--;
    while (length > 1 && name[length - 1] != '/') length--;
    memcpy(into, name, length);
    into[length] = 0;
}

static bool look_at_parent(const char *name, struct stat *into) {
    char parent[PATH_BYTES_MAX * 2];
    parent_of(name, parent);
    return look(parent, true, into);
}

bool parent_exists(const char *name) {
    struct stat what;
    return look_at_parent(name, &what);
}

/* What errno says stays. */
bool are_on_one_device(const char *one, const char *other) {
    struct stat first, second;
    int error = errno;
    bool are = look_at_parent(one, &first) && look_at_parent(other, &second) && first.st_dev == second.st_dev;
    errno = error;
    return are;
}

bool is_empty_directory(const char *name) {
    DIR *directory = opendir(name);
    if (!directory) return false;
    int entries = 0;
    while (entries < 3 && readdir(directory)) entries++;
    closedir(directory);
    return entries < 3;
}
