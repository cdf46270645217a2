/* Paths to places: as the kernel walks them (path_resolution(7)), but in the workspace each name is looked for in `upper`
 * first. Nothing here changes anything, and nothing is followed without being looked at: a link anywhere on the disk may
 * lead into the workspace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "redirect.h"

/* Hashes of directories outside that are no links. */
enum { KNOWN = 4096 };
static uint64_t known[KNOWN];

void walk_forget(void) {
    memset(known, 0, sizeof known);
    shown_forget_all();
}

static uint64_t *known_at(const char *path, uint64_t *hash) {
    *hash = arena_hash(path, strlen(path), 0) | 1;
    return &known[*hash % KNOWN];
}

static bool begins_with(const char *path, const char *root, size_t length) { return !strncmp(path, root, length) && (path[length] == '/' || path[length] == 0); }

const char *inner(const struct place *place) { return place->path[R.workspace_length] ? place->path + R.workspace_length + 1 : "."; }

int layer_of(const struct place *place) { return place->layer == LOWER ? R.lowers[lower_of(place)].fd : R.upper; }

static void join(const char *root, size_t above, const char *rest, char into[PATH_BYTES_MAX]) {
    size_t length = strlen(rest);
    if (above + length >= PATH_BYTES_MAX) above = length = 0; /* no call takes it */
    memcpy(into, root, above);
    memcpy(into + above, rest, length);
    into[above + length] = 0;
}

void folder_path(const struct place *place, char into[PATH_BYTES_MAX]) {
    const struct lower *lower = place->is_inside && place->layer != UPPER ? &R.lowers[lower_of(place)] : NULL;
    if (lower) join(lower->path, lower->length, place->path + R.workspace_length, into);
    else real_path(place, into);
}

void real_path(const struct place *place, char into[PATH_BYTES_MAX]) {
    if (!place->is_inside) join("", 0, place->path, into);
    else if (place->layer == LOWER) folder_path(place, into);
    else join(R.upper_path, R.upper_length, place->path + R.workspace_length, into);
}

/* The length of the root that a real name begins with: of `upper`, or of what lies between that and the workspace. 0: of neither. */
static size_t root_of(const char *path) {
    if (begins_with(path, R.upper_path, R.upper_length)) return R.upper_length;
    for (int i = 0; i < WORKSPACE; i++)
        if (R.layers & 1u << i && begins_with(path, R.lowers[i].path, R.lowers[i].length)) return R.lowers[i].length;
    return 0;
}

bool is_upper_name(const char *path) { return begins_with(path, R.upper_path, R.upper_length); }

bool view_name(char *path) {
    size_t root = root_of(path);
    if (!root) return false;
    size_t rest = strlen(path + root);
    if (R.workspace_length + rest >= PATH_BYTES_MAX) return false;
    memmove(path + R.workspace_length, path + root, rest + 1);
    memcpy(path, R.workspace, R.workspace_length);
    return true;
}

bool is_kernels(const struct place *place) { return !place->differs && (!place->is_inside || is_plain(place)); }

static bool is_whiteout(const struct stat *what) { return S_ISCHR(what->st_mode) && what->st_rdev == WHITEOUT_DEVICE; }

static bool is_opaque(const char *name) {
    char path[PATH_BYTES_MAX * 2], value[2];
    snprintf(path, sizeof path, "%s/%s", R.upper_path, name);
    return lgetxattr(path, OPAQUE, value, sizeof value) == 1 && value[0] == 'y';
}

/* One directory to its processes: its number is that of the descriptors they get. */
static void merge(struct stat *upper, const struct stat *lower) {
    upper->st_dev = lower->st_dev;
    upper->st_ino = lower->st_ino;
    upper->st_nlink = lower->st_nlink;
}

