/* Outputs of the cache that are in a view without their bytes (src/view/hollow.ts): files of the right size, mode and time
 * with nothing in them. When somebody opens one, who started us (src/cli/view-run.ts) has its bytes brought and compared with
 * their digest, and says in which file they are; they are put into the one that stands for them, which is the same file before
 * and after, with a mark that it has them. Nobody has opened it before. All others in the view wait meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "redirect.h"

/* Nobody in the view sees it, nor does a copy have it (OVERLAY_PREFIX). */
#define BROUGHT "user.overlay.brought"

static int channel = -1;

void bring_begin(int to) { channel = to; }

void bring_end(void) {
    if (channel >= 0) close(channel);
    channel = -1;
}

/* A name is sent with its NUL, and one comes back; an empty one where the bytes cannot be had. */
static bool ask(const char *name, char content[PATH_BYTES_MAX]) {
    size_t length = strlen(name) + 1, got = 0;
    if (send(channel, name, length, MSG_NOSIGNAL) != (ssize_t)length) return false;
    while (got < PATH_BYTES_MAX && (got == 0 || content[got - 1])) {
        ssize_t more = read(channel, content + got, PATH_BYTES_MAX - got);
        if (more <= 0) return false;
        got += (size_t)more;
    }
    return got > 1 && content[got - 1] == 0;
}

static int fill(int from, int to, const struct stat *as) {
    const struct timespec times[2] = {as->st_atim, as->st_mtim};
    struct stat content;
    if (fstat(from, &content) || content.st_size != as->st_size) return -EIO;
    int failed = copy_content(from, to, as->st_size);
    if (!failed && fsetxattr(to, BROUGHT, "y", 1, 0)) failed = -errno;
    return failed || !futimens(to, times) ? failed : -errno;
}

int bring(const struct place *place) {
    char name[PATH_BYTES_MAX], content[PATH_BYTES_MAX], mark;
    struct stat what;
    if (place->layer != LOWER || lower_of(place) != OUTPUTS || !S_ISREG(place->what.st_mode)) return 0;
    real_path(place, name);
    if (lgetxattr(name, BROUGHT, &mark, sizeof mark) == 1) return 0;
    if (lstat(name, &what) || !ask(inner(place), content)) return -EIO;
    int from = open(content, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    chmod(name, 0600); /* it is ours, whatever its mode says */
    int to = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    int failed = from < 0 || to < 0 ? -EIO : fill(from, to, &what);
    if (chmod(name, what.st_mode & 07777) && !failed) failed = -errno;
    if (from >= 0) close(from);
    if (to >= 0) close(to);
    return failed;
}
