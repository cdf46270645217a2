/* `--perturb=<seed>`: another schedule of the same build. Some programs start late, some end late: which ones, their
 * arguments and the seed say, so that the same seed delays the same programs again. Nobody waits for a time: who is
 * held goes on when nothing else of the build does, that is, when everybody else waits for it or for the world.
 * What is ordered comes out as ever; what only luck ordered comes out the other way round. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "supervisor.h"

#define HOLDS_MAX 256
/* How often we look whether anybody moves while somebody is held, and how often in a row nobody may. */
#define QUIET_MS 10
#define QUIET_TIMES 3
/* Whoever waits by asking again and again never comes to rest. */
#define HOLD_NS_MAX 10000000000ll

enum choice { FREELY, STARTS_LATE, ENDS_LATE };

static struct hold { struct seccomp_notif notice; pid_t pid; int64_t since_ns; } holds[HOLDS_MAX];
static size_t hold_count;
static unsigned quiet_times;

/* src/explain/perturb.ts computes the same. */
static enum choice choice_of(const struct exec *exec) {
    uint32_t hash = 2166136261u ^ S.perturb_seed;
    const char *at = exec->argv.bytes;
    for (size_t i = 0; i < exec->argv.count; i++) {
        size_t length = strlen(at) + 1;
        for (size_t j = 0; j < length; j++) hash = (hash ^ (uint8_t)at[j]) * 16777619u;
        at += length;
    }
    hash = (hash ^ hash >> 16) * 0x85ebca6bu;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
    hash ^= hash >> 16;
    return hash % 4 == 1 ? STARTS_LATE : hash % 4 == 2 ? ENDS_LATE : FREELY;
}

static bool hold(const struct process *process, const struct seccomp_notif *notice) {
    if (hold_count == HOLDS_MAX) return false;
    holds[hold_count++] = (struct hold){*notice, process->pid, now_ns()};
    quiet_times = 0;
    return true;
}

void perturb_chooses(struct image *image, const struct exec *exec) {
    enum choice choice = S.perturbs && image->parent ? choice_of(exec) : FREELY;
    image->starts_late = choice == STARTS_LATE;
    image->ends_late = choice == ENDS_LATE;
}

/* Behind the exec, at the first call: who called vfork(2) waits until the exec is over, and must not be held with it. */
bool perturb_starts(struct process *process, const struct seccomp_notif *notice) {
    struct image *image = process->image;
    if (!image || !image->starts_late) return false;
    image->starts_late = false;
    return hold(process, notice);
}

bool perturb_ends(struct process *process, const struct seccomp_notif *notice) {
    struct image *image = process->image;
    if (!image || !image->ends_late || image->leader != process->pid) return false;
    image->ends_late = false;
    return hold(process, notice);
}

static bool is_thread_at_rest(pid_t pid, const char *tid) {
    char name[64], text[512];
    snprintf(name, sizeof name, "/proc/%d/task/%.20s/stat", pid, tid);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return true; /* gone */
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    if (got <= 0) return true;
    text[got] = 0;
    const char *state = strrchr(text, ')'); /* a program's name may hold anything */
    return !state || !state[1] || !strchr("RD", state[2]);
}

/* Everything below a process, whether we know of it yet or not. */
static bool is_at_rest(pid_t pid, bool counts) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/task", pid);
    DIR *tasks = opendir(name);
    if (!tasks) return true;
    bool rests = true;
    for (struct dirent *task; rests && (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        char list[96];
        int child;
        snprintf(list, sizeof list, "/proc/%d/task/%.20s/children", pid, task->d_name);
        rests = !counts || is_thread_at_rest(pid, task->d_name);
        FILE *children = rests ? fopen(list, "re") : NULL;
        while (children && rests && fscanf(children, "%d", &child) == 1) rests = child == S.node || is_at_rest(child, true);
        if (children) fclose(children);
    }
    closedir(tasks);
    return rests;
}

static void release(size_t at) {
    struct hold held = holds[at];
    memmove(holds + at, holds + at + 1, (--hold_count - at) * sizeof *holds);
    quiet_times = 0;
    struct process *process = process_by_id(held.pid);
    if (!process) return notify_continue(held.notice.id);
    if (!call_trapped(process, &held.notice)) notify_continue(held.notice.id);
}

int perturb_patience_ms(void) { return hold_count ? QUIET_MS : -1; }

void perturb_look(bool has_moved) {
    if (!hold_count) return;
    bool rests = !has_moved && is_at_rest(getpid(), false);
    quiet_times = rests ? quiet_times + 1 : 0;
    /* Who was held first waits longest: so all goes on that can without it. */
    if (quiet_times >= QUIET_TIMES) release(hold_count - 1);
    else if (now_ns() - holds[0].since_ns > HOLD_NS_MAX) release(0);
}

void perturb_end(void) {
    while (hold_count) release(0);
}
