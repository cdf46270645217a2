/* Plans: what TypeScript confirmed of the whole command, in a form that can be checked
 * without it. Everything relied on and everything made must be in the very states that
 * were seen then; at the first difference Node is started and decides. A plan only
 * compares: it never makes or changes a file. docs/reference/plan-format.md has the bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../sha256.h"
#include "supervisor.h"

#define FRAME_HEAD_BYTES 56u
#define PLAN_VERSION 1u
#define PLAN_BYTES_MAX (256u << 20)
#define STATE_BYTES (sizeof(struct ledger_sig) + 4)
#define PLACE_DIGITS 32u
#define DAY_S (24 * 3600)

/* What is still to be read; `damaged` once something does not fit. */
struct reader { const char *at; size_t left; bool damaged; };

static const char *take(struct reader *reader, size_t length) {
    if (reader->damaged || length > reader->left) {
        reader->damaged = true;
        return NULL;
    }
    const char *taken = reader->at;
    reader->at += length, reader->left -= length;
    return taken;
}
static uint32_t take_u32(struct reader *reader) {
    uint32_t value = 0;
    const char *at = take(reader, sizeof value);
    if (at) memcpy(&value, at, sizeof value);
    return value;
}
static uint64_t take_u64(struct reader *reader) {
    uint64_t value = 0;
    const char *at = take(reader, sizeof value);
    if (at) memcpy(&value, at, sizeof value);
    return value;
}
static struct reader take_block(struct reader *reader) {
    uint32_t length = take_u32(reader);
    const char *at = take(reader, length);
    return (struct reader){at, at ? length : 0, !at};
}
/* A string up to its NUL; NULL at the end of the block. */
static const char *take_string(struct reader *block) {
    const char *end = block->left ? memchr(block->at, 0, block->left) : NULL;
    if (!end) {
        if (block->left) block->damaged = true;
        return NULL;
    }
    return take(block, (size_t)(end - block->at) + 1);
}

/* The same name as the witness's (src/cache/witness.ts): a root that is "/" or another one's path is none. */
static void plan_name(const struct exec *exec, char name[64 + 1 + PLACE_DIGITS + 1]) {
    bool has_home = strcmp(S.home, "/") && strcmp(S.home, S.workspace);
    bool has_temporary = strcmp(S.temporary, "/") && strcmp(S.temporary, S.workspace) && !(has_home && !strcmp(S.temporary, S.home));
    struct sha256 hash;
    uint8_t digest[32];
    sha256_start(&hash);
    sha256_add(&hash, "fathom witness 1", sizeof "fathom witness 1");
    sha256_add(&hash, S.workspace, strlen(S.workspace) + 1);
    if (has_home) sha256_add(&hash, S.home, strlen(S.home));
    sha256_add(&hash, "", 1);
    if (has_temporary) sha256_add(&hash, S.temporary, strlen(S.temporary));
    sha256_end(&hash, digest);
    key_hex(exec->weak_key, 32, name);
    name[64] = '-';
    key_hex(digest, PLACE_DIGITS / 2, name + 65);
}

static char *read_whole(const char *path, size_t *length) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat what;
    char *bytes = NULL;
    if (fd < 0) return NULL;
    if (!fstat(fd, &what) && S_ISREG(what.st_mode) && what.st_size > FRAME_HEAD_BYTES && what.st_size < (off_t)PLAN_BYTES_MAX) bytes = malloc((size_t)what.st_size);
    *length = 0;
    while (bytes && *length < (size_t)what.st_size) {
        ssize_t got = read(fd, bytes + *length, (size_t)what.st_size - *length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        *length += (size_t)got;
    }
    close(fd);
    if (bytes && *length == (size_t)what.st_size) return bytes;
    free(bytes);
    return NULL;
}

/* The frame of src/store/frame.ts. False: not what was stored under this name. */
static bool open_frame(const char *name, const char *bytes, size_t length, struct reader *payload) {
    struct reader head = {bytes, length, false};
    const char *magic = take(&head, 8);
    if (!magic || memcmp(magic, "fathomR\n", 8) || take_u32(&head) != 1 || take_u32(&head) != 0 || take_u64(&head) != length - FRAME_HEAD_BYTES) return false;
    const char *digest = take(&head, 32);
    struct sha256 hash;
    uint8_t computed[32];
    sha256_start(&hash);
    sha256_add(&hash, "plans", sizeof "plans");
    sha256_add(&hash, name, strlen(name) + 1);
    sha256_add(&hash, head.at, head.left);
    sha256_end(&hash, computed);
    *payload = head;
    return digest && !memcmp(digest, computed, 32);
}

