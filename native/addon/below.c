/* Everything below a directory in one call: what a view begins with, and what it is compared with later. A level of
 * directories is listed at a time, shared out between the processors. Reads only; follows no link. */
#include "addon.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../share.h"

/* So many names are in a directory, when it has to be guessed whether a thread is worth it. */
#define NAMES_GUESSED 16u
#define SPACE_MIN (64u * 1024u)

struct bytes {
    char *at;
    size_t used, space;
};

static bool add(struct bytes *to, const void *what, size_t length)
{
    if (to->used + length > to->space) {
        size_t space = to->space * 2 + length + SPACE_MIN;
        char *at = realloc(to->at, space);
        if (at == NULL) return false;
        to->at = at, to->space = space;
    }
    memcpy(to->at + to->used, what, length);
    to->used += length;
    return true;
}

/* Some directories of a level, what is in them, and which of that are directories again. */
struct share {
    int root;
    const char *skips, *skips_end;
    const char *directory; /* "" is the root; each with a NUL behind it */
    size_t count;
    struct bytes found, next;
    size_t next_count;
    int error;
    struct worker worker;
};

static bool is_skipped(const struct share *share, const char *path)
{
    for (const char *skip = share->skips; skip < share->skips_end; skip += strlen(skip) + 1)
        if (strcmp(skip, path) == 0) return true;
    return false;
}

/* What is gone, or may not be looked at by anybody like us, is left out. Whatever else goes wrong could hide what is there. */
static int forgiven(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP || error == ENAMETOOLONG ? 0 : error;
}

/* 0 or errno. */
static int look_at(struct share *share, int directory, const char *path, const char *name)
{
    struct ledger_sig signature;
    char target[PATH_SPACE];
    ssize_t length = 0;
    int error = signature_of(directory, name, AT_SYMLINK_NOFOLLOW, &signature);
    if (error != 0) return forgiven(error);
    if (S_ISLNK(signature.mode)) length = readlinkat(directory, name, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    bool is_added = add(&share->found, path, strlen(path) + 1) && add(&share->found, target, strlen(target) + 1) &&
                    add(&share->found, &signature, sizeof signature);
    if (!is_added) return ENOMEM;
    if (!S_ISDIR(signature.mode)) return 0;
    share->next_count++;
    return add(&share->next, path, strlen(path) + 1) ? 0 : ENOMEM;
}

static int look_into(struct share *share, const char *relative, char *page)
{
    char path[PATH_SPACE];
    size_t length = strlen(relative);
    struct names names = {0};
    int fd = openat(share->root, length == 0 ? "." : relative, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return forgiven(errno);
    int error = forgiven(read_names(fd, page, &names));
    char **sorted = error == 0 ? names_sorted(&names) : NULL;
    if (error == 0 && sorted == NULL) error = ENOMEM;
    memcpy(path, relative, length);
    if (length != 0) path[length++] = '/';
    for (size_t i = 0; error == 0 && i < names.count; i++) {
        const char *name = sorted[i] + 1;
        size_t name_length = strlen(name) + 1;
        if (length + name_length > sizeof path) continue; /* no call would take it */
        memcpy(path + length, name, name_length);
        if (!is_skipped(share, path)) error = look_at(share, fd, path, name);
    }
    free(sorted);
    free(names.bytes);
    close(fd);
    return error;
}

static void *look_into_all(void *argument)
{
    struct share *share = argument;
    char *page = malloc(NAMES_BYTES);
    if (page == NULL) share->error = ENOMEM;
    for (const char *at = share->directory; share->error == 0 && share->count > 0; share->count--, at += strlen(at) + 1)
        share->error = look_into(share, at, page);
    free(page);
    return NULL;
}

/* One level; `level` becomes the next one. 0 or errno. */
static int look_into_level(const struct share *like, struct bytes *level, size_t *count, struct bytes *found)
{
    struct share shares[SHARES_MAX];
    size_t among = shares_of(*count * NAMES_GUESSED), left = *count;
    const char *at = level->at;
    struct bytes next = {0};
    int error = 0;
    for (size_t i = 0; i < among; i++) {
        shares[i] = *like;
        shares[i].directory = at;
        shares[i].count = i + 1 == among ? left : *count / among;
        left -= shares[i].count;
        for (size_t j = 0; i + 1 < among && j < shares[i].count; j++) at += strlen(at) + 1;
        if (i + 1 < among) shares[i].worker = worker_start(look_into_all, &shares[i]);
    }
    *count = 0;
    for (size_t i = among; i-- > 0;) worker_finish(&shares[i].worker, look_into_all, &shares[i]); /* the last has no thread */
    for (size_t i = 0; i < among; i++) {
        if (error == 0) error = shares[i].error;
        if (error == 0 && !(add(found, shares[i].found.at, shares[i].found.used) && add(&next, shares[i].next.at, shares[i].next.used))) error = ENOMEM;
        *count += shares[i].next_count;
        free(shares[i].found.at);
        free(shares[i].next.at);
    }
    free(level->at);
    *level = next;
    return error;
}

/* statesBelow(root, skips) -> of each name below it path, target of a link (a NUL behind each), signature (48 bytes), directories before what is in
 * them; or -errno. `skips`: paths that are left out, with what is in them, a NUL behind each. What cannot be looked at is left out too. */
napi_value addon_states_below(napi_env env, napi_callback_info call)
{
    napi_value arguments[2];
    char root[PATH_SPACE];
    const char *skips;
    size_t skip_count, count = 1;
    int error;
    if (!take_arguments(env, call, 2, arguments) || !take_path(env, arguments[0], root, &error) || !take_paths(env, arguments[1], &skips, &skip_count)) return NULL;
    if (error != 0) return give_int(env, -error);
    struct share like = {.skips = skips, .skips_end = skips};
    for (size_t i = 0; i < skip_count; i++) like.skips_end += strlen(like.skips_end) + 1;
    like.root = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (like.root < 0) return give_int(env, -errno);
    struct bytes level = {0}, found = {0};
    if (!add(&level, "", 1)) error = ENOMEM;
    while (error == 0 && count > 0) error = look_into_level(&like, &level, &count, &found);
    close(like.root);
    napi_value result = error != 0 ? give_int(env, -error) : give_copy(env, found.at, found.used);
    free(level.at);
    free(found.at);
    return result;
}
