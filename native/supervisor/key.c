/* The weak key of an exec: what is known before it runs. Computed here and not in
 * TypeScript so that a unit the store has never seen costs one access(2) and no message.
 * docs/reference/cache-key.md gives the bytes. Raise KEY_VERSION when they change. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "../sha256.h"
#include "supervisor.h"

#define KEY_VERSION 4u

static const char *const separators = "=,:; \"'([|<>\t\n";

static bool ends_root(char next) {
    return next == 0 || next == '/' || strchr(separators, next) || next == ')' || next == ']';
}

/* May a path begin at `at`? At the start, behind a separator, or directly behind a one-letter option (-I/w). */
static bool begins_path(const char *text, const char *at) {
    if (at == text || strchr(separators, at[-1])) return true;
    if (text[0] == '@' && at == text + 1) return true;
    return text[0] == '-' && at == text + 2;
}

static void add_text(struct sha256 *hash, const char *text) {
    const struct { const char *root; const char *token; } roots[] = {{S.workspace, "\001W"}, {S.home, "\001H"}, {S.temporary, "\001T"}};
    char out[4096];
    size_t used = 0;
    uint32_t total = 0;
    const char *start = text;
    while (*text) {
        size_t skip = 0;
        if (*text == '/' && begins_path(start, text))
            for (size_t i = 0; i < 3 && !skip; i++) {
                size_t length = strlen(roots[i].root);
                if (length > 1 && !strncmp(text, roots[i].root, length) && ends_root(text[length])) {
                    skip = length;
                    out[used++] = roots[i].token[0];
                    out[used++] = roots[i].token[1];
                }
            }
        if (skip) text += skip;
        else out[used++] = *text++;
        if (used > sizeof out - 4) {
            sha256_add(hash, out, used);
            total += (uint32_t)used;
            used = 0;
        }
    }
    total += (uint32_t)used;
    sha256_add(hash, out, used);
    sha256_add(hash, "\0", 1);
    sha256_add(hash, &total, 4);
}

/* Programs ask whether a stream is a terminal (colour); a pipe, a file, a socket and /dev/null take the same bytes. Who
 * does less where a stream leads nowhere (tar does not read, grep stops at the first match) has done that as well.
 * Standard input is no part of the key: make gives the real one to one of its jobs and another to the rest, by chance.
 * Asking about it or reading it is recorded (stream.c). */
static uint32_t role_of(const struct stream *stream) {
    return stream->kind == STREAM_CLOSED || stream->kind == STREAM_TERMINAL ? stream->kind : STREAM_PIPE;
}

void key_weak(struct exec *exec) {
    struct sha256 hash;
    /* Who may do everything does other things (tar keeps owners), and what it finds says nothing for others. */
    uint32_t is_root = geteuid() == 0;
    uint32_t numbers[6] = {KEY_VERSION, LEDGER_VERSION, exec->mask, role_of(&exec->streams[1]), role_of(&exec->streams[2]), is_root};
    sha256_start(&hash);
    sha256_add(&hash, numbers, sizeof numbers);
    add_text(&hash, exec->path);
    add_text(&hash, exec->cwd);
    uint32_t count = (uint32_t)exec->argv.count;
    sha256_add(&hash, &count, 4);
    const char *at = exec->argv.bytes;
    for (size_t i = 0; i < exec->argv.count; i++, at += strlen(at) + 1) add_text(&hash, at);
    if (exec->starts_tasks) sha256_add(&hash, "whole run", sizeof "whole run"); /* its plan speaks of its tasks, which it alone says nothing of */
    sha256_end(&hash, exec->weak_key);
}

void key_hex(const uint8_t *bytes, size_t count, char *into) {
    for (size_t i = 0; i < count; i++) sprintf(into + 2 * i, "%02x", bytes[i]);
}

void key_path(const struct exec *exec, char into[KEY_PATH_BYTES]) {
    int at = snprintf(into, KEY_PATH_BYTES, "%s/", S.keys);
    key_hex(exec->weak_key, 32, into + at);
}

void blob_path(const uint8_t digest[32], char into[KEY_PATH_BYTES]) {
    key_hex(digest, 32, into + snprintf(into, KEY_PATH_BYTES, "%s/blobs/", S.store));
}
