/* Paths and the states they are in, for plans. What is outside the roots is looked at once a
 * run, unless something was seen to change there. What was changed in this run, by a plan or
 * by a unit that ran, has a state that nobody could know before: its content is read, again
 * while the state is so young that it would not tell a second change. A blob that was too
 * young to have a state when the plan was made is read as well. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../sha256.h"
#include "mapped.h"
#include "look.h"
#include "supervisor.h"

#define SLOTS 4096u
/* More is Node's business, whose reading holds nobody up. */
#define READ_BYTES_MAX (32u << 20)
/* An error number that looking at a path never has. */
#define MAPPED 0xffffu

struct known {
    struct known *next;
    uint64_t hash;
    char state[STATE_BYTES];
    uint8_t content[32];
    bool is_settled;          /* an equal state means equal content */
    char path[];
};
static struct known *outside[SLOTS], *changed[SLOTS];
static uint64_t read_bytes;

static struct known *find(struct known *const table[SLOTS], const char *path, uint64_t hash) {
    struct known *found = table[hash % SLOTS];
    while (found && (found->hash != hash || strcmp(found->path, path))) found = found->next;
    return found;
}

static struct known *add(struct known *table[SLOTS], const char *path, uint64_t hash, const char state[STATE_BYTES]) {
    size_t length = strlen(path) + 1;
    struct known *new = find(table, path, hash);
    if (!new) {
        new = calloc(1, sizeof *new + length);
        if (!new) return NULL;
        new->hash = hash;
        memcpy(new->path, path, length);
        new->next = table[hash % SLOTS];
        table[hash % SLOTS] = new;
    }
    memcpy(new->state, state, STATE_BYTES);
    new->is_settled = false;
    return new;
}

int64_t state_at(int directory, const char *path, char state[STATE_BYTES]) {
    struct stat what;
    struct ledger_sig signature;
    uint32_t error = fstatat(directory, path, &what, AT_SYMLINK_NOFOLLOW) ? (uint32_t)errno : 0;
    bool is_changing = !error && mapped_is(&what);
    sig_of(error ? NULL : &what, &signature);
    if (is_changing) error = MAPPED; /* equal to no state that is kept */
    memcpy(state, &signature, sizeof signature);
    memcpy(state + sizeof signature, &error, 4);
    return signature.mtime_ns;
}

int64_t state_of(const char *path, char state[STATE_BYTES]) { return state_at(AT_FDCWD, path, state); }

static struct ledger_sig signature_in(const char state[STATE_BYTES]) {
    struct ledger_sig signature;
    memcpy(&signature, state, sizeof signature);
    return signature;
}

static bool is_mapped(const char state[STATE_BYTES]) {
    uint32_t error;
    memcpy(&error, state + sizeof(struct ledger_sig), sizeof error);
    return error == MAPPED;
}

bool state_is_there(const char state[STATE_BYTES]) { return signature_in(state).mode != 0; }
uint32_t state_mode(const char state[STATE_BYTES]) { return signature_in(state).mode; }

bool state_holds_outside(const char *path, const char state[STATE_BYTES]) {
    char now[STATE_BYTES];
    bool is_quiet = atomic_load(&S.head->outside_writes) == 0;
    uint64_t hash = arena_hash(path, strlen(path), 0);
    const struct known *before = is_quiet ? find(outside, path, hash) : NULL;
    if (before) return !memcmp(before->state, state, STATE_BYTES);
    state_of(path, now);
    if (is_quiet) add(outside, path, hash, now);
    return !memcmp(now, state, STATE_BYTES);
}

/* Of a file that was in this state before and is in it afterwards. */
static bool reads(const char *path, const char state[STATE_BYTES], uint8_t digest[32]) {
    static char piece[1 << 16];
    char after[STATE_BYTES];
    struct sha256 hash;
    uint64_t size = signature_in(state).size;
    if (is_mapped(state)) return false;
    if (size > READ_BYTES_MAX - read_bytes) return false;
    read_bytes += size;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return false;
    sha256_start(&hash);
    ssize_t got;
    while ((got = read(file, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0) sha256_add(&hash, piece, (size_t)got);
    close(file);
    sha256_end(&hash, digest);
    state_of(path, after);
    return got == 0 && !memcmp(after, state, STATE_BYTES);
}

static bool reads_as(const char *path, const char state[STATE_BYTES], const uint8_t digest[32]) {
    uint8_t computed[32];
    return reads(path, state, computed) && !memcmp(computed, digest, 32);
}

bool content_of(const char *path, char state[STATE_BYTES], uint8_t digest[32]) {
    state_of(path, state);
    return S_ISREG(state_mode(state)) && reads(path, state, digest);
}

static bool compares(const char *path, const char state[STATE_BYTES], const uint8_t digest[32], bool is_changed_now) {
    uint64_t hash = arena_hash(path, strlen(path), 0);
    struct known *file = find(changed, path, hash);
    struct ledger_sig signature = signature_in(state);
    bool is_known = file && !memcmp(file->state, state, STATE_BYTES);
    if (is_known && (file->is_settled || memcmp(file->content, digest, 32))) return !memcmp(file->content, digest, 32);
    if (!is_known && is_changed_now && signature.ctime_ns < S.started_ns) return false;
    int64_t started_ns = now_ns();
    if (!reads_as(path, state, digest)) return false;
    file = add(changed, path, hash, state);
    if (!file) return false;
    memcpy(file->content, digest, 32);
    int64_t latest_ns = started_ns - lag_ns(signature.ctime_ns);
    file->is_settled = signature.ctime_ns < latest_ns && signature.mtime_ns < latest_ns;
    return true;
}

bool content_is(const char *path, const char state[STATE_BYTES], const uint8_t digest[32]) { return compares(path, state, digest, true); }

bool content_stays(const char *path, const char state[STATE_BYTES], const uint8_t digest[32]) { return compares(path, state, digest, false); }

bool content_placed(const char *path, const uint8_t digest[32]) {
    char state[STATE_BYTES];
    state_of(path, state);
    struct known *file = add(changed, path, arena_hash(path, strlen(path), 0), state);
    if (file) memcpy(file->content, digest, 32);
    return file != NULL;
}

bool blob_is_compared(const uint8_t digest[32], char state[STATE_BYTES]) {
    char path[KEY_PATH_BYTES], now[STATE_BYTES];
    if (state_is_there(state)) return true;
    blob_path(digest, path);
    state_of(path, now);
    if (!S_ISREG(state_mode(now)) || !reads_as(path, now, digest)) return false;
    memcpy(state, now, STATE_BYTES);
    return true;
}
