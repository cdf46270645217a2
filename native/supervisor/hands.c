/* What a plan makes: files from blobs, links, directories, and names that go. src/cache/replay.ts
 * is the specification, of which this is the plain part: where anything else is in the way
 * than what the unit would simply replace, Node is asked. Everything is staged before
 * anything gets its name. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "look.h"
#include "mapped.h"
#include "supervisor.h"

/* Its owner may change names in it. */
#define WRITABLE 0300u
/* One call copies at most this much. */
#define RANGE_BYTES (1u << 30)

/* Below one of the folders in which builds write: a record of the store is not believed when it names anything else. */
static const char *below(const char *path, const char *root) {
    size_t length = strlen(root);
    return length > 1 && !strncmp(path, root, length) && path[length] == '/' ? path + length + 1 : NULL;
}

/* The folder that a path names something in, reached from its root without any link or step upwards; `name`: that something. -1: not reached. */
static int folder_of(const char *path, const char **name) {
    const char *const roots[] = {S.workspace, S.temporary, S.home};
    const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        char folder[PATH_BYTES_MAX] = ".";
        const char *relative = below(path, roots[i]);
        if (!relative) continue;
        if (*name > relative) {
            memcpy(folder, relative, (size_t)(*name - relative));
            folder[*name - relative] = 0;
        }
        int root = open(roots[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        int found = root < 0 ? -1 : (int)syscall(SYS_openat2, root, folder, &how, sizeof how);
        if (root >= 0) close(root);
        return found;
    }
    return -1;
}

static bool points_to(const char *path, const char *target) {
    char found[PATH_BYTES_MAX];
    ssize_t got = readlink(path, found, sizeof found);
    return got >= 0 && (size_t)got == strlen(target) && !memcmp(found, target, (size_t)got);
}

static bool is_as_it_was(const struct output *output, const char now[STATE_BYTES]) {
    return state_is_there(output->state) && !memcmp(output->state, now, STATE_BYTES);
}

/* A file that nobody knows by another name, which is ours, and with the permissions that a new one will have. */
static bool is_plain_file(const struct stat *what, const struct output *output) {
    return S_ISREG(what->st_mode) && what->st_nlink == 1 && is_ours(what) && (what->st_mode & 07777) == output->mode;
}

bool hands_look(struct output *output, bool makes) {
    struct stat what;
    char now[STATE_BYTES];
    bool is_there = lstat(output->path, &what) == 0;
    if (makes && (output->rank == OUTPUT_NOT_MADE || output->mode > 0777)) return false;
    if (is_there ? mapped_is(&what) : errno != ENOENT && errno != ENOTDIR) return false;
    state_of(output->path, now);
    switch ((enum output_kind)output->kind) {
    case OUTPUT_ABSENT:
        output->is_in_place = !is_there;
        return !is_there || (makes && (S_ISREG(what.st_mode) || S_ISLNK(what.st_mode)));
    case OUTPUT_DIRECTORY:
        output->is_in_place = is_there;
        return is_there ? S_ISDIR(what.st_mode) && (what.st_mode & 07777) == output->mode : makes && (output->mode & WRITABLE) == WRITABLE;
    case OUTPUT_LINK:
        if (!makes) return output->is_in_place = is_as_it_was(output, now);
        output->is_in_place = is_there && S_ISLNK(what.st_mode) && points_to(output->path, output->target);
        return !is_there || (S_ISLNK(what.st_mode) && what.st_nlink == 1);
    case OUTPUT_FILE:
        output->is_in_place = is_there && (is_as_it_was(output, now) || (makes && is_plain_file(&what, output) && content_stays(output->path, now, output->content)));
        if (!makes) return output->is_in_place;
        return (!is_there || is_plain_file(&what, output)) && (output->is_in_place || blob_is_compared(output->content, output->blob));
    }
    return false;
}

static bool is_in_state(int file, const char state[STATE_BYTES]) {
    struct stat what;
    struct ledger_sig now;
    if (fstat(file, &what)) return false;
    sig_of(&what, &now);
    return !memcmp(&now, state, sizeof now);
}

static bool copy_by_reading(int from, int to) {
    static char piece[1 << 16];
    for (;;) {
        ssize_t got = read(from, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        for (ssize_t put = 0, now; put < got; put += now)
            if ((now = write(to, piece + put, (size_t)(got - put))) < 0) return false;
    }
}

static bool copy(int from, int to) {
    if (ioctl(to, FICLONE, from) == 0) return true;
    /* Both descriptors move on with each call, so reading takes over wherever this stops. */
    while (copy_file_range(from, NULL, to, NULL, RANGE_BYTES, 0) > 0) continue;
    return copy_by_reading(from, to);
}

static bool stage_file(const struct output *output, int folder) {
    char blob[KEY_PATH_BYTES];
    blob_path(output->content, blob);
    int from = open(blob, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (from < 0) return false;
    int to = is_in_state(from, output->blob) ? openat(folder, output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    bool done = to >= 0 && copy(from, to) && is_in_state(from, output->blob) && fchmod(to, output->mode) == 0;
    if (to >= 0 && close(to) != 0 && errno != EINTR) done = false; /* NFS tells of a full disk here */
    close(from);
    return done;
}

static bool stage(struct output *output) {
    static unsigned count;
    const char *name;
    int folder = folder_of(output->path, &name);
    if (folder < 0) return false;
    snprintf(output->temporary, sizeof output->temporary, ".fathom-%d-p%u", getpid(), count++);
    bool done = output->kind == OUTPUT_LINK ? symlinkat(output->target, folder, output->temporary) == 0 : stage_file(output, folder);
    close(folder);
    return done;
}

static bool is_reached(const struct output *output) {
    const char *name;
    int folder = folder_of(output->path, &name);
    if (folder >= 0) close(folder);
    return folder >= 0;
}

static bool make_directory(const struct output *output) {
    const char *name;
    int folder = folder_of(output->path, &name);
    if (folder < 0) return false;
    bool done = mkdirat(folder, name, 0700) == 0;
    if (done && fchmodat(folder, name, output->mode, 0)) {
        unlinkat(folder, name, AT_REMOVEDIR);
        done = false;
    }
    close(folder);
    return done;
}

/* Gives it its name, or takes it away. */
static bool settle(struct output *output) {
    const char *name;
    int folder = folder_of(output->path, &name);
    if (folder < 0) return false;
    bool done = output->kind == OUTPUT_ABSENT ? unlinkat(folder, name, 0) == 0 : renameat(folder, output->temporary, folder, name) == 0;
    if (done) output->temporary[0] = 0;
    close(folder);
    return done;
}

static void clean_up(struct output *outputs, size_t staged, size_t made) {
    for (size_t i = 0; i < staged; i++) {
        const char *name;
        int folder = outputs[i].temporary[0] ? folder_of(outputs[i].path, &name) : -1;
        if (folder < 0) continue;
        unlinkat(folder, outputs[i].temporary, 0);
        close(folder);
    }
    while (made-- > 0)
        if (outputs[made].kind == OUTPUT_DIRECTORY && !outputs[made].is_in_place) rmdir(outputs[made].path);
}

/* An output with a time of its own. */
struct timed { uint32_t rank; int64_t mtime_ns; };

static bool is_timed(const struct output *output) { return output->kind == OUTPUT_FILE || output->kind == OUTPUT_LINK; }

static bool set_time(const struct output *output, const struct timespec times[2]) {
    const char *name;
    int folder = folder_of(output->path, &name);
    if (folder < 0) return false;
    bool done = utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW) == 0;
    close(folder);
    return done;
}

/* As new as what the kernel stamps writes with now, in the order in which the unit wrote them (src/cache/times.ts). */
static bool set_times(const struct output *outputs, size_t count, int64_t newest_input_ns) {
    struct stat what;
    const struct timespec now[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
    size_t first = 0;
    uint32_t lowest = UINT32_MAX;
    while (first < count && !is_timed(&outputs[first])) first++;
    if (first == count) return true;
    if (!set_time(&outputs[first], now) || lstat(outputs[first].path, &what)) return false;
    int64_t base = what.st_ctim.tv_sec * 1000000000ll + what.st_ctim.tv_nsec;
    if (base < newest_input_ns) base = newest_input_ns;
    for (size_t i = first; i < count; i++)
        if (is_timed(&outputs[i]) && outputs[i].rank < lowest) lowest = outputs[i].rank;
    for (size_t i = first; i < count; i++) {
        if (!is_timed(&outputs[i])) continue;
        int64_t at = base + (outputs[i].rank - lowest);
        const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000}};
        if (!set_time(&outputs[i], times)) return false;
    }
    return true;
}

static int by_rank(const void *a, const void *b) {
    uint32_t one = ((const struct timed *)a)->rank, other = ((const struct timed *)b)->rank;
    return (one > other) - (one < other);
}

/* In place, no older than the newest input, and in the order in which they were written (src/cache/times.ts). */
static bool has_times(const struct output *outputs, size_t count, int64_t newest_input_ns) {
    struct timed *files = calloc(count + 1, sizeof *files);
    bool is_right = files != NULL;
    size_t found = 0;
    for (size_t i = 0; is_right && i < count; i++) {
        char now[STATE_BYTES];
        if (!is_timed(&outputs[i])) continue;
        files[found] = (struct timed){outputs[i].rank, state_of(outputs[i].path, now)};
        is_right = outputs[i].is_in_place && files[found++].mtime_ns >= newest_input_ns;
    }
    if (files) qsort(files, found, sizeof *files, by_rank);
    for (size_t i = 1; is_right && i < found; i++)
        is_right = files[i].rank == files[i - 1].rank ? files[i].mtime_ns == files[i - 1].mtime_ns : files[i].mtime_ns > files[i - 1].mtime_ns;
    free(files);
    return is_right;
}

bool hands_place(struct output *outputs, size_t count, int64_t newest_input_ns, bool renews) {
    size_t made = 0, staged = 0;
    bool done = true;
    /* Parents first: the order of paths. */
    for (size_t i = 0; i < count; i++) S.has_placed |= !outputs[i].is_in_place;
    for (; done && made < count; made += done)
        done = outputs[made].kind != OUTPUT_DIRECTORY || outputs[made].is_in_place || make_directory(&outputs[made]);
    for (; done && staged < count; staged++)
        if (is_timed(&outputs[staged])) done = outputs[staged].is_in_place ? is_reached(&outputs[staged]) : stage(&outputs[staged]);
    for (size_t i = 0; done && i < count; i++)
        if (outputs[i].kind == OUTPUT_ABSENT && !outputs[i].is_in_place) done = settle(&outputs[i]);
    for (size_t i = 0; done && i < count; i++)
        if (outputs[i].temporary[0]) done = settle(&outputs[i]);
    if (!done) {
        clean_up(outputs, staged, made);
        return false;
    }
    if ((renews || !has_times(outputs, count, newest_input_ns)) && !set_times(outputs, count, newest_input_ns)) return false;
    for (size_t i = 0; i < count; i++)
        if (outputs[i].kind == OUTPUT_FILE && !content_placed(outputs[i].path, outputs[i].content)) return false;
    return true;
}
