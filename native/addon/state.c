/* What is there: signatures, names, link targets. Reads only. */
#include "addon.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../folder.h"
#include "../share.h"

/* Of signatures: a signature and an errno. */
#define ANSWER_BYTES (sizeof(struct ledger_sig) + 4)

int signature_of(int directory, const char *path, int flags, struct ledger_sig *signature)
{
    struct stat found;
    memset(signature, 0, sizeof *signature);
    /* The raw call: libc's name for it depends on libc's version (lstat is in glibc only since 2.33). */
    if (syscall(SYS_newfstatat, directory, path, &found, flags) != 0) return errno;
    *signature = (struct ledger_sig){
        .dev = found.st_dev,
        .ino = found.st_ino,
        .size = (uint64_t)found.st_size,
        .mtime_ns = (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec,
        .ctime_ns = (int64_t)found.st_ctim.tv_sec * 1000000000 + found.st_ctim.tv_nsec,
        .mode = found.st_mode,
        .nlink = (uint32_t)found.st_nlink,
    };
    return 0;
}

/* Some of the paths that are asked for, and where their answers go. */
struct looks {
    const char *path;
    size_t count;
    uint8_t *out;
    struct worker worker;
};

static void *look(void *argument)
{
    struct looks *looks = argument;
    struct folder folder = NO_FOLDER;
    const char *path = looks->path, *name;
    uint8_t *out = looks->out;
    for (size_t i = 0; i < looks->count; i++, path += strlen(path) + 1) {
        struct ledger_sig signature;
        int directory = folder_for(&folder, path, &name);
        uint32_t error = (uint32_t)signature_of(directory, name, AT_SYMLINK_NOFOLLOW, &signature);
        memcpy(out, &signature, sizeof signature);
        memcpy(out + sizeof signature, &error, 4);
        out += ANSWER_BYTES;
    }
    folder_close(&folder);
    return NULL;
}

/* signatures(paths) -> for each path: signature (48 bytes), errno (u32). */
napi_value addon_signatures(napi_env env, napi_callback_info call)
{
    napi_value argument;
    struct looks shares[SHARES_MAX] = {0}, rest = {0};
    if (!take_arguments(env, call, 1, &argument) || !take_paths(env, argument, &rest.path, &rest.count)) return NULL;
    napi_value result = give_buffer(env, rest.count * ANSWER_BYTES, &rest.out);
    if (result == NULL) return NULL;
    size_t last = shares_of(rest.count) - 1, each = rest.count / (last + 1);
    for (size_t i = 0; i < last; i++) {
        shares[i] = (struct looks){.path = rest.path, .count = each, .out = rest.out};
        shares[i].worker = worker_start(look, &shares[i]);
        for (size_t j = 0; j < each; j++) rest.path += strlen(rest.path) + 1;
        rest.count -= each, rest.out += each * ANSWER_BYTES;
    }
    shares[last] = rest;
    for (size_t i = last + 1; i-- > 0;) worker_finish(&shares[i].worker, look, &shares[i]); /* the last has no thread */
    return result;
}

/* The kernel's own layout. Source: getdents64(2). */
struct directory_entry {
    uint64_t ino;
    int64_t off;
    uint16_t size;
    uint8_t type;
    char name[];
};

static int add_name(struct names *names, uint8_t type, const char *name)
{
    size_t length = strlen(name) + 2;
    if (names->used + length > names->space) {
        size_t space = names->space * 2 + NAMES_BYTES;
        char *bytes = realloc(names->bytes, space);
        if (bytes == NULL) return ENOMEM;
        names->bytes = bytes, names->space = space;
    }
    names->bytes[names->used] = (char)type;
    memcpy(names->bytes + names->used + 1, name, length - 1);
    names->used += length, names->count++;
    return 0;
}

int read_names(int fd, char *page, struct names *names)
{
    for (;;) {
        long got = syscall(SYS_getdents64, fd, page, NAMES_BYTES);
        if (got < 0) return errno;
        if (got == 0) return 0;
        for (long at = 0; at < got;) {
            struct directory_entry *entry = (struct directory_entry *)(void *)(page + at);
            at += entry->size;
            if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
            uint8_t type = entry->type;
            if (type == DT_UNKNOWN) {
                struct ledger_sig found;
                int error = signature_of(fd, entry->name, AT_SYMLINK_NOFOLLOW, &found);
                if (error == ENOENT) continue; /* gone meanwhile */
                type = (uint8_t)IFTODT(found.mode);
            }
            int error = add_name(names, type, entry->name);
            if (error != 0) return error;
        }
    }
}

static int by_name_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left + 1, *(char *const *)right + 1);
}