/* `upper`, `lowers`: the directory above is there. */
static int look_inside(struct place *place, bool upper, unsigned lowers) {
    struct below below;
    const char *name = inner(place);
    place->layer = NOWHERE;
    place->lowers = 0;
    place->is_whited_out = false;
    place->parent_lowers = lowers;
    place->parent_is_shown = lowers == ONLY_WORKSPACE && !upper;
    if (upper && fstatat(R.upper, name, &place->what, AT_SYMLINK_NOFOLLOW) == 0) {
        if ((place->is_whited_out = is_whiteout(&place->what))) place->differs = true;
        if (place->is_whited_out) return -ENOENT;
        bool shows = lowers && S_ISDIR(place->what.st_mode) && below_of(lowers, name, &below) == 0 && S_ISDIR(below.what.st_mode) && !is_opaque(name);
        place->layer = shows ? BOTH : UPPER;
        if (R.maps_device) map_state(&place->what);
        if (shows) merge(&place->what, &below.what), place->lowers = below.layers;
        if (!(place->lowers & ONLY_WORKSPACE)) place->differs = true;
        return 0;
    }
    if (upper && errno != ENOENT) return -errno;
    int failed = below_of(lowers, name, &below);
    if (!failed) place->layer = LOWER, place->lowers = below.layers, place->what = below.what;
    /* Through a directory that the workspace has too the kernel comes to what else that has in it. */
    if (!below.is_kernels && !(below.layers & ONLY_WORKSPACE)) place->differs = true;
    return failed;
}

/* It is nearly always only on the way: its status is asked for where it is the end. */
static void look_at_root(struct place *place) {
    place->is_inside = true;
    place->layer = BOTH;
    place->lowers = R.layers;
    place->parent_lowers = 0;
    place->is_whited_out = place->parent_is_shown = false;
    place->what.st_mode = S_IFDIR;
}

static int end_at_root(struct place *place) {
    struct stat below;
    if (fstat(R.upper, &place->what) || fstat(R.lowers[WORKSPACE].fd, &below)) return -errno;
    merge(&place->what, &below);
    return 0;
}

struct walker {
    pid_t tid;
    struct place *place;      /* its path: the directory where we are */
    bool upper;               /* ... inside: it is there */
    unsigned lowers;          /* ... and in these layers */
    bool is_looked_at;        /* ... and `what` is of it */
    unsigned links;
    char rest[PATH_BYTES_MAX * 2], *next;
};

static void arrive(struct walker *walker) {
    walker->upper = walker->place->layer == UPPER || walker->place->layer == BOTH;
    walker->lowers = walker->place->lowers;
    walker->is_looked_at = true;
}

static void enter_shown(struct walker *walker) {
    struct place *place = walker->place;
    walker->upper = false;
    walker->lowers = place->lowers = ONLY_WORKSPACE;
    place->layer = LOWER;
    place->is_whited_out = false;
    place->what.st_mode = S_IFDIR;
}

/* Which layers have the directory at our path, whose links are followed already. */
static int enter(struct walker *walker) {
    struct place *place = walker->place;
    place->is_inside = begins_with(place->path, R.workspace, R.workspace_length);
    walker->is_looked_at = place->parent_is_shown = false;
    if (!place->is_inside) return 0;
    if (shown_has(place->path, strlen(place->path))) return enter_shown(walker), 0;
    int failed = 0;
    look_at_root(place);
    arrive(walker);
    for (char *at = place->path + R.workspace_length; !failed && *at;) {
        char *end = at + 1 + strcspn(at + 1, "/");
        if (!walker->upper && walker->lowers == ONLY_WORKSPACE) end = at + strlen(at); /* no links in it */
        char kept = *end;
        *end = 0;
        failed = look_inside(place, walker->upper, walker->lowers);
        if (!failed) arrive(walker);
        *end = kept;
        at = end;
    }
    return failed;
}

static void up(char *path) {
    char *slash = strrchr(path, '/');
    *(slash == path ? slash + 1 : slash) = 0;
}

/* What is in /proc/<number>: there, links do not say by their words where they lead. */
static bool is_of_process(const char *path) {
    if (strncmp(path, "/proc/", 6) || path[6] < '0' || path[6] > '9') return false;
    return path[6 + strspn(path + 6, "0123456789")] == '/';
}

