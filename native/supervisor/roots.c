/* The folders that keys name by role: workspace, home, temporary folder, store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "supervisor.h"

static bool has(const char *folder, const char *mark) {
    char name[PATH_BYTES_MAX + 32];
    snprintf(name, sizeof name, "%s/%s", folder, mark);
    return access(name, F_OK) == 0;
}

static bool is_configured(const char *folder) {
    static const char *const marks[] = {"fathom.json", "fathom.config.ts", "fathom.config.mts", "fathom.config.mjs", "fathom.config.js"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (has(folder, marks[i])) return true;
    return false;
}

/* The nearest folder above that git knows; else the nearest with a .fathom; else the farthest that is configured, for packages
 * may be too; else the current one. That Fathom makes a .fathom in a repository changes nothing. Home itself is no workspace. */
static void find_workspace(void) {
    char folder[PATH_BYTES_MAX], state[PATH_BYTES_MAX] = "", configured[PATH_BYTES_MAX] = "";
    strcpy(folder, S.cwd);
    for (; strcmp(folder, "/") && folder[0]; *strrchr(folder, '/') = 0) {
        if (!strcmp(folder, S.home) && strcmp(folder, S.cwd)) break;
        if (has(folder, ".git")) {
            strcpy(S.workspace, folder);
            return;
        }
        if (!state[0] && has(folder, ".fathom")) strcpy(state, folder);
        if (is_configured(folder)) strcpy(configured, folder);
    }
    strcpy(S.workspace, state[0] ? state : configured[0] ? configured : S.cwd);
}

static void real(const char *text, const char *otherwise, char *into) {
    if (!text || !*text || !realpath(text, into)) strcpy(into, otherwise);
}

/* access(2) knows nothing of Landlock, in which coding agents keep their commands: only opening tells.
 * What is there is tried first, because a file without a name costs ten times as much. */
static bool takes_files(const char *folder) {
    char name[PATH_BYTES_MAX + 32];
    if (access(folder, W_OK | X_OK)) return false;
    snprintf(name, sizeof name, "%s/version", folder);
    int file = open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return errno != EACCES && errno != EPERM && errno != EROFS; /* a full disk, or one without such files */
    close(file);
    return true;
}

static bool make_folder(const char *name) {
    char text[PATH_BYTES_MAX];
    if (strlen(name) >= sizeof text) return false;
    strcpy(text, name);
    for (char *at = text + 1; *at; at++)
        if (*at == '/') {
            *at = 0;
            if (mkdir(text, 0700) && errno != EEXIST) return false;
            *at = '/';
        }
    if (mkdir(text, 0700) && errno != EEXIST) return false;
    return takes_files(text);
}

/* FATHOM_STORE, XDG_CACHE_HOME/fathom, ~/.cache/fathom, .fathom/store: the first that can be written. */
static void find_store(void) {
    const char *own = getenv("FATHOM_STORE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char name[PATH_BYTES_MAX + 32];
    for (int i = 0; i < 4; i++) {
        name[0] = 0;
        if (i == 0 && own && *own) snprintf(name, sizeof name, own[0] == '/' ? "%s" : "%2$s/%1$s", own, S.cwd);
        if (i == 1 && cache && cache[0] == '/') snprintf(name, sizeof name, "%s/fathom", cache);
        if (i == 2 && home && home[0] == '/') snprintf(name, sizeof name, "%s/.cache/fathom", home);
        if (i == 3) snprintf(name, sizeof name, "%s/.fathom/store", S.workspace);
        if (name[0] && strlen(name) < PATH_BYTES_MAX - 80 && make_folder(name) && realpath(name, S.store)) break;
        if (i == 0 && name[0]) break; /* named but unusable: no other place is taken in secret */
    }
    if (S.store[0]) snprintf(S.keys, sizeof S.keys, "%.*s/keys", (int)(PATH_BYTES_MAX - 80), S.store);
}

int roots_find(void) {
    if (!getcwd(S.cwd, sizeof S.cwd)) return -errno;
    real(getenv("HOME"), "/nonexistent", S.home);
    real(getenv("TMPDIR"), "/tmp", S.temporary);
    find_workspace();
    find_store();
    return 0;
}
