/* A view in which nothing tells when, where and in which order its files were made (`fathom try --deterministic`): every
 * time is the same, the number of a file comes from its name, and names are listed in the order of their bytes. Only here
 * can that be had whole: here every question is answered by us. A file with several names keeps its number, which is all
 * that says that they are one; so does one that has lost its name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "redirect.h"

/* What a disk takes for the names in a directory depends on what was there before. */
enum { DIRECTORY_BYTES = 4096, BLOCK_BYTES = 512 };

bool fixed_begin(const char *word) {
    static const char before[] = "--redirected-at=";
    if (strncmp(word, before, sizeof before - 1)) return false;
    char *end;
    errno = 0;
    R.fixed_s = strtoll(word + sizeof before - 1, &end, 10);
    return R.is_fixed = errno == 0 && *end == 0 && end > word + sizeof before - 1;
}

uint64_t fixed_inode(const char *path) {
    const char *rest = path + R.workspace_length;
    return (arena_hash(rest, strlen(rest), 0) & (UPPER_INODE - 1)) | 1;
}

void fixed_state(const char *path, struct stat *what) {
    bool is_directory = S_ISDIR(what->st_mode);
    if (is_directory || what->st_nlink == 1) what->st_ino = fixed_inode(path);
    if (is_directory) what->st_size = DIRECTORY_BYTES, what->st_nlink = 1;
    what->st_blocks = (what->st_size + BLOCK_BYTES - 1) / BLOCK_BYTES;
    what->st_dev = R.device;
    what->st_atim = what->st_mtim = what->st_ctim = (struct timespec){.tv_sec = R.fixed_s};
}

void fixed_more(const char *path, struct statx *more) {
    bool is_directory = S_ISDIR(more->stx_mode);
    if (is_directory || more->stx_nlink == 1) more->stx_ino = fixed_inode(path);
    if (is_directory) more->stx_size = DIRECTORY_BYTES, more->stx_nlink = 1;
    more->stx_blocks = (more->stx_size + BLOCK_BYTES - 1) / BLOCK_BYTES;
    more->stx_dev_major = major(R.device);
    more->stx_dev_minor = minor(R.device);
    more->stx_atime = more->stx_mtime = more->stx_ctime = more->stx_btime = (struct statx_timestamp){.tv_sec = R.fixed_s};
}
