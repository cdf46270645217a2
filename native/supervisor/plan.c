/* Plans: what TypeScript confirmed of a unit, in a form that can be checked and carried out
 * without it. Everything relied on must be in the very state that was seen then, or be a file
 * that another plan put in place in this run with the very content; at the first difference
 * Node is asked. docs/reference/plan-format.md has the bytes, which are part of a witness. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../sha256.h"
#include "frame.h"
#include "supervisor.h"

#define WITNESS_VERSION 3u
#define PLACE_DIGITS 32u
#define DAY_S (24 * 3600)
/* Source: src/cache/plan.ts makes none with more. */
#define OUTPUTS_MAX 1024u

/* Of src/cache/witness.ts: a root that is "/" or another one's path is none. */
static void witness_name(const struct exec *exec, char name[64 + 1 + PLACE_DIGITS + 1]) {
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

static bool is_named(const char *variable, struct reader names) {
    size_t length = strcspn(variable, "=");
    for (const char *name; (name = take_string(&names));)
        if (strlen(name) == length && !memcmp(name, variable, length)) return true;
    return false;
}

static bool begins_with_any(const char *variable, struct reader prefixes) {
    for (const char *prefix; (prefix = take_string(&prefixes));)
        if (!strncmp(variable, prefix, strlen(prefix))) return true;
    return false;
}

static size_t digits(const char *text, size_t length) {
    size_t count = 0;
    while (count < length && text[count] >= '0' && text[count] <= '9') count++;
    return count;
}

static bool begins(const char *word, size_t length, const char *with) {
    return length >= strlen(with) && !memcmp(word, with, strlen(with));
}

/* JOB_WORD of src/cache/environment.ts: how many jobs, and where their tokens are. */
static bool is_job_word(const char *word, size_t length) {
    if (begins(word, length, "--jobserver-auth=") || begins(word, length, "--jobserver-fds=")) {
        for (size_t i = 0; i < length; i++)
            if ((unsigned char)word[i] <= ' ' || (unsigned char)word[i] >= 0x80) return false;
        return true;
    }
    if (begins(word, length, "--jobs=")) return length > 7 && digits(word + 7, length - 7) == length - 7;
    return (length == 6 && begins(word, length, "--jobs")) || (begins(word, length, "-j") && digits(word + 2, length - 2) == length - 2);
}

/* A variable as it counts: make's without what it says of jobs. */
static void add_variable(struct sha256 *hash, const char *variable) {
    static const char *const with_jobs[] = {"MAKEFLAGS=", "MFLAGS=", "CARGO_MAKEFLAGS="};
    bool has_jobs = false;
    for (size_t i = 0; i < sizeof with_jobs / sizeof *with_jobs; i++) has_jobs |= !strncmp(variable, with_jobs[i], strlen(with_jobs[i]));
    if (has_jobs) {
        size_t name = strcspn(variable, "=") + 1;
        sha256_add(hash, variable, name);
        for (const char *at = variable + name; *at; at += strspn(at, " ")) {
            size_t length = strcspn(at, " ");
            if (length && !is_job_word(at, length)) {
                sha256_add(hash, at, length);
                sha256_add(hash, " ", 1);
            }
            at += length;
        }
    } else sha256_add(hash, variable, strlen(variable));
    sha256_add(hash, "", 1);
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Values are secrets, so only the digest of those that count is in a plan. */
static bool has_environment(const struct exec *exec, struct reader *plan) {
    uint32_t is_all = take_u32(plan);
    struct reader names = take_block(plan), prefixes = take_block(plan), always = take_block(plan);
    const char *digest = take(plan, 32);
    const char **kept = plan->damaged ? NULL : calloc(exec->env.count + 1, sizeof *kept), *at = exec->env.bytes;
    size_t count = 0;
    struct sha256 hash;
    uint8_t computed[32];
    if (!kept) return false;
    for (size_t i = 0; i < exec->env.count; i++, at += strlen(at) + 1) {
        bool is_listed = is_named(at, names) || begins_with_any(at, prefixes);
        if (is_named(at, always) || is_listed != (is_all != 0)) kept[count++] = at;
    }
    qsort(kept, count, sizeof *kept, by_bytes);
    sha256_start(&hash);
    for (size_t i = 0; i < count; i++) add_variable(&hash, kept[i]);
    sha256_end(&hash, computed);
    free(kept);
    return !memcmp(digest, computed, 32);
}

/* What went to the streams, in a blob that is in the state in which it was compared with its name. `streams`: open, -1 when nothing was said. */
static bool has_streams(struct reader *plan, int *streams) {
    char path[KEY_PATH_BYTES], state[STATE_BYTES];
    struct stat what;
    struct ledger_sig now;
    bool is_something = take_u32(plan) != 0;
    const char *digest = take(plan, 32), *sealed = take(plan, STATE_BYTES);
    *streams = -1;
    if (!sealed || !is_something) return !plan->damaged;
    memcpy(state, sealed, STATE_BYTES);
    if (!blob_is_compared((const uint8_t *)digest, state)) return false;
    blob_path((const uint8_t *)digest, path);
    *streams = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (*streams < 0 || fstat(*streams, &what)) return false;
    sig_of(&what, &now);
    return !memcmp(&now, state, sizeof now);
}

static bool outside_holds(struct reader paths, struct reader states) {
    for (const char *path; (path = take_string(&paths));) {
        const char *sealed = take(&states, STATE_BYTES);
        if (!sealed || !state_holds_outside(path, sealed)) return false;
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

static bool take_output(struct reader *plan, struct output *output) {
    output->kind = take_u32(plan);
    output->mode = take_u32(plan);
    output->rank = take_u32(plan);
    output->content = (const uint8_t *)take(plan, 32);
    const char *blob = take(plan, STATE_BYTES);
    if (blob) memcpy(output->blob, blob, STATE_BYTES);
    output->state = take(plan, STATE_BYTES);
    struct reader path = take_block(plan), target = take_block(plan);
    output->path = take_string(&path);
    output->target = take_string(&target);
    bool is_named_once = output->path && output->path[0] == '/' && strlen(output->path) < PATH_BYTES_MAX && !path.left && !target.left;
    return !plan->damaged && is_named_once && (output->kind != OUTPUT_LINK || output->target) && output->mode <= 07777;
}

/* What one unit would make, when everything that it relied on is as it was. */
struct plan { struct output *outputs; uint32_t count; int64_t newest_input_ns; };

/* Looks at all of them before anything is touched. */
static bool outputs_fit(struct reader *bytes, bool makes, struct plan *plan) {
    plan->count = take_u32(bytes);
    plan->outputs = plan->count > OUTPUTS_MAX ? NULL : calloc(plan->count + 1, sizeof *plan->outputs);
    bool holds = plan->outputs != NULL;
    for (uint32_t i = 0; holds && i < plan->count; i++) holds = take_output(bytes, &plan->outputs[i]);
    holds = holds && !bytes->damaged && bytes->left == 0;
    for (uint32_t i = 0; holds && i < plan->count; i++) holds = hands_look(&plan->outputs[i], makes);
    return holds;
}

/* One set of facts that was confirmed. `plan`: empty where only Node can do what follows from it. */
struct confirmed { const char *strong_key; struct reader here, here_states, outside, outside_states, types, modes, plan; };

static void skip_text(struct reader *record) {
    take(record, take_small(record, 2));
}

/* What only TypeScript needs is passed over: digests, variables one by one, the outputs when they were last in place. */
static bool take_confirmed(struct reader *record, struct confirmed *into) {
    take(record, 32);
    into->strong_key = take(record, 32);
    take(record, 8);
    for (uint32_t left = take_u32(record); left && !record->damaged; left--) {
        take(record, 1);
        skip_text(record), skip_text(record);
    }
    into->here = take_block(record), into->here_states = take_block(record);
    take(record, 32);
    into->outside = take_block(record), into->outside_states = take_block(record);
    into->types = take_block(record), into->modes = take_block(record);
    for (int i = 0; i < 4; i++) take_block(record);
    into->plan = take_block(record);
    return !record->damaged;
}

static bool holds(const struct exec *exec, const struct confirmed *confirmed, bool makes, struct plan *plan, struct replay *into) {
    struct reader bytes = confirmed->plan;
    if (!bytes.left) return false;
    memcpy(into->strong_key, confirmed->strong_key, sizeof into->strong_key);
    into->code = (int32_t)take_u32(&bytes);
    into->cpu_ns = take_u64(&bytes);
    if (!has_environment(exec, &bytes) || !has_streams(&bytes, &into->streams)) return false;
    struct reader contents = take_block(&bytes);
    return !bytes.damaged && here_holds(confirmed->here, confirmed->here_states, contents, &plan->newest_input_ns, &into->changed) &&
           outside_holds(confirmed->outside, confirmed->outside_states) && modes_hold(confirmed->types, confirmed->modes) && outputs_fit(&bytes, makes, plan);
}

/* The first that holds is carried out, or nothing is: after a failure half of it may be there. */
static bool follow(const struct exec *exec, struct reader *record, enum plan_use use, struct replay *into) {
    const char *magic = take(record, 4);
    if (!magic || memcmp(magic, "FWIT", 4) || take_u32(record) != WITNESS_VERSION) return false;
    const char *has_applied = take(record, 1);
    if (has_applied && *has_applied) take(record, 32);
    for (uint32_t left = take_small(record, 1); left; left--) {
        struct confirmed confirmed;
        struct plan plan = {0};
        if (!take_confirmed(record, &confirmed)) return false;
        bool is_true = holds(exec, &confirmed, use != PLAN_IN_PLACE, &plan, into);
        bool is_done = is_true && (use == PLAN_IN_PLACE || hands_place(plan.outputs, plan.count, plan.newest_input_ns, use == PLAN_RENEWS));
        free(plan.outputs);
        if (!is_done && into->streams >= 0) close(into->streams), into->streams = -1;
        if (is_true) return is_done;
    }
    return false;
}

/* So that collecting knows (src/store/upkeep.ts); known to a day. */
static void mark_used(const struct exec *exec) {
    char path[KEY_PATH_BYTES];
    struct stat what;
    key_path(exec, path);
    if (!lstat(path, &what) && what.st_mtime < now_ns() / 1000000000ll - DAY_S) utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

bool plan_follow(const struct exec *exec, enum plan_use use, struct replay *into) {
    char name[64 + 1 + PLACE_DIGITS + 1];
    struct reader record;
    witness_name(exec, name);
    *into = (struct replay){.streams = -1};
    char *bytes = frame_read("witnesses", name, &record);
    if (!bytes) return false;
    bool is_followed = follow(exec, &record, use, into);
    bool is_task = use == PLAN_MAKES || exec->starts_tasks; /* Node tells why, to who started it */
    into->is_new = !is_followed && !is_task && into->changed && content_is_unheard_of(exec, into->changed);
    into->changed = NULL; /* in these bytes */
    free(bytes);
    if (is_followed) mark_used(exec);
    return is_followed;
}
