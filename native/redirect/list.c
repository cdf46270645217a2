/* Names of directories. Of a directory that shows what lies below a process has one of the layers' own open, whose names are
 * not those of the view: they are told here. How far a process has read is the position of its open directory, as in the
 * kernel: it is shared with whoever has the same one, and lseek(2) moves it. So we keep a descriptor of each, and find
 * which one a process means by moving ours and looking whether its own has moved. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "redirect.h"

/* As getdents64(2) has it. */
struct entry { uint64_t inode; int64_t next; uint16_t length; uint8_t type; char name[]; };
enum { NAME_AT = offsetof(struct entry, name) };

struct listed {
    int fd;                   /* the same open directory */
    uint64_t dev, ino;
    bool began_shown;         /* ... the kernel may have told the first of them */
    struct names names;       /* as they were when it was read from its beginning */
};
static struct listed *listed;
static size_t count, room, sweep_at = 1024;

static int add(struct names *names, const struct entry *entry) {
    size_t text = strlen(entry->name) + 1, length = (NAME_AT + text + 7) / 8 * 8;
    if (names->length + length > names->room) {
        size_t more = names->room ? names->room * 2 : 4096;
        while (more < names->length + length) more *= 2;
        char *bytes = realloc(names->bytes, more);
        if (!bytes) return -ENOMEM;
        names->bytes = bytes;
        names->room = more;
    }
    struct entry *made = (struct entry *)(names->bytes + names->length);
    memset(made, 0, length);
    made->inode = entry->inode;
    made->length = (uint16_t)length;
    made->type = entry->type;
    memcpy(made->name, entry->name, text);
    names->length += length;
    made->next = (int64_t)names->length;
    return 0;
}

static int read_names(int directory, const char *name, struct names *into) {
    static char buffer[64 * 1024] __attribute__((aligned(8)));
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), failed = 0;
    if (fd < 0) return -errno;
    for (;;) {
        long got = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
        if (got <= 0) failed = got < 0 ? -errno : 0;
        if (got <= 0) break;
        for (long at = 0; at < got && !failed;) {
            const struct entry *entry = (const struct entry *)(buffer + at);
            failed = add(into, entry);
            at += entry->length;
        }
        if (failed) break;
    }
    close(fd);
    return failed;
}

static int by_name(const void *one, const void *other) { return strcmp((*(const struct entry *const *)one)->name, (*(const struct entry *const *)other)->name); }

static bool is_dots(const struct entry *entry) { return !strcmp(entry->name, ".") || !strcmp(entry->name, ".."); }

static bool is_whiteout(int layer, const struct place *place, const struct entry *entry) {
    char name[PATH_BYTES_MAX * 2];
    struct stat what;
    if (entry->type != DT_CHR && entry->type != DT_UNKNOWN) return false;
    snprintf(name, sizeof name, "%s/%s", inner(place), entry->name);
    return fstatat(layer, name, &what, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(what.st_mode) && what.st_rdev == WHITEOUT_DEVICE;
}

/* The names of a layer, with those of what lies below. A directory that both have is numbered as its processes have it: by
 * `upper` it never is. */
static int merge(int layer, const struct place *place, const struct names *above, const struct names *below, struct names *into) {
    size_t count = 0;
    for (size_t at = 0; at < above->length; at += ((struct entry *)(above->bytes + at))->length) count++;
    const struct entry **sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted) return -ENOMEM;
    count = 0;
    int failed = 0;
    for (size_t at = 0; at < above->length; at += ((struct entry *)(above->bytes + at))->length) sorted[count++] = (const struct entry *)(above->bytes + at);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t at = 0; at < below->length && !failed;) {
        const struct entry *entry = (const struct entry *)(below->bytes + at);
        const struct entry **same = bsearch(&entry, sorted, count, sizeof *sorted, by_name);
        bool is_shared = same && layer == R.upper && (*same)->type == DT_DIR && entry->type == DT_DIR; /* nearly always one directory */
        if (!same || is_shared || is_dots(entry)) failed = add(into, entry);
        at += entry->length;
    }
    for (size_t i = 0; i < count && !failed; i++) {
        const struct entry *const *one = &sorted[i];
        bool is_there = is_dots(*one) && below->length > 0;
        for (size_t at = 0; !is_there && layer == R.upper && (*one)->type == DT_DIR && at < below->length; at += ((struct entry *)(below->bytes + at))->length) {
            const struct entry *entry = (const struct entry *)(below->bytes + at);
            is_there = entry->type == DT_DIR && !strcmp(entry->name, (*one)->name);
        }
        if (!is_there && !is_whiteout(layer, place, *one)) failed = add(into, *one);
    }
    free(sorted);
    return failed;
}

