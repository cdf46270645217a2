/* Which directories of a view are the kernel's own: outside those whose way has no link in it, and of the workspace those
 * of which neither `upper` nor what lies between the two has anything. What a walk has found is kept, for later walks and for the guests (../shown.h).
 *
 * A directory of the workspace stops to be one when it comes to be in `upper`, or is hidden: before that it is forgotten.
 * It never becomes one again. Who looked before may still see what was: as if its call had come first. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../shown.h"
#include "redirect.h"

static struct shown *shown;
static int to_read = -1;

int shown_begin(void) {
    char name[64];
    int fd = memfd_create("fathom-shown", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, SHOWN_BYTES)) return -errno;
    void *at = mmap(NULL, SHOWN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return -errno;
    shown = at;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    to_read = open(name, O_RDONLY | O_CLOEXEC);
    int taken = take_fd(getpid(), fd); /* a container may forbid that, to everybody alike */
    shown->gives_directories = taken >= 0;
    if (taken >= 0) close(taken);
    close(fd);
    return to_read < 0 ? -errno : 0;
}

int shown_table(void) { return fcntl(to_read, F_DUPFD_CLOEXEC, 0); }

bool shown_has(const char *path, size_t length) { return shown_holds(shown, shown_hash(path, length)); }

static bool holds(const char *directory, size_t length, const char *root) {
    return !strncmp(root, directory, length) && root[length] == '/' && !strchr(root + length + 1, '/');
}

/* A guest, or a walk, that is sent to a name in it would miss the view there. */
static bool has_odd_names(const char *directory, size_t length) {
    return holds(directory, length, R.workspace) || holds(directory, length, R.upper_path) || !strncmp(directory, "/proc", 5);
}

static void learn(const char *path, size_t length) {
    uint64_t hash = shown_hash(path, length);
    if (shown_holds(shown, hash) || has_odd_names(path, length)) return;
    atomic_store_explicit(&shown->slots[hash % SHOWN_SLOTS], hash, memory_order_release);
}

void shown_learn(const struct place *place) {
    if (!place->parent_is_shown || (place->error && !(place->error == -ENOENT && place->has_parent))) return;
    const char *slash = strrchr(place->path, '/');
    if (slash) learn(place->path, (size_t)(slash - place->path));
}

void shown_learn_directory(const struct place *place) { learn(place->path, strlen(place->path)); }

bool shown_gives_directories(void) { return shown->gives_directories; }

void shown_forget(const char *inner) {
    char path[PATH_BYTES_MAX * 2];
    int length = snprintf(path, sizeof path, "%s/%s", R.workspace, inner);
    uint64_t hash = shown_hash(path, (size_t)length);
    if (shown_holds(shown, hash)) atomic_store(&shown->slots[hash % SHOWN_SLOTS], 0);
}

void shown_forget_all(void) {
    for (size_t i = 0; i < SHOWN_SLOTS; i++) atomic_store_explicit(&shown->slots[i], 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
}

void shown_end(void) { atomic_store(&shown->is_off, 1); }