char **names_sorted(const struct names *names)
{
    char **sorted = malloc((names->count + 1) * sizeof *sorted);
    if (sorted == NULL) return NULL;
    char *at = names->bytes;
    for (size_t i = 0; i < names->count; i++, at += 1 + strlen(at + 1) + 1) sorted[i] = at;
    qsort(sorted, names->count, sizeof *sorted, by_name_bytes);
    return sorted;
}

static napi_value give_sorted(napi_env env, const struct names *names)
{
    uint8_t *out;
    char **sorted = names_sorted(names);
    if (sorted == NULL) return give_int(env, -ENOMEM);
    napi_value result = give_buffer(env, names->used, &out);
    for (size_t i = 0; result != NULL && i < names->count; i++) {
        size_t length = 1 + strlen(sorted[i] + 1) + 1;
        memcpy(out, sorted[i], length);
        out += length;
    }
    free(sorted);
    return result;
}

/* list(path) -> (u8 d_type, name, NUL)* sorted by name bytes, or -errno. A link to a directory is not one. */
napi_value addon_list(napi_env env, napi_callback_info call)
{
    napi_value argument;
    char path[PATH_SPACE];
    int error;
    if (!take_arguments(env, call, 1, &argument) || !take_path(env, argument, path, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return give_int(env, -errno);
    struct names names = {0};
    char *page = malloc(NAMES_BYTES);
    error = page == NULL ? ENOMEM : read_names(fd, page, &names);
    free(page);
    close(fd);
    napi_value result = error != 0 ? give_int(env, -error) : give_sorted(env, &names);
    free(names.bytes);
    return result;
}

/* readLink(path) -> target, or -errno (EINVAL: not a link). */
napi_value addon_read_link(napi_env env, napi_callback_info call)
{
    napi_value argument;
    char path[PATH_SPACE], target[PATH_SPACE];
    int error;
    if (!take_arguments(env, call, 1, &argument) || !take_path(env, argument, path, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 0) return give_int(env, -errno);
    if (length == sizeof target) return give_int(env, -ENAMETOOLONG);
    return give_copy(env, target, (size_t)length);
}

/* resolvesWithin(root, relative) -> 1 the parent of `relative` is below root, 0 it is not, -errno it cannot be told. */
napi_value addon_resolves_within(napi_env env, napi_callback_info call)
{
    char root[PATH_SPACE], relative[PATH_SPACE];
    int error;
    if (!take_two_paths(env, call, root, relative, &error)) return NULL;
    if (error != 0) return give_int(env, -error);
    if (relative[0] == '/') return give_int(env, 0);
    char *slash = strrchr(relative, '/');
    const char *name = slash == NULL ? relative : slash + 1;
    /* The last component is created or replaced, never followed; these three name something else than a new file. */
    if (*name == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return give_int(env, 0);
    if (slash != NULL) *slash = 0;
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return give_int(env, -errno);
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long parent = syscall(SYS_openat2, directory, slash == NULL ? "." : relative, &how, sizeof how);
    error = parent < 0 ? errno : 0;
    if (parent >= 0) close((int)parent);
    close(directory);
    /* EXDEV: it leaves the root. Source: openat2(2), RESOLVE_BENEATH. */
    return give_int(env, error == 0 ? 1 : error == EXDEV ? 0 : -error);
}