static int dots_first(const void *one, const void *other) {
    bool is_first = is_dots(*(const struct entry *const *)one), is_second = is_dots(*(const struct entry *const *)other);
    return is_first == is_second ? by_name(one, other) : is_first ? -1 : 1;
}

/* In the order of their bytes, numbered by their names (fixed.c). */
static int fix(const struct place *place, struct names *names) {
    struct names sorted = {0};
    char path[PATH_BYTES_MAX * 2];
    size_t all = 0;
    for (size_t at = 0; at < names->length; at += ((struct entry *)(names->bytes + at))->length) all++;
    struct entry **entries = calloc(all + 1, sizeof *entries);
    if (!entries) return -ENOMEM;
    all = 0;
    for (size_t at = 0; at < names->length; at += entries[all++]->length) entries[all] = (struct entry *)(names->bytes + at);
    qsort(entries, all, sizeof *entries, dots_first);
    int failed = 0;
    for (size_t i = 0; i < all && !failed; i++) {
        snprintf(path, sizeof path, "%s/%s", place->path, entries[i]->name);
        entries[i]->inode = is_dots(entries[i]) ? fixed_inode(place->path) : fixed_inode(path);
        failed = add(&sorted, entries[i]);
    }
    free(entries);
    free(names->bytes);
    *names = sorted;
    return failed;
}

/* Lays the names of one more layer over those that are there. */
static int lay_names(int layer, const struct place *place, struct names *names) {
    struct names above = {0}, all = {0};
    int failed = read_names(layer, inner(place), &above);
    if (!failed) failed = merge(layer, place, &above, names, &all);
    free(above.bytes);
    free(names->bytes);
    *names = all;
    return failed;
}

static int names_in_layers(const struct place *place, struct names *names) {
    int failed = 0;
    names->length = 0;
    if (place->layer != UPPER && place->lowers & ONLY_WORKSPACE) failed = read_names(R.lowers[WORKSPACE].fd, inner(place), names);
    for (int i = WORKSPACE; i-- > 0 && !failed;)
        if (place->layer != UPPER && place->lowers & 1u << i) failed = lay_names(R.lowers[i].fd, place, names);
    return failed || place->layer == LOWER ? failed : lay_names(R.upper, place, names);
}

int names_of(const struct place *place, struct names *names) {
    int failed = names_in_layers(place, names);
    return failed || !R.is_fixed ? failed : fix(place, names);
}

int names_none(const struct place *place) {
    struct names names = {0};
    int failed = names_of(place, &names);
    for (size_t at = 0; at < names.length && !failed;) {
        const struct entry *entry = (const struct entry *)(names.bytes + at);
        if (!is_dots(entry)) failed = -ENOTEMPTY;
        at += entry->length;
    }
    free(names.bytes);
    return failed;
}

/* Hashes of the real names of all that is open in any process: directories among them have ours. */
struct opened { uint64_t *hashes; size_t count, room; };

static uint64_t name_hash(const char *link) {
    char target[PATH_BYTES_MAX];
    ssize_t got = readlink(link, target, sizeof target);
    return got > 0 && target[0] == '/' ? arena_hash(target, (uint64_t)got, 0) : 0;
}

static bool add_opened(struct opened *opened, const char *process) {
    char name[300], link[600];
    snprintf(name, sizeof name, "/proc/%s/fd", process);
    DIR *folder = opendir(name);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        snprintf(link, sizeof link, "%s/%s", name, entry->d_name);
        uint64_t hash = name_hash(link);
        if (!hash) continue;
        if (opened->count == opened->room) {
            size_t more = opened->room ? opened->room * 2 : 1024;
            uint64_t *all = realloc(opened->hashes, more * sizeof *all);
            if (!all) return closedir(folder), false;
            opened->hashes = all;
            opened->room = more;
        }
        opened->hashes[opened->count++] = hash;
    }
    if (folder) closedir(folder);
    return true;
}

static int by_hash(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

/* Forgets the directories that nobody has open any more. */
static void sweep(void) {
    struct opened opened = {0};
    char self[32], link[64];
    snprintf(self, sizeof self, "%d", getpid());
    DIR *all = opendir("/proc");
    bool is_whole = all != NULL;
    for (struct dirent *entry; is_whole && (entry = readdir(all));)
        if (entry->d_name[0] > '0' && entry->d_name[0] <= '9' && strcmp(entry->d_name, self)) is_whole = add_opened(&opened, entry->d_name);
    if (all) closedir(all);
    qsort(opened.hashes, opened.count, sizeof *opened.hashes, by_hash);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", listed[i].fd);
        uint64_t hash = name_hash(link);
        if (!is_whole || bsearch(&hash, opened.hashes, opened.count, sizeof *opened.hashes, by_hash)) listed[kept++] = listed[i];
        else close(listed[i].fd), free(listed[i].names.bytes);
    }
    free(opened.hashes);
    count = kept;
    sweep_at = kept < 512 ? 1024 : kept * 2;
}

