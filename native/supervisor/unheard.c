/* A content of which no entry has heard: then none holds, and the unit runs without asking Node, which is started beside it to store
 * what comes of it. The key has a few bytes for each content of each of its entries (contentMarks in src/cache/records.ts). A wrong
 * answer costs time: running is never wrong. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "frame.h"
#include "supervisor.h"

/* Reading more may take longer than Node to start. */
#define CONTENT_BYTES_MAX (1 << 20)
#define MARK_BYTES 4u
#define STRONG_KEY_BYTES 32u
/* Source: KIND_TABLE in src/cache/facts.ts. */
#define KIND_CONTENT 1u
#define KIND_TIMED 2u

/* Its name in entries: below the longest root, as src/cache/roots.ts does. */
static void name_of(const char *path, char into[PATH_BYTES_MAX + 2]) {
    const char *const roots[] = {S.workspace, S.home, S.temporary};
    size_t longest = 0;
    char letter = 0;
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(roots[i]);
        if (length > 1 && length > longest && !strncmp(path, roots[i], length) && (path[length] == '/' || path[length] == 0)) longest = length, letter = "WHT"[i];
    }
    if (letter) *into++ = 1, *into++ = letter;
    strcpy(into, path + longest);
}

/* Which of the set's questions is that for the content of `name`; -1: none. */
static int64_t question_for(struct reader subjects, const char *name, uint32_t *count) {
    const char *magic = take(&subjects, 8);
    if (!magic || memcmp(magic, "FSET\1\0\0\0", 8)) return -1;
    *count = take_u32(&subjects);
    for (uint32_t i = 0; i < *count && !subjects.damaged; i++) {
        uint32_t kind = take_small(&subjects, 1), length = take_small(&subjects, 2);
        const char *at = take(&subjects, length);
        if (at && (kind == KIND_CONTENT || kind == KIND_TIMED) && length == strlen(name) && !memcmp(at, name, length)) return i;
    }
    return -1;
}

static bool has_heard(struct reader *key, const char *name, const uint8_t content[32]) {
    uint32_t sets = take_small(key, 1);
    for (uint32_t set = 0; set < sets; set++) {
        take(key, 32);
        uint32_t count = 0;
        int64_t at = question_for(take_block(key), name, &count);
        for (uint32_t left = take_small(key, 1); left && !key->damaged; left--) {
            take(key, STRONG_KEY_BYTES);
            struct reader marks = take_block(key);
            if (at < 0 || marks.left != (size_t)count * MARK_BYTES || !memcmp(marks.at + (size_t)at * MARK_BYTES, content, MARK_BYTES)) return true;
        }
    }
    return key->damaged || sets == 0;
}

bool content_is_unheard_of(const struct exec *exec, const char *path) {
    char name[PATH_BYTES_MAX + 2], key[2 * sizeof exec->weak_key + 1], state[STATE_BYTES];
    struct stat what;
    uint8_t content[32];
    struct reader payload;
    if (lstat(path, &what) || !S_ISREG(what.st_mode) || what.st_size > CONTENT_BYTES_MAX || strlen(path) >= PATH_BYTES_MAX) return false;
    if (!content_of(path, state, content)) return false;
    name_of(path, name);
    key_hex(exec->weak_key, sizeof exec->weak_key, key);
    char *bytes = frame_read("keys", key, &payload);
    if (!bytes) return false;
    const char *magic = take(&payload, 8);
    bool is_unheard_of = magic && !memcmp(magic, "FKEY\3\0\0\0", 8) && !has_heard(&payload, name, content);
    free(bytes);
    return is_unheard_of;
}
