/* Reading the environment. The names asked for are facts; whether they are all there is,
 * start.c decides. */
#include "raw.h"

extern char **__environ;

static char *find(const char *name) {
    size_t length = length_of(name);
    if (!__environ || length == 0) return 0;
    for (char **entry = __environ; *entry; entry++) {
        size_t at = 0;
        while (at < length && (*entry)[at] == name[at]) at++;
        if (at == length && (*entry)[at] == '=') return *entry + length + 1;
    }
    return 0;
}

HOOK char *getenv(const char *name) {
    if (is_ready()) guest_env(name);
    return find(name);
}

/* Without the check for rights gained by exec: the loader drops preloaded libraries there. */
HOOK char *secure_getenv(const char *name) { return getenv(name); }
HOOK char *__secure_getenv(const char *name) { return getenv(name); }
