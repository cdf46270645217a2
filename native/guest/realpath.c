/* realpath(3). The C library's own asks readlink for every component from inside itself,
 * which is a notification each: a thousand for one cc1. The same algorithm, through the
 * gate. Where it is asked to allocate, it allocates as the function it stands for does. */
#include "raw.h"

#define PATH_MAX 4096
#define LINKS_MAX 40 /* Source: MAXSYMLINKS of the C library; path_resolution(7) */
#define AT_FDCWD -100

extern void *malloc(size_t) __attribute__((weak)); /* tidy: what is allocated is the result, which the caller frees */
extern void free(void *) __attribute__((weak)); /* tidy: as above */

/* What is resolved so far, in the caller's buffer, and what is left to resolve. */
struct walk {
    char *done;
    size_t length;
    const char *rest;
    int error;
};

static int fail(struct walk *walk, int error) {
    walk->error = error;
    return 0;
}

/* The last component of `done` is no link: is it a directory, as a trailing slash demands? */
static int is_directory(const char *path) {
    struct stat what;
    return gate4(__NR_newfstatat, AT_FDCWD, (long)path, (long)&what, 0x100 /* AT_SYMLINK_NOFOLLOW */) == 0 && S_ISDIR(what.st_mode);
}

/* One component of `rest` onto `done`. 1: go on; 0: failed; -1: it is a link, its target is in `target`. */
static int step(struct walk *walk, char *target, size_t *target_length) {
    while (*walk->rest == '/') walk->rest++;
    const char *name = walk->rest;
    size_t length = 0;
    while (name[length] && name[length] != '/') length++;
    walk->rest += length;
    if (length == 0 || (length == 1 && name[0] == '.')) return 1;
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        while (walk->length > 1 && walk->done[--walk->length] != '/') continue;
        walk->done[walk->length ? walk->length : 1] = 0;
        if (walk->length == 0) walk->length = 1;
        return 1;
    }
    size_t before = walk->length;
    if (before + 1 + length >= PATH_MAX) return fail(walk, 36 /* ENAMETOOLONG */);
    if (before > 1) walk->done[walk->length++] = '/';
    for (size_t i = 0; i < length; i++) walk->done[walk->length++] = name[i];
    walk->done[walk->length] = 0;
    long got = gate4(__NR_readlinkat, AT_FDCWD, (long)walk->done, (long)target, PATH_MAX - 1);
    if (got == -22 /* EINVAL: not a link */) {
        guest_readlink(22, walk->done, "", 0);
        if (*walk->rest == '/') {
            const char *ahead = walk->rest;
            while (*ahead == '/') ahead++;
            if (*ahead == 0 && !is_directory(walk->done)) return fail(walk, 20 /* ENOTDIR */);
        }
        return 1;
    }
    if (got < 0) {
        if (got == -2 || got == -20) guest_missing(LEDGER_NOFOLLOW, (int)-got, walk->done);
        else raw4(__NR_readlinkat, AT_FDCWD, (long)walk->done, (long)target, PATH_MAX - 1); /* the supervisor names the doubt */
        return fail(walk, (int)-got);
    }
    target[got] = 0;
    *target_length = (size_t)got;
    guest_readlink(0, walk->done, target, (size_t)got);
    walk->length = before;
    walk->done[before] = 0;
    return -1;
}

/* Goes on behind the first link. Apart, so that only paths with links need so much of the stack. */
static __attribute__((noinline)) int follow(struct walk *walk, const char *first_target, size_t first_length) {
    char rest[2][PATH_MAX], target[PATH_MAX];
    size_t length = first_length;
    const char *link = first_target;
    int which = 0;
    for (int links = 1;; links++) {
        size_t left = length_of(walk->rest);
        if (links > LINKS_MAX) return fail(walk, 40 /* ELOOP */);
        if (length + left >= PATH_MAX) return fail(walk, 36);
        char *next = rest[which ^= 1];
        for (size_t i = 0; i < length; i++) next[i] = link[i];
        for (size_t i = 0; i <= left; i++) next[length + i] = walk->rest[i];
        walk->rest = next;
        if (next[0] == '/') {
            walk->done[0] = '/';
            walk->done[1] = 0;
            walk->length = 1;
        }
        int stepped = 1;
        while (*walk->rest && stepped == 1) stepped = step(walk, target, &length);
        if (stepped != -1) return stepped;
        link = target;
    }
}

static int resolve(struct walk *walk, const char *path) {
    char target[PATH_MAX];
    size_t length = 0;
    int stepped = 1;
    walk->rest = path;
    if (path[0] == '/') {
        walk->done[0] = '/';
        walk->length = 1;
    } else {
        long got = raw4(__NR_getcwd, (long)walk->done, PATH_MAX, 0, 0);
        if (got < 0) return fail(walk, (int)-got);
        if (walk->done[0] != '/') return fail(walk, 2);
        walk->length = (size_t)got - 1;
    }
    walk->done[walk->length] = 0;
    while (*walk->rest && stepped == 1) stepped = step(walk, target, &length);
    return stepped == -1 ? follow(walk, target, length) : stepped;
}

/* Before the gate is there: the kernel resolves, and shows the result under /proc/self/fd. */
static int resolve_plainly(struct walk *walk, const char *path) {
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
    return 1;
}

HOOK char *realpath(const char *path, char *resolved) {
    if (!path || !path[0]) {
        *__errno_location() = path ? 2 : 22;
        return 0;
    }
    int saved = *__errno_location();
    struct walk walk = {resolved ? resolved : malloc(PATH_MAX), 0, 0, 0}; /* tidy: as above */
    if (!walk.done) {
        *__errno_location() = 12;
        return 0;
    }
    if ((is_ready() ? resolve : resolve_plainly)(&walk, path) == 1) {
        *__errno_location() = saved;
        return walk.done;
    }
    if (!resolved) free(walk.done); /* tidy: as above */
    *__errno_location() = walk.error;
    return 0;
}

HOOK char *__realpath_chk(const char *path, char *resolved, size_t room) { (void)room; return realpath(path, resolved); }
HOOK char *canonicalize_file_name(const char *path) { return realpath(path, 0); }
