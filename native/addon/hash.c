/* Digests of bytes and of files. Files are read two at a time: see sha256_add_two. */
#include "addon.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sha256.h"

/* Source: measured here; from 64 KiB on, larger pieces are not faster, and two of these fit the cache of a core. */
#define PIECE_BYTES (128u * 1024u)
#define DIGEST_BYTES 32u
#define RESULT_BYTES (DIGEST_BYTES + sizeof(struct ledger_sig) + 4)

/* sha256(bytes) -> digest (32 bytes). Loading Node's own takes longer than all the digests of a small run. */
napi_value addon_sha256(napi_env env, napi_callback_info call)
{
    napi_value argument;
    uint8_t *bytes, digest[32];
    size_t length;
    struct sha256 hash;
    if (!take_arguments(env, call, 1, &argument) || !take_bytes(env, argument, &bytes, &length)) return NULL;
    sha256_start(&hash);
    sha256_add(&hash, bytes, length);
    sha256_end(&hash, digest);
    return give_copy(env, digest, sizeof digest);
}

/* One file that is being read. */
struct reading {
    int fd; /* -1: none */
    struct ledger_sig before;
    struct sha256 hash;
    uint64_t total;
    uint8_t *piece;
    size_t have, used; /* of the piece */
    uint8_t *out;
};

struct paths { const char *next; size_t left; uint8_t *out; };

static void give(uint8_t *out, const struct ledger_sig *signature, uint32_t error)
{
    memcpy(out + DIGEST_BYTES, signature, sizeof *signature);
    memcpy(out + DIGEST_BYTES + sizeof *signature, &error, 4);
}

/* 0 or errno: the next file, opened. */
static int open_file(struct reading *file, const char *path)
{
    /* Without O_NONBLOCK a pipe without a writer would hold us here. */
    file->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->fd < 0) return errno;
    int error = signature_of(file->fd, "", AT_EMPTY_PATH, &file->before);
    if (error == 0 && !S_ISREG(file->before.mode)) error = EINVAL;
    sha256_start(&file->hash);
    file->total = file->have = file->used = 0;
    return error;
}

/* ECHANGED when the file was written while it was read. */
static void close_file(struct reading *file, int error)
{
    struct ledger_sig after;
    if (file->fd >= 0) {
        if (error == 0) sha256_end(&file->hash, file->out);
        if (error == 0) error = signature_of(file->fd, "", AT_EMPTY_PATH, &after);
        if (error == 0 && (memcmp(&file->before, &after, sizeof after) != 0 || file->total != file->before.size)) error = ECHANGED;
        close(file->fd);
    }
    file->fd = -1;
    give(file->out, &file->before, (uint32_t)error);
}

/* Brings bytes into the piece, of this file or of the next ones. False: there are none left. */
static int fill(struct reading *file, struct paths *paths)
{
    for (;;) {
        if (file->fd < 0) {
            if (paths->left == 0) return 0;
            memset(&file->before, 0, sizeof file->before);
            file->out = paths->out;
            int error = open_file(file, paths->next);
            paths->next += strlen(paths->next) + 1, paths->out += RESULT_BYTES, paths->left--;
            if (error != 0) {
                close_file(file, error);
                continue;
            }
        }
        if (file->used < file->have) return 1;
        /* The end of a file is known beforehand: do not ask again, the second fstat tells if that was wrong. */
        ssize_t got = file->total == file->before.size ? 0 : read(file->fd, file->piece, PIECE_BYTES);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            close_file(file, got < 0 ? errno : 0);
            continue;
        }
        file->total += (uint64_t)got;
        file->have = (size_t)got;
        file->used = 0;
    }
}

static void hash_all(struct paths *paths, uint8_t *pieces)
{
    struct reading one = {.fd = -1, .piece = pieces}, other = {.fd = -1, .piece = pieces + PIECE_BYTES};
    for (;;) {
        int has_one = fill(&one, paths), has_other = fill(&other, paths);
        size_t of_one = one.have - one.used, of_other = other.have - other.used;
        size_t both = of_one < of_other ? of_one : of_other;
        /* Whole blocks only, or the one that goes on would never again be at the start of a block. */
        both -= both % SHA256_BLOCK_BYTES;
        if (has_one && has_other && both > 0) {
            sha256_add_two(&one.hash, one.piece + one.used, &other.hash, other.piece + other.used, both);
            one.used += both, other.used += both;
        } else if (has_one && (!has_other || of_one < of_other)) {
            sha256_add(&one.hash, one.piece + one.used, of_one);
            one.used += of_one;
        } else if (has_other) {
            sha256_add(&other.hash, other.piece + other.used, of_other);
            other.used += of_other;
        } else {
            return;
        }
    }
}

/* hashFiles(paths) -> for each path: digest (32 bytes), signature (48 bytes), errno (u32). */
napi_value addon_hash_files(napi_env env, napi_callback_info call)
{
    napi_value argument;
    const char *path;
    size_t count;
    uint8_t *out;
    if (!take_arguments(env, call, 1, &argument) || !take_paths(env, argument, &path, &count)) return NULL;
    napi_value result = give_buffer(env, count * RESULT_BYTES, &out);
    if (result == NULL) return NULL;
    memset(out, 0, count * RESULT_BYTES);
    uint8_t *pieces = malloc(2 * PIECE_BYTES);
    struct ledger_sig nothing = {0};
    if (pieces == NULL) {
        for (size_t i = 0; i < count; i++) give(out + i * RESULT_BYTES, &nothing, ENOMEM);
        return result;
    }
    struct paths paths = {path, count, out};
    hash_all(&paths, pieces);
    free(pieces);
    return result;
}