static bool is_gone(const char *link, const char *target) {
    static const char mark[] = " (deleted)";
    size_t length = strlen(target);
    struct stat what;
    return length >= sizeof mark && !strcmp(target + length - (sizeof mark - 1), mark) && stat(link, &what) == 0 && what.st_nlink == 0;
}

static int look_outside(struct walker *walker, bool is_last) {
    struct place *place = walker->place;
    uint64_t hash, *at = known_at(place->path, &hash);
    place->parent_is_shown = true;
    if (!is_last && *at == hash) {
        place->what.st_mode = S_IFDIR;
        walker->is_looked_at = false;
        return 0;
    }
    if (lstat(place->path, &place->what)) return -errno;
    if (S_ISDIR(place->what.st_mode)) *at = hash;
    walker->is_looked_at = true;
    return 0;
}

/* The words go on where the link leads to. 1: it leads to what has no name. */
static int follow(struct walker *walker) {
    struct place *place = walker->place;
    char target[PATH_BYTES_MAX], joined[sizeof walker->rest];
    if (++walker->links > LINKS_MAX) return -ELOOP;
    ssize_t got = place->is_inside ? readlinkat(layer_of(place), inner(place), target, sizeof target - 1) : readlink(place->path, target, sizeof target - 1);
    if (got < 0) return -errno;
    target[got] = 0;
    if (!place->is_inside && is_of_process(place->path)) {
        if (target[0] != '/' || is_gone(place->path, target)) return stat(place->path, &place->what) ? -errno : 1;
        view_name(target);
        place->differs = true; /* a name for the view: of the kernel it is that of one layer */
    }
    if (got == 0) return -ENOENT;
    if ((size_t)snprintf(joined, sizeof joined, "%s%s", target, walker->next) >= sizeof joined) return -ENAMETOOLONG;
    strcpy(walker->rest, joined);
    walker->next = walker->rest;
    if (target[0] == '/') strcpy(place->path, "/");
    else up(place->path);
    return enter(walker);
}

static int append(struct walker *walker, const char *name, size_t length) {
    struct place *place = walker->place;
    size_t at = strlen(place->path);
    char own[64];
    if (!strcmp(place->path, "/proc") && length == 4 && !strncmp(name, "self", 4)) length = (size_t)snprintf(own, sizeof own, "%d", walker->tid), name = own;
    if (!strcmp(place->path, "/proc") && length == 11 && !strncmp(name, "thread-self", 11)) length = (size_t)snprintf(own, sizeof own, "%d/task/%d", walker->tid, walker->tid), name = own;
    if (at + 1 + length >= PATH_BYTES_MAX) return -ENAMETOOLONG;
    if (at > 1) place->path[at++] = '/';
    memcpy(place->path + at, name, length);
    place->path[at + length] = 0;
    if (place->is_inside) return 0;
    size_t root = root_of(place->path);
    if (root && !place->path[root]) { /* by its real name, which /proc tells */
        strcpy(place->path, R.workspace);
        place->differs = true;
    }
    return 0;
}

static int look_at(struct walker *walker, bool is_last) {
    struct place *place = walker->place;
    if (!place->is_inside && !strcmp(place->path, R.workspace)) return look_at_root(place), 0;
    if (!place->is_inside) return look_outside(walker, is_last);
    walker->is_looked_at = true;
    return look_inside(place, walker->upper, walker->lowers);
}

static int steps(struct walker *walker, unsigned flags) {
    struct place *place = walker->place;
    for (;;) {
        char *name = walker->next + strspn(walker->next, "/");
        if (!*name) return 0;
        size_t length = strcspn(name, "/");
        walker->next = name + length;
        bool is_last = walker->next[strspn(walker->next, "/")] == 0, is_dot = length == 1 && name[0] == '.', is_up = length == 2 && !strncmp(name, "..", 2);
        place->must_be_directory = is_last && (walker->next[0] == '/' || is_dot || is_up);
        int failed = 0;
        if (is_dot) continue;
        if (is_up) {
            up(place->path);
            failed = enter(walker);
            if (failed) return failed;
            continue;
        }
        failed = append(walker, name, length);
        if (!failed) failed = look_at(walker, is_last);
        if (failed) {
            place->has_parent = is_last && failed == -ENOENT;
            return failed;
        }
        if (S_ISLNK(place->what.st_mode) && (!is_last || (flags & WALK_FOLLOW) || place->must_be_directory)) {
            failed = follow(walker);
            if (failed == 1 && is_last) return place->is_magic = true, 0;
            if (failed) return failed == 1 ? -ENOTDIR : failed;
            continue;
        }
        if (place->is_inside) arrive(walker);
        if (!is_last && !S_ISDIR(place->what.st_mode)) return -ENOTDIR;
    }
}