int listed_keep(int fd, bool is_shown) {
    struct stat what;
    if (count >= sweep_at) sweep();
    if (count == room) {
        size_t more = room ? room * 2 : 64;
        struct listed *all = realloc(listed, more * sizeof *all);
        if (!all) return close(fd), -ENFILE;
        listed = all;
        room = more;
    }
    if (fstat(fd, &what)) return close(fd), -errno;
    listed[count++] = (struct listed){.fd = fd, .dev = what.st_dev, .ino = what.st_ino, .began_shown = is_shown};
    return 0;
}

static off_t position_of(pid_t tid, int fd) {
    char name[64], text[512];
    long long at = -1;
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", tid, fd);
    if (small_file(name, text, sizeof text) <= 0 || sscanf(text, "pos:%lld", &at) != 1) return -1;
    return at;
}

static struct listed *find(pid_t tid, int fd, const struct stat *what, off_t at) {
    for (size_t i = count; i-- > 0;) {
        struct listed *one = &listed[i];
        if (one->dev != what->st_dev || one->ino != what->st_ino || lseek(one->fd, 0, SEEK_CUR) != at) continue;
        off_t other = at + 8;
        bool is_same = lseek(one->fd, other, SEEK_SET) == other && position_of(tid, fd) == other;
        lseek(one->fd, at, SEEK_SET);
        if (is_same) return one;
    }
    return NULL;
}

/* A guest has opened it, when nothing in it was changed. */
static struct listed *take(pid_t tid, int fd) {
    int own = shown_gives_directories() ? take_fd(tid, fd) : -1;
    return own < 0 || listed_keep(own, true) ? NULL : &listed[count - 1];
}

/* getdents(2), whose only user are run-time libraries of sanitizers: it has the type behind the name. */
static void make_old(char *bytes, size_t length) {
    for (size_t at = 0; at < length;) {
        struct entry *entry = (struct entry *)(bytes + at);
        uint8_t type = entry->type;
        memmove(&entry->type, entry->name, entry->length - NAME_AT);
        bytes[at + entry->length - 1] = (char)type;
        at += entry->length;
    }
}

/* As many whole entries as fit. */
static void tell(const struct asked *asked, struct listed *one, off_t at) {
    static char told[64 * 1024] __attribute__((aligned(8)));
    size_t from = (size_t)at, length = 0, most = arg(asked, 2) < sizeof told ? (size_t)arg(asked, 2) : sizeof told;
    while (from + length < one->names.length) {
        const struct entry *entry = (const struct entry *)(one->names.bytes + from + length);
        if (length + entry->length > most) break;
        length += entry->length;
    }
    if (length == 0) answer(asked, from < one->names.length ? -EINVAL : 0);
    else {
        lseek(one->fd, at + (off_t)length, SEEK_SET);
        memcpy(told, one->names.bytes + from, length);
        if (asked->notice->data.nr == SYS_getdents) make_old(told, length);
        answer_with(asked, told, length, arg(asked, 1), (int64_t)length);
    }
}

static bool is_boundary(const struct names *names, off_t wanted) {
    off_t at = 0;
    while (at < wanted && (size_t)at < names->length) at += ((struct entry *)(names->bytes + at))->length;
    return at == wanted;
}

void list(pid_t tid, const struct seccomp_notif *notice) {
    static struct place place;
    struct asked asked = {tid, notice};
    struct stat what;
    int fd = (int)arg(&asked, 0);
    if (walk_base(tid, fd, &place) == -ENOENT) answer(&asked, -ENOENT);
    else if (place.is_inside && is_plain(&place) && !R.is_fixed) shown_learn_directory(&place), pass(&asked);
    else if (!place.is_inside || (place.layer == UPPER && !R.is_fixed) || tracee_stat_fd(tid, fd, &what) || !S_ISDIR(what.st_mode)) pass(&asked); /* the kernel tells, or refuses */
    else {
        off_t at = position_of(tid, fd);
        struct listed *one = at < 0 ? NULL : find(tid, fd, &what, at);
        if (at >= 0 && !one) one = take(tid, fd);
        int failed = one ? 0 : -EACCES; /* opened before the view was entered: it is the workspace's */
        if (!failed && at == 0) failed = names_of(&place, &one->names);
        if (failed) answer(&asked, failed);
        else if (at != 0 && one->began_shown && one->names.length == 0) pass(&asked); /* begun before anything in it was changed: it goes on as it began */
        else if (!is_boundary(&one->names, at)) answer(&asked, 0);
        else tell(&asked, one, at);
    }
}
