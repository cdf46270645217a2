/* Files that processes of the tree have mapped to write to (MAP_SHARED). What is written through a mapping changes a file's
 * times at most when a page is first written to, so as long as one lives, equal states do not mean equal content: no plan
 * holds that relies on such a file, and Node neither stores nor replays what does. When the last process that could write is
 * about to exit, the file is given a state that nobody has seen: chmod(2) to the mode that it has sets its change time. (A
 * process that unmaps a file and goes on counts as one that could.) */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "look.h"
#include "mapped.h"
#include "supervisor.h"

/* Open at a time, of our own descriptors. What is mapped beyond counts as mapped until the end. */
#define OPEN_MAX 64
#define FOR_EVER 0u

struct mapping {
    struct mapping *next;
    dev_t dev;
    ino_t ino;
    uint32_t image;           /* FOR_EVER: nobody could change its state */
    int file;                 /* by path alone: an open file could not be executed; -1: it has its new state */
};
static struct mapping *mappings;
static unsigned open_count;

bool mapped_is(const struct stat *what) {
    const struct mapping *at = mappings;
    while (at && (at->ino != what->st_ino || at->dev != what->st_dev)) at = at->next;
    return at != NULL;
}

static int named_only(pid_t tid, int number) {
    char name[64];
    if (open_count >= OPEN_MAX) return -1;
    snprintf(name, sizeof name, "/proc/%d/fd/%d", tid, number);
    int file = open(name, O_PATH | O_CLOEXEC);
    if (file >= 0) open_count++;
    return file;
}

static bool has_name_below_a_root(pid_t tid, int number) {
    char name[PATH_BYTES_MAX];
    return !tracee_absolute(tid, number, "", name) && is_below_a_root(name);
}

void mapped_begins(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    struct stat what;
    if (args[3] & MAP_ANONYMOUS || !(args[3] & MAP_SHARED) || !(args[2] & PROT_WRITE) || !process->image) return;
    if (tracee_stat_fd((pid_t)notice->pid, (int)args[4], &what) || !S_ISREG(what.st_mode) || what.st_nlink == 0) return; /* without a name nobody else opens it */
    for (const struct mapping *at = mappings; at; at = at->next)
        if (at->ino == what.st_ino && at->dev == what.st_dev && (at->image == FOR_EVER || (at->image == process->image->id && at->file >= 0))) return;
    struct mapping *new = calloc(1, sizeof *new);
    if (!new) { /* others would read it as a file that nobody writes to */
        processes_doubt_all(LEDGER_REASON_UNWATCHED, "");
        return;
    }
    *new = (struct mapping){.next = mappings, .dev = what.st_dev, .ino = what.st_ino, .image = process->image->id, .file = named_only((pid_t)notice->pid, (int)args[4])};
    if (new->file < 0) new->image = FOR_EVER;
    mappings = new;
    if (!has_name_below_a_root((pid_t)notice->pid, (int)args[4])) atomic_fetch_add(&S.head->outside_writes, 1);
    node_mapped(new->image, what.st_dev, what.st_ino);
}

/* False: it has the state that others may have seen. A mode that says more than permissions might lose that. */
static bool has_new_state(int file) {
    char name[64];
    struct stat what;
    if (fstat(file, &what) || what.st_mode & 07000) return false;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    return what.st_nlink == 0 || chmod(name, what.st_mode & 0777) == 0;
}

static void renew(struct mapping *mapping) {
    if (!has_new_state(mapping->file)) {
        mapping->image = FOR_EVER;
        node_mapped(FOR_EVER, mapping->dev, mapping->ino);
    }
    close(mapping->file);
    mapping->file = -1;
    open_count--;
}

void mapped_is_left(const struct image *image) {
    for (struct mapping *at = mappings; at; at = at->next)
        if (at->image == image->id && at->file >= 0) renew(at);
}

void mapped_ends(const struct image *image) {
    mapped_is_left(image);
    for (struct mapping **at = &mappings; *at;) {
        struct mapping *gone = *at;
        if (gone->image != image->id) at = &gone->next;
        else {
            *at = gone->next;
            free(gone);
        }
    }
}
