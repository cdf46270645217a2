/* Records of the store, as src/store/frame.ts makes them. */
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

#define FRAME_HEAD_BYTES 56u
#define FRAME_BYTES_MAX (256u << 20)

static char *read_whole(const char *path, size_t *length) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat what;
    char *bytes = NULL;
    if (fd < 0) return NULL;
    if (!fstat(fd, &what) && S_ISREG(what.st_mode) && what.st_size > FRAME_HEAD_BYTES && what.st_size < (off_t)FRAME_BYTES_MAX) bytes = malloc((size_t)what.st_size);
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

/* False: not what was stored under this name. */
static bool opens(const char *kind, const char *name, const char *bytes, size_t length, struct reader *payload) {
    struct reader head = {bytes, length, false};
    const char *magic = take(&head, 8);
    if (!magic || memcmp(magic, "fathomR\n", 8) || take_u32(&head) != 1 || take_u32(&head) != 0 || take_u64(&head) != length - FRAME_HEAD_BYTES) return false;
    const char *digest = take(&head, 32);
    struct sha256 hash;
    uint8_t computed[32];
    sha256_start(&hash);
    sha256_add(&hash, kind, strlen(kind) + 1);
    sha256_add(&hash, name, strlen(name) + 1);
    sha256_add(&hash, head.at, head.left);
    sha256_end(&hash, computed);
    *payload = head;
    return digest && !memcmp(digest, computed, 32);
}

char *frame_read(const char *kind, const char *name, struct reader *payload) {
    char path[PATH_BYTES_MAX + FRAME_NAME_BYTES];
    size_t length;
    snprintf(path, sizeof path, "%s/%s/%s", S.store, kind, name);
    char *bytes = read_whole(path, &length);
    if (!bytes || opens(kind, name, bytes, length, payload)) return bytes;
    free(bytes);
    return NULL;
}