static bool is_ignored(const char *variable, struct reader names, struct reader prefixes) {
    size_t length = strcspn(variable, "=");
    for (const char *name; (name = take_string(&names));)
        if (strlen(name) == length && !memcmp(name, variable, length)) return true;
    for (const char *prefix; (prefix = take_string(&prefixes));)
        if (!strncmp(variable, prefix, strlen(prefix))) return true;
    return false;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* All variables but those that no build means: values are secrets, so only their digest is in a plan. */
static bool has_environment(const struct exec *exec, const char *digest, struct reader names, struct reader prefixes) {
    const char **kept = calloc(exec->env.count + 1, sizeof *kept), *at = exec->env.bytes;
    size_t count = 0;
    struct sha256 hash;
    uint8_t computed[32];
    if (!kept) return false;
    for (size_t i = 0; i < exec->env.count; i++, at += strlen(at) + 1)
        if (!is_ignored(at, names, prefixes)) kept[count++] = at;
    qsort(kept, count, sizeof *kept, by_bytes);
    sha256_start(&hash);
    for (size_t i = 0; i < count; i++) sha256_add(&hash, kept[i], strlen(kept[i]) + 1);
    sha256_end(&hash, computed);
    free(kept);
    return digest && !memcmp(digest, computed, 32);
}

static void state_of(const char *path, char state[STATE_BYTES]) {
    struct stat what;
    struct ledger_sig signature;
    uint32_t error = lstat(path, &what) ? (uint32_t)errno : 0;
    sig_of(error ? NULL : &what, &signature);
    memcpy(state, &signature, sizeof signature);
    memcpy(state + sizeof signature, &error, 4);
}

/* Every path in the state that was sealed. */
static bool seal_holds(struct reader paths, struct reader states) {
    for (const char *path; (path = take_string(&paths));) {
        char now[STATE_BYTES];
        const char *sealed = take(&states, STATE_BYTES);
        if (!sealed) return false;
        state_of(path, now);
        if (memcmp(now, sealed, STATE_BYTES)) return false;
    }
    return !paths.damaged && !states.damaged && states.left == 0;
}

/* Every path there, with some bits of its mode as they were. */
static bool modes_hold(struct reader paths, struct reader modes) {
    for (const char *path; (path = take_string(&paths));) {
        struct stat what;
        uint32_t mask = take_u32(&modes), mode = take_u32(&modes);
        if (modes.damaged || lstat(path, &what) || (what.st_mode & mask) != mode) return false;
    }
    return !paths.damaged && !modes.damaged && modes.left == 0;
}

static bool follow(const struct exec *exec, struct reader *plan, struct plan *into) {
    const char *magic = take(plan, 4);
    if (!magic || memcmp(magic, "FPLN", 4) || take_u32(plan) != PLAN_VERSION) return false;
    into->code = (int32_t)take_u32(plan);
    into->cpu_ns = take_u64(plan);
    const char *environment = take(plan, 32);
    struct reader names = take_block(plan), prefixes = take_block(plan), output = take_block(plan), output_state = take_block(plan);
    if (plan->damaged || !has_environment(exec, environment, names, prefixes)) return false;
    if (!seal_holds(output, output_state)) return false;
    const char *streams = take_string(&output);
    if (streams && strlen(streams) >= sizeof into->streams) return false;
    strcpy(into->streams, streams ? streams : "");
    for (uint32_t left = take_u32(plan); left && !plan->damaged; left--) {
        struct reader paths = take_block(plan), states = take_block(plan);
        if (plan->damaged || !seal_holds(paths, states)) return false;
    }
    for (uint32_t left = take_u32(plan); left && !plan->damaged; left--) {
        struct reader paths = take_block(plan), modes = take_block(plan);
        if (plan->damaged || !modes_hold(paths, modes)) return false;
    }
    return !plan->damaged && plan->left == 0;
}

/* So that collecting knows (src/store/upkeep.ts); known to a day. */
static void mark_used(const struct exec *exec) {
    char path[KEY_PATH_BYTES];
    struct stat what;
    key_path(exec, path);
    if (!lstat(path, &what) && what.st_mtime < now_ns() / 1000000000ll - DAY_S) utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

bool plan_holds(const struct exec *exec, struct plan *into) {
    char name[64 + 1 + PLACE_DIGITS + 1], path[PATH_BYTES_MAX + sizeof name + 16];
    struct reader payload;
    size_t length;
    plan_name(exec, name);
    snprintf(path, sizeof path, "%s/plans/%s", S.store, name);
    char *bytes = read_whole(path, &length);
    if (!bytes) return false;
    bool holds = open_frame(name, bytes, length, &payload) && follow(exec, &payload, into);
    free(bytes);
    if (holds) mark_used(exec);
    return holds;
}
