/* realpath(3). The C library's own asks readlink for every component from inside itself,
 * which is a notification each: a thousand for one cc1. The same algorithm, through the
 * gate, or without it where the guest is not ready. Where it is asked to allocate, it
 * allocates as the function it stands for does. */
#include "raw.h"

#define PATH_MAX 4096
#define LINKS_MAX 40 /* Source: MAXSYMLINKS of the C library; path_resolution(7) */
/* A link's target and what is left behind it. Source: the C library keeps 1024 bytes for each on the
 * stack, so this much fits wherever its own did; longer ones the kernel resolves. */
#define REST_MAX 1024
#define AT_FDCWD -100

enum { NOENT = 2, NOMEM = 12, NOTDIR = 20, INVAL = 22, NAMETOOLONG = 36, LOOP = 40 };

extern void *malloc(size_t) __attribute__((weak)); /* tidy: what is allocated is the result, which the caller frees */
extern void free(void *) __attribute__((weak)); /* tidy: as above */

/* What is resolved so far, in the caller's buffer, and what is left to resolve. */
struct walk {
    char *done;
    size_t length;
    const char *rest;
    int error;
    int is_ready;
};
enum result { FAILED, GOES_ON, IS_LINK, TOO_LONG };

static enum result fail(struct walk *walk, int error) {
    walk->error = error;
    return FAILED;
}

static long target_of(struct walk *walk, char *target) {
    if (!walk->is_ready) return guest_readlink_of(walk->done, target, REST_MAX);
    long got = gate4(__NR_readlinkat, AT_FDCWD, (long)walk->done, (long)target, REST_MAX);
    if (got == -INVAL) guest_readlink(INVAL, walk->done, "", 0);
    else if (got == -NOENT || got == -NOTDIR) guest_missing(LEDGER_NOFOLLOW, (int)-got, walk->done);
    else if (got < 0) raw4(__NR_readlinkat, AT_FDCWD, (long)walk->done, (long)target, REST_MAX); /* the supervisor names the doubt */
    else if (got < REST_MAX) guest_readlink(0, walk->done, target, (size_t)got);
    return got;
}

/* Does what follows a name demand that it is a directory: a slash at the end, "/." or "/.."? */
static int demands_directory(const char *rest) {
    while (*rest == '/') {
        while (*rest == '/') rest++;
        if (*rest == 0) return 1;
        if (*rest++ != '.') return 0;
        if (*rest == 0 || (*rest == '.' && (rest[1] == 0 || rest[1] == '/'))) return 1;
    }
    return 0;
}

static int is_directory(struct walk *walk) {
    struct stat what;
    long got = walk->is_ready ? gate4(__NR_newfstatat, AT_FDCWD, (long)walk->done, (long)&what, 0)
                              : raw4(__NR_newfstatat, AT_FDCWD, (long)walk->done, (long)&what, 0);
    return got == 0 && S_ISDIR(what.st_mode);
}

/* One component of `rest` onto `done`. IS_LINK: its target is in `target`, and `done` is as before. */
static enum result step(struct walk *walk, char *target, size_t *target_length) {
    while (*walk->rest == '/') walk->rest++;
    const char *name = walk->rest;
    size_t length = 0, before = walk->length;
    while (name[length] && name[length] != '/') length++;
    walk->rest += length;
    if (length == 0 || (length == 1 && name[0] == '.')) return GOES_ON;
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        while (walk->length > 1 && walk->done[--walk->length] != '/') continue;
        walk->done[walk->length] = 0;
        return GOES_ON;
    }
    if (before + 1 + length >= PATH_MAX) return fail(walk, NAMETOOLONG);
    if (before > 1) walk->done[walk->length++] = '/';
    for (size_t i = 0; i < length; i++) walk->done[walk->length++] = name[i];
    walk->done[walk->length] = 0;
    long got = target_of(walk, target);
    if (got == -INVAL) return demands_directory(walk->rest) && !is_directory(walk) ? fail(walk, NOTDIR) : GOES_ON;
    if (got < 0) return fail(walk, (int)-got);
    walk->length = before;
    walk->done[before] = 0;
    *target_length = (size_t)got;
    return got < REST_MAX ? IS_LINK : TOO_LONG;
}

static void go_to_root(struct walk *walk) {
    walk->done[0] = '/';
    walk->done[1] = 0;
    walk->length = 1;
}

static enum result resolve(struct walk *walk, const char *path) {
    char rest[REST_MAX], target[REST_MAX];
    size_t length = 0;
    walk->rest = path;
    if (path[0] == '/') go_to_root(walk);
    else {
        long got = raw4(__NR_getcwd, (long)walk->done, PATH_MAX, 0, 0);
        if (got < 0) return fail(walk, (int)-got);
        if (walk->done[0] != '/') return fail(walk, NOENT);
        walk->length = (size_t)got - 1;
    }
    for (int links = 0;;) {
        enum result result = GOES_ON;
        while (*walk->rest && result == GOES_ON) result = step(walk, target, &length);
        if (result != IS_LINK) return result;
        if (++links > LINKS_MAX) return fail(walk, LOOP);
        /* The target, then what was left: moved first, because it may lie in the same place. */
        size_t left = length_of(walk->rest);
        if (length + left >= REST_MAX) return TOO_LONG;
        if (walk->rest < rest || walk->rest > rest + length)
            for (size_t i = 0; i <= left; i++) rest[length + i] = walk->rest[i];
        else
            for (size_t i = left + 1; i-- > 0;) rest[length + i] = walk->rest[i];
        for (size_t i = 0; i < length; i++) rest[i] = target[i];
        walk->rest = rest;
        if (rest[0] == '/') go_to_root(walk);
    }
}

/* Targets longer than is kept here: the kernel resolves, and shows the result under /proc/self/fd. */
static int resolve_in_kernel(struct walk *walk, const char *path) {
    char name[32] = "/proc/self/fd/", digits[12];
    int count = 0, place = 14;
    long fd = raw4(__NR_openat, AT_FDCWD, (long)path, 010000000 | 02000000 /* O_PATH | O_CLOEXEC */, 0);
    if (fd < 0) return fail(walk, (int)-fd);
    long number = fd;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count) name[place++] = digits[--count];
    name[place] = 0;
    long got = raw4(__NR_readlinkat, AT_FDCWD, (long)name, (long)walk->done, PATH_MAX - 1);
    raw4(__NR_close, fd, 0, 0, 0);
    if (got < 0) return fail(walk, (int)-got);
    walk->done[got] = 0;
    return GOES_ON;
}

HOOK char *realpath(const char *path, char *resolved) {
    if (!path || !path[0]) {
        *__errno_location() = path ? NOENT : INVAL;
        return 0;
    }
    int saved = *__errno_location();
    struct walk walk = {resolved ? resolved : malloc(PATH_MAX), 0, 0, 0, is_ready()}; /* tidy: as above */
    if (!walk.done) {
        *__errno_location() = NOMEM;
        return 0;
    }
    enum result result = resolve(&walk, path);
    if (result == TOO_LONG) result = resolve_in_kernel(&walk, path);
    if (result == GOES_ON) {
        *__errno_location() = saved;
        return walk.done;
    }
    if (!resolved) free(walk.done); /* tidy: as above */
    *__errno_location() = walk.error;
    return 0;
}

HOOK char *__realpath_chk(const char *path, char *resolved, size_t room) { (void)room; return realpath(path, resolved); }
HOOK char *canonicalize_file_name(const char *path) { return realpath(path, 0); }
