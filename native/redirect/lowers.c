/* What lies under the changes of a view (src/view/view.ts): the workspace, over it what it was when a view that is pinned
 * began, then outputs without their bytes, and what is hidden. They stay as they are while a command runs. A directory is what all of them have of
 * it, as far as none further up hides it, and looks like the topmost; anything else is in one of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "redirect.h"

enum { BLOCK_BYTES = 512 }; /* Source: stat(2) */

static const char *const folders[WORKSPACE] = {"hidden", "outputs", "kept"};

int lowers_begin(const char *view) {
    char name[PATH_BYTES_MAX + 32];
    for (int i = 0; i < WORKSPACE; i++) {
        struct lower *lower = &R.lowers[i];
        snprintf(name, sizeof name, "%s/%s", view, folders[i]);
        lower->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lower->fd < 0 && errno == ENOENT) continue;
        if (lower->fd < 0 || !realpath(name, lower->path)) return -errno;
        lower->length = strlen(lower->path);
        R.layers |= 1u << i;
    }
    struct lower *workspace = &R.lowers[WORKSPACE];
    strcpy(workspace->path, R.workspace);
    workspace->length = R.workspace_length;
    workspace->fd = open(R.workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    R.layers |= ONLY_WORKSPACE;
    return workspace->fd < 0 ? -errno : 0;
}

/* Two files of two disks have two numbers for whoever takes them to be on one. */
void map_state(struct stat *what) {
    what->st_dev = R.device;
    what->st_ino |= UPPER_INODE;
}

int below_of(unsigned among, const char *name, struct below *below) {
    struct stat what;
    below->layers = 0;
    below->is_kernels = among & ONLY_WORKSPACE;
    for (int i = 0; i < LOWERS; i++) {
        if (!(among & 1u << i)) continue;
        if (fstatat(R.lowers[i].fd, name, &what, AT_SYMLINK_NOFOLLOW)) {
            if (errno == ENOENT) continue;
            if (!below->layers) return -errno;
            break; /* a directory that may not be looked into is none to merge with */
        }
        bool is_whiteout = i != WORKSPACE && S_ISCHR(what.st_mode) && what.st_rdev == WHITEOUT_DEVICE;
        if (i != WORKSPACE && !below->layers) below->is_kernels = false;
        if (is_whiteout || (below->layers && !S_ISDIR(what.st_mode))) break;
        if (!below->layers) below->what = what;
        if (!below->layers && i != WORKSPACE && R.maps_device) map_state(&below->what);
        if (i == OUTPUTS && S_ISREG(what.st_mode)) below->what.st_blocks = (what.st_size + BLOCK_BYTES - 1) / BLOCK_BYTES; /* as if it had its bytes */
        below->layers |= 1u << i;
        if (!S_ISDIR(what.st_mode)) break;
    }
    return below->layers ? 0 : -ENOENT;
}

int below_from_root(const char *name, struct below *below) {
    char path[PATH_BYTES_MAX];
    unsigned among = R.layers;
    snprintf(path, sizeof path, "%s", name);
    for (char *end = path;; among = below->layers) {
        end += strcspn(end, "/");
        bool is_last = *end == 0;
        *end = 0;
        int failed = below_of(among, path, below);
        if (failed || is_last) return failed;
        *end++ = '/';
    }
}

bool lower_has(const struct place *place) {
    struct below below;
    return place->parent_lowers && below_of(place->parent_lowers, inner(place), &below) == 0;
}

bool lower_knows(const struct place *place) {
    struct below below;
    return place->parent_lowers && (below_of(place->parent_lowers, inner(place), &below) == 0 || !below.is_kernels);
}

int lower_of(const struct place *place) { return inner(place)[0] == '.' && !inner(place)[1] ? WORKSPACE : __builtin_ctz(place->lowers); }

bool is_plain(const struct place *place) { return place->layer == LOWER && place->lowers == ONLY_WORKSPACE; }
