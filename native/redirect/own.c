/* What only a process itself can do: go to another folder; and what is done by a descriptor of its own and a path, with
 * our copy of the descriptor: sockets with a name, and watches. Where we get no copy (a container may forbid it), that is
 * refused in the workspace. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include "redirect.h"

static struct place place;

static int open_place(void) {
    char name[PATH_BYTES_MAX];
    real_path(&place, name);
    int fd = open(name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

static void goes(const struct asked *asked) {
    char text[PATH_BYTES_MAX];
    int failed = tracee_path(asked->tid, arg(asked, 0), text);
    if (failed) return answer(asked, failed);
    walk(asked->tid, AT_FDCWD, text, WALK_FOLLOW, &place);
    if (place.error) return answer(asked, place.error);
    if (!S_ISDIR(place.what.st_mode)) return answer(asked, -ENOTDIR);
    if (is_kernels(&place)) return pass(asked);
    char name[PATH_BYTES_MAX];
    real_path(&place, name);
    if (faccessat(AT_FDCWD, name, X_OK, AT_EACCESS)) return answer(asked, -errno);
    if (!place.differs && lower_of(&place) == WORKSPACE) return pass(asked);
    uint64_t args[6] = {0, R.cookie};
    folder_path(&place, name);
    if (inject_named(asked, SYS_chdir, name, 0, args)) answer(asked, -EACCES);
}

/* The path of an AF_UNIX address. False: it has none. */
static bool names_socket(const struct asked *asked, char text[PATH_BYTES_MAX]) {
    struct sockaddr_un address = {0};
    uint64_t length = arg(asked, 2);
    if (length <= offsetof(struct sockaddr_un, sun_path) || length > sizeof address) return false;
    if (tracee_read(asked->tid, arg(asked, 1), &address, length) || address.sun_family != AF_UNIX || address.sun_path[0] == 0) return false;
    length -= offsetof(struct sockaddr_un, sun_path);
    memcpy(text, address.sun_path, length);
    text[length] = 0;
    return true;
}

static struct sockaddr_un address_of(int directory, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (name) snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
    else snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", directory);
    return address;
}

/* It waits while too many others do; so it is not waited for here. */
struct connecting { struct seccomp_notif notice; pid_t tid; int socket, to; };

static void *connect_there(void *given) {
    struct connecting *connecting = given;
    struct asked asked = {connecting->tid, &connecting->notice};
    struct sockaddr_un address = address_of(connecting->to, NULL);
    answer(&asked, connect(connecting->socket, (struct sockaddr *)&address, sizeof address) ? -errno : 0);
    close(connecting->socket);
    close(connecting->to);
    free(connecting);
    return NULL;
}

static void connects(const struct asked *asked) {
    char text[PATH_BYTES_MAX];
    pthread_t thread;
    if (!names_socket(asked, text)) return pass(asked);
    walk(asked->tid, AT_FDCWD, text, WALK_FOLLOW, &place);
    if (place.error) return answer(asked, place.error);
    if (!place.differs) return pass(asked); /* somebody outside serves there */
    int socket = take_fd(asked->tid, (int)arg(asked, 0)), to = socket < 0 ? -1 : open_place();
    struct connecting *connecting = malloc(sizeof *connecting);
    if (socket >= 0 && to >= 0 && connecting) {
        *connecting = (struct connecting){*asked->notice, asked->tid, socket, to};
        if (pthread_create(&thread, NULL, connect_there, connecting) == 0) {
            pthread_detach(thread);
            return;
        }
    }
    free(connecting);
    if (to >= 0) close(to);
    if (socket >= 0) close(socket);
    answer(asked, -EACCES);
}

static int bind_there(const struct asked *asked, int socket) {
    struct fresh fresh;
    char aside[32];
    int failed = fresh_begin(&place, &fresh);
    if (failed) return failed;
    snprintf(aside, sizeof aside, "s%d", asked->tid); /* its own name may be too long for an address */
    struct sockaddr_un address = address_of(R.work, aside);
    umask((mode_t)(07777 & ~masked(asked, 07777)));
    failed = bind(socket, (struct sockaddr *)&address, sizeof address) ? -errno : 0;
    umask(0);
    if (failed) return failed;
    if (renameat(R.work, aside, fresh.directory, fresh.name)) failed = -errno;
    if (failed) unlinkat(R.work, aside, 0);
    return fresh_end(&place, &fresh, failed);
}

static void binds(const struct asked *asked) {
    char text[PATH_BYTES_MAX];
    if (!names_socket(asked, text)) return pass(asked);
    walk(asked->tid, AT_FDCWD, text, 0, &place);
    if (!place.error) return answer(asked, -EADDRINUSE);
    if (place.error != -ENOENT || !place.has_parent) return answer(asked, place.error);
    if (!place.is_inside && !place.differs) return pass(asked);
    int socket = take_fd(asked->tid, (int)arg(asked, 0));
    int failed = socket < 0 || !place.is_inside ? -EACCES : bind_there(asked, socket);
    if (socket >= 0) close(socket);
    answer(asked, failed);
}

/* Watched in `upper`, where what the view changes happens. */
static void watches(const struct asked *asked) {
    char text[PATH_BYTES_MAX], name[64];
    uint32_t mask = (uint32_t)arg(asked, 2);
    int failed = tracee_path(asked->tid, arg(asked, 1), text);
    if (failed) return answer(asked, failed);
    walk(asked->tid, AT_FDCWD, text, mask & IN_DONT_FOLLOW ? 0 : WALK_FOLLOW, &place);
    if (place.error) return answer(asked, place.error);
    if (!place.is_inside && !place.differs) return pass(asked);
    int queue = take_fd(asked->tid, (int)arg(asked, 0));
    if (queue < 0) return answer(asked, queue == -EBADF ? -EBADF : -ENOSPC); /* as if there were too many: programs look by themselves then */
    failed = place.is_inside ? settle(&place, true) : 0;
    if (!failed) {
        int fd = open_place();
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        int watch = fd < 0 ? -1 : inotify_add_watch(queue, name, mask & ~(uint32_t)IN_DONT_FOLLOW);
        failed = watch < 0 ? -errno : watch;
        if (fd >= 0) close(fd);
    }
    close(queue);
    answer(asked, failed);
}

bool asks_of_own(const struct asked *asked) {
    switch (asked->notice->data.nr) {
    case SYS_chdir: return goes(asked), true;
    case SYS_connect: return connects(asked), true;
    case SYS_bind: return binds(asked), true;
    case SYS_inotify_add_watch: return watches(asked), true;
    default: return false;
    }
}
