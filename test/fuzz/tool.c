/* Calls that the shell and its tools do not make, one a run: what is read is the
 * first path, what is written the second. Linked twice, dynamic and static, so
 * that both ways of seeing a call are met. A call that fails is said, by its
 * number of error, and the program goes on: both belong to what is compared. */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char content[65536];

static long said(const char *what, long result) {
    if (result < 0) dprintf(2, "%s: error %d\n", what, errno);
    return result;
}

static size_t take(const char *path) {
    int fd = (int)said("read", open(path, O_RDONLY | O_CLOEXEC));
    if (fd < 0) return 0;
    ssize_t got = read(fd, content, sizeof content);
    close(fd);
    return got < 0 ? 0 : (size_t)got;
}

static void put(const char *path, int flags, size_t bytes) {
    int fd = (int)said("write", open(path, O_WRONLY | O_CLOEXEC | flags, 0666));
    if (fd < 0) return;
    said("bytes", write(fd, content, bytes));
    close(fd);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static size_t list(const char *path) {
    char *names[1024];
    size_t count = 0, bytes = 0;
    DIR *directory = opendir(path);
    if (directory == NULL) return (void)said("list", -1), 0;
    for (struct dirent *entry; count < 1024 && (entry = readdir(directory)) != NULL;) names[count++] = strdup(entry->d_name);
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) bytes += (size_t)snprintf(content + bytes, sizeof content - bytes, "%s\n", names[i]);
    return bytes;
}

static void mapped(const char *from, const char *to) {
    size_t bytes = take(from);
    int fd = (int)said("map", open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (fd < 0 || bytes == 0 || said("size", ftruncate(fd, (off_t)bytes)) < 0) return;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return (void)said("mmap", -1);
    close(fd);
    memcpy(memory, content, bytes);
    munmap(memory, bytes);
}

/* Without a name until it is complete. */
static void nameless(const char *from, const char *to) {
    size_t bytes = take(from);
    char folder[4096], link[64];
    snprintf(folder, sizeof folder, "%s", to);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) *slash = '\0';
    int fd = (int)said("nameless", open(slash == NULL ? "." : folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644));
    if (fd < 0) return;
    said("bytes", write(fd, content, bytes));
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    said("link", linkat(AT_FDCWD, link, AT_FDCWD, to, AT_SYMLINK_FOLLOW));
    close(fd);
}

/* Reads what is there, and writes behind its first byte. */
static void update(const char *from, const char *to) {
    size_t bytes = take(from);
    char first = '-';
    int fd = (int)said("update", open(to, O_RDWR | O_CLOEXEC));
    if (fd < 0) return;
    if (pread(fd, &first, 1, 0) == 1 && first != '#') said("bytes", pwrite(fd, content, bytes, 1));
    close(fd);
}

/* What takes less time than asking is not stored (src/cache/policy.ts), and what
 * is not stored cannot be replayed wrongly. */
static void spin(void) {
    while (clock() < 7 * (CLOCKS_PER_SEC / 1000)) continue;
}

int main(int argc, char **argv) {
    spin();
    if (argc > 2 && strcmp(argv[1], "run") == 0) {
        execvp(argv[2], argv + 2);
        return 127;
    }
    if (argc < 4) return 2;
    const char *what = argv[1], *from = argv[2], *to = argv[3];
    struct stat stat_of;
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s.part", to);
    if (strcmp(what, "copy") == 0) put(to, O_CREAT | O_TRUNC, take(from));
    if (strcmp(what, "append") == 0) put(to, O_CREAT | O_APPEND, take(from));
    if (strcmp(what, "exclusive") == 0) put(to, O_CREAT | O_EXCL, take(from));
    if (strcmp(what, "update") == 0) update(from, to);
    if (strcmp(what, "mapped") == 0) mapped(from, to);
    if (strcmp(what, "nameless") == 0) nameless(from, to);
    if (strcmp(what, "exchange") == 0) said("exchange", renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE));
    if (strcmp(what, "keep") == 0) said("keep", renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
    if (strcmp(what, "listed") == 0) put(to, O_CREAT | O_TRUNC, list(from));
    if (strcmp(what, "replace") == 0) {
        put(temporary, O_CREAT | O_TRUNC, take(from));
        said("rename", rename(temporary, to));
    }
    if (strcmp(what, "vanish") == 0) {
        put(temporary, O_CREAT | O_TRUNC, take(from));
        said("stat", stat(temporary, &stat_of));
        said("unlink", unlink(temporary));
    }
    if (strcmp(what, "forked") == 0) {
        pid_t child = fork();
        if (child == 0) {
            put(to, O_CREAT | O_TRUNC, take(from));
            _exit(7);
        }
        int status = 0;
        waitpid(child, &status, 0);
        put(to, O_CREAT | O_APPEND, take(to));
        printf("child %d\n", WEXITSTATUS(status));
    }
    if (strcmp(what, "looked") == 0) {
        long is_there = stat(from, &stat_of), is_link = lstat(from, &stat_of) == 0 && S_ISLNK(stat_of.st_mode);
        int bytes = snprintf(content, sizeof content, "%ld %ld %d\n", is_there, is_link, access(from, X_OK));
        put(to, O_CREAT | O_TRUNC, (size_t)bytes);
    }
    if (strcmp(what, "beside") == 0) {
        int folder = (int)said("folder", open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        int fd = folder < 0 ? -1 : (int)said("beside", openat(folder, "e.txt", O_RDONLY | O_CLOEXEC));
        ssize_t got = fd < 0 ? 0 : read(fd, content, sizeof content);
        put(to, O_CREAT | O_TRUNC, got < 0 ? 0 : (size_t)got);
    }
    return 0;
}
