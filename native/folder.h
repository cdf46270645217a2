/* Many paths come in the order of their names, so those of one folder follow each other. The
 * folder is opened once, and what is in it is asked for by name: the kernel need not walk
 * there each time. For the supervisor and the addon. */
#ifndef FATHOM_FOLDER_H
#define FATHOM_FOLDER_H
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Opening a folder and closing it takes as long as two more looks. */
#define FOLDER_OPENED_AT 3u
/* Source: Linux PATH_MAX, its NUL counted. */
#define FOLDER_BYTES_MAX 4096u

/* `path`: the first that was asked for in it. */
struct folder { int fd; const char *path; size_t length; unsigned asked; };
#define NO_FOLDER ((struct folder){.fd = -1, .path = NULL, .length = 0, .asked = 0})

static inline void folder_close(struct folder *folder) {
    if (folder->fd >= 0) close(folder->fd);
    *folder = NO_FOLDER;
}

/* The directory to start from, and the name from there. `path` is kept until another folder comes. */
static inline int folder_for(struct folder *folder, const char *path, const char **name) {
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    *name = path;
    if (!length || length >= FOLDER_BYTES_MAX || !slash[1]) return AT_FDCWD;
    if (length != folder->length || memcmp(path, folder->path, length)) {
        folder_close(folder);
        folder->path = path, folder->length = length;
    }
    if (++folder->asked == FOLDER_OPENED_AT) {
        char way[FOLDER_BYTES_MAX];
        memcpy(way, path, length);
        way[length] = 0;
        folder->fd = open(way, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (folder->fd < 0) return AT_FDCWD;
    *name = slash + 1;
    return folder->fd;
}
#endif
