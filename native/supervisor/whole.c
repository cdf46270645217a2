/* The whole of a `fathom run` by plan, before anything is started: where all that the program which starts tasks read,
 * and all that its tasks relied on and made, is as it was, that run would print what the plan says and change nothing.
 * src/run/whole.ts makes such plans; docs/reference/plan-format.md says what is in them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "reader.h"
#include "supervisor.h"

extern char **environ;

/* What a run says, besides streams 1 and 2: here stands how long it took, on stream 1. src/run/whole-said.ts writes the same. */
#define STREAM_TIME 3u
/* Source: OUTPUT_BYTES_MAX in src/cache/limits.ts. */
#define SAID_BYTES_MAX (64u << 20)

/* What execvp(3) would start. Where that is not plain the plan is not found, and the run runs. */
static bool find_program(const char *name, char into[PATH_BYTES_MAX]) {
    const char *at = getenv("PATH");
    struct stat what;
    while (at && *at == '/') {
        size_t length = strcspn(at, ":");
        if (length + strlen(name) + 2 > PATH_BYTES_MAX) return false;
        memcpy(into, at, length);
        into[length] = '/';
        strcpy(into + length + 1, name);
        if (stat(into, &what) == 0 && S_ISREG(what.st_mode) && access(into, X_OK) == 0) return true;
        at += length + (at[length] == ':');
    }
    return false;
}

/* The exec that would come, as exec.c sees it. */
static void expect(struct exec *exec) {
    exec->replay_streams = -1;
    exec->starts_tasks = true;
    exec->mask = S.mask;
    strcpy(exec->cwd, S.cwd);
    for (char **word = S.command; *word; word++) strings_add(&exec->argv, *word);
    for (char **variable = environ; *variable; variable++) strings_add(&exec->env, *variable);
    exec_streams(exec);
    key_weak(exec);
}

static void put(int stream, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t put = write(stream, bytes, length);
        if (put < 0 && errno == EAGAIN) {
            struct pollfd ready = {stream, POLLOUT, 0};
            poll(&ready, 1, -1);
            continue;
        }
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return; /* nobody reads it, which is nobody's error */
        bytes += put;
        length -= (size_t)put;
    }
}

/* durationText of src/cli/task-lines.ts. */
static void put_time(void) {
    char text[32];
    int64_t ms = (now_ns() - S.started_ns) / 1000000;
    if (ms < 1000) snprintf(text, sizeof text, "%dms", (int)ms);
    else snprintf(text, sizeof text, ms < 10000 ? "%.2fs" : "%.1fs", (double)ms / 1000);
    put(1, text, strlen(text));
}

/* False before anything is printed: it is not what was written for us. */
static bool say(const char *bytes, size_t length) {
    for (int writes = 0; writes < 2; writes++) {
        struct reader left = {bytes, length, false};
        while (left.left > 0) {
            uint32_t stream = take_u32(&left);
            struct reader said = take_block(&left);
            if (left.damaged || stream < 1 || stream > STREAM_TIME) return false;
            if (writes && stream == STREAM_TIME) put_time();
            else if (writes) put((int)stream, said.at, said.left);
        }
    }
    return true;
}

static bool say_file(int file) {
    struct stat what;
    if (fstat(file, &what) || what.st_size > (off_t)SAID_BYTES_MAX) return false;
    size_t length = 0, whole = (size_t)what.st_size;
    char *bytes = malloc(whole + 1);
    while (bytes && length < whole) {
        ssize_t got = read(file, bytes + length, whole - length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length += (size_t)got;
    }
    bool is_said = bytes && length == whole && say(bytes, whole);
    free(bytes);
    return is_said;
}

/* Once a day the tasks are asked for one by one, so that collecting knows that what is stored of them is used. */
#define DAY_S (24 * 3600)

static bool was_used_today(const struct exec *exec) {
    char path[KEY_PATH_BYTES];
    struct stat what;
    key_path(exec, path);
    return lstat(path, &what) == 0 && what.st_mtime >= now_ns() / 1000000000ll - DAY_S;
}

bool whole_replayed(int *code) {
    if (!(S.flags & HELLO_TASKS) || (S.flags & (HELLO_NO_CACHE | HELLO_FORCE | HELLO_READ_ONLY | HELLO_VERIFY))) return false;
    struct exec *exec = calloc(1, sizeof *exec);
    struct replay replay = {.streams = -1};
    bool is_done = false;
    if (exec && find_program(S.command[0], exec->path)) {
        expect(exec);
        is_done = was_used_today(exec) && plan_follow(exec, PLAN_IN_PLACE, &replay) && (replay.streams < 0 || say_file(replay.streams));
        *code = replay.code;
    }
    if (replay.streams >= 0) close(replay.streams);
    if (exec) exec_free(exec);
    return is_done;
}