static void begin(struct place *place) {
    place->error = 0;
    place->lowers = place->parent_lowers = 0;
    place->has_parent = place->is_inside = place->parent_is_shown = place->is_whited_out = place->differs = place->is_magic = place->must_be_directory = false;
    place->layer = NOWHERE;
}

static int base(struct walker *walker, int dirfd) {
    struct place *place = walker->place;
    char link[64];
    if (dirfd == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", walker->tid);
    else snprintf(link, sizeof link, "/proc/%d/fd/%d", walker->tid, dirfd);
    ssize_t got = readlink(link, place->path, PATH_BYTES_MAX - 1);
    if (got < 0) return errno == ENOENT ? -EBADF : -errno;
    place->path[got] = 0;
    if (place->path[0] != '/') return -ENOTDIR;
    if (is_gone(link, place->path)) return -ENOENT;
    bool is_upper = is_upper_name(place->path);
    if (view_name(place->path)) place->differs = true;
    int failed = enter(walker);
    /* A folder of what lies below is open, and nothing of it is in the view: it was removed, whatever has its name now. */
    if (!failed && place->is_inside && !is_upper && place->layer == UPPER) return -ENOENT;
    return failed;
}

static void finish(struct walker *walker, int failed) {
    struct place *place = walker->place;
    if (!failed && (!place->is_inside || place->layer == LOWER) && !walker->is_looked_at && !place->is_magic && lstat(place->path, &place->what)) failed = -errno;
    if (!failed && place->is_inside && !place->path[R.workspace_length]) failed = end_at_root(place);
    if (!failed && place->must_be_directory && !S_ISDIR(place->what.st_mode)) failed = -ENOTDIR;
    place->error = failed;
    if (!failed) place->has_parent = true;
    shown_learn(place);
}

int walk_base(pid_t tid, int dirfd, struct place *place) {
    struct walker walker = {.tid = tid, .place = place, .next = walker.rest};
    begin(place);
    finish(&walker, base(&walker, dirfd));
    return place->error;
}

/* All but the last name leads to a directory in which the kernel finds what the view has. */
static const char *skip_shown(struct walker *walker, const char *text) {
    struct place *place = walker->place;
    const char *name = strrchr(text, '/');
    size_t length = (size_t)(name - text);
    if (length == 0 || !name[1] || !strcmp(name, "/.") || !shown_has(text, length)) return NULL;
    memcpy(place->path, text, length);
    place->path[length] = 0;
    place->is_inside = begins_with(place->path, R.workspace, R.workspace_length);
    if (place->is_inside) enter_shown(walker);
    return name;
}

void walk(pid_t tid, int dirfd, const char *text, unsigned flags, struct place *place) {
    static struct walker walker;
    walker.tid = tid;
    walker.place = place;
    walker.links = 0;
    walker.is_looked_at = false;
    begin(place);
    int failed = 0;
    const char *rest;
    if (text[0] == 0 && !(flags & WALK_FOLD)) failed = -ENOENT;
    else if (text[0] != '/') failed = base(&walker, dirfd);
    else if ((rest = skip_shown(&walker, text))) text = rest;
    else if (begins_with(text, R.workspace, R.workspace_length)) {
        strcpy(place->path, R.workspace);
        failed = enter(&walker);
        text += R.workspace_length;
    } else strcpy(place->path, "/");
    snprintf(walker.rest, sizeof walker.rest, "%s", text);
    walker.next = walker.rest;
    finish(&walker, failed ? failed : steps(&walker, flags));
}
