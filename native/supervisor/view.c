/* A private, writable copy of a folder, at the folder's own path: an overlay in a mount namespace that only we see and
 * what we start. `fathom --view <view> <folder> <words>` is `fathom <words>` in such a copy: what is changed there goes
 * to <view>/upper (src/view/). `--verify` has its trials in one (trial.c). Nothing has been started when it fails. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "supervisor.h"

static int write_text(const char *name, const char *text) {
    int file = open(name, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    int failed = write(file, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
    close(file);
    return failed;
}

/* Who we are outside we are inside as well. */
int view_enter_user_namespace(void) {
    char text[64];
    uid_t user = getuid();
    gid_t group = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) return -errno;
    int failed = write_text("/proc/self/setgroups", "deny");
    snprintf(text, sizeof text, "%u %u 1", user, user);
    if (!failed) failed = write_text("/proc/self/uid_map", text);
    snprintf(text, sizeof text, "%u %u 1", group, group);
    return failed ? failed : write_text("/proc/self/gid_map", text);
}

/* Root needs no namespace of users; anybody else is in one who he is outside. */
int view_enter_namespace(bool *as_user) {
    *as_user = unshare(CLONE_NEWNS) != 0;
    int failed = !*as_user ? 0 : errno == EPERM ? view_enter_user_namespace() : -errno;
    if (failed) return failed;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ? -errno : 0;
}

/* What is hidden from the view, outputs of the cache without their bytes, and what the workspace was when it began. */
enum { HIDDEN, OUTPUTS, KEPT, LAYERS };

static int open_folder(const char *name) { return open(name, O_PATH | O_DIRECTORY | O_CLOEXEC); }

/* By descriptors: a name may hold what means something in the options. They are opened here, because the kernel
 * mounts only what is in this namespace. `layers`, as many as there are, lie over the folder, the first one topmost. */
static int mount_layers(const char *folder, const int layers[LAYERS], const char *upper, const char *work, const char *more) {
    char options[256], between[32 * LAYERS] = "";
    int lower = open_folder(folder), above = open_folder(upper), beside = open_folder(work), failed = 0;
    if (lower < 0 || above < 0 || beside < 0) failed = -errno;
    for (int i = 0; i < LAYERS; i++)
        if (layers[i] >= 0) snprintf(between + strlen(between), sizeof between - strlen(between), "/proc/self/fd/%d:", layers[i]);
    snprintf(options, sizeof options, "lowerdir=%s/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d%s", between, lower, above, beside, more);
    if (!failed && mount("overlay", folder, "overlay", 0, options)) failed = -errno;
    if (lower >= 0) close(lower);
    if (above >= 0) close(above);
    if (beside >= 0) close(beside);
    return failed;
}

int view_mount(const char *folder, const char *upper, const char *work, const char *more) {
    static const int none[LAYERS] = {-1, -1, -1};
    return mount_layers(folder, none, upper, work, more);
}

/* -1 where there is none. */
static int open_layers(const char *view, int layers[LAYERS]) {
    static const char *const names[LAYERS] = {"hidden", "outputs", "kept"};
    char name[PATH_BYTES_MAX + 32];
    for (int i = 0; i < LAYERS; i++) layers[i] = -1;
    for (int i = 0; i < LAYERS; i++) {
        snprintf(name, sizeof name, "%s/%s", view, names[i]);
        layers[i] = open_folder(name);
        if (layers[i] < 0 && errno != ENOENT) return -errno;
    }
    return 0;
}

/* In memory that is mounted at `memory`. Before Linux 6.6 it takes attributes of root alone. */
int view_mount_in_memory(const char *folder, const char *memory, bool as_user) {
    char upper[PATH_BYTES_MAX + 32], work[sizeof upper];
    struct stat what;
    if (stat(folder, &what)) return -errno;
    snprintf(upper, sizeof upper, "%s/upper", memory);
    snprintf(work, sizeof work, "%s/work", memory);
    if (mount("tmpfs", memory, "tmpfs", 0, "mode=0755") || mkdir(upper, 0755) || mkdir(work, 0755) || chmod(upper, what.st_mode & 07777)) return -errno;
    return view_mount(folder, upper, work, as_user ? ",userxattr" : "");
}

/* Who starts us (src/cli/view-run.ts) holds the view with a lock on 3, and hears on 4 what went wrong, or whose mount it is. Neither is for the command. */
enum { LOCK_FD = 3, TELL_FD = 4 };

/* Outputs are a file system of Node's (src/view/fuse/), which is given the device by our number for it, and answers nothing before it
 * has that. Once it answers we let go of ours: were Node's end to leave it open, who reads would wait for ever. -1: there are none. */
static int mount_outputs(const char *view, int *device) {
    char name[PATH_BYTES_MAX + 32], options[128];
    *device = -1;
    snprintf(name, sizeof name, "%s/outputs", view);
    if (access(name, F_OK)) return errno == ENOENT ? 0 : -errno;
    *device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (*device < 0) return -errno;
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions,allow_other", *device, getuid(), getgid());
    if (mount("fathom", name, "fuse", MS_RDONLY | MS_NOSUID | MS_NODEV, options)) return -errno;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* without Node nobody answers */
    dprintf(TELL_FD, "device %d\n", *device);
    return 0;
}

/* Whether a file system of ours can be mounted: nothing is asked of it yet. */
int view_try_outputs(void) {
    char options[64];
    bool as_user;
    int failed = view_enter_namespace(&as_user), device = failed ? -1 : open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (failed || device < 0) return failed ? failed : -errno;
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u", device, getuid(), getgid());
    return mount("fathom", "/tmp", "fuse", MS_RDONLY | MS_NOSUID | MS_NODEV, options) ? -errno : 0;
}

static bool tell(const char *step, int failed) {
    dprintf(TELL_FD, "%s %d\n", step, -failed);
    close(TELL_FD);
    return failed == 0;
}

/* `userxattr`, for root as well: one format, whoever made it. `volatile`: a view that the machine did not survive is not used again, and copying up a file is ten times as fast. */
bool view_enter(const char *view, const char *folder) {
    char upper[PATH_BYTES_MAX + 32], work[sizeof upper], cwd[PATH_BYTES_MAX];
    if (fcntl(LOCK_FD, F_SETFD, FD_CLOEXEC) || fcntl(TELL_FD, F_SETFD, FD_CLOEXEC)) return false;
    if (strlen(view) >= PATH_BYTES_MAX || !getcwd(cwd, sizeof cwd)) return tell("folder", -ENAMETOOLONG);
    bool as_user;
    int failed = view_enter_namespace(&as_user);
    if (failed) return tell("namespace", failed);
    snprintf(upper, sizeof upper, "%s/upper", view);
    snprintf(work, sizeof work, "%s/work", view);
    int device, layers[LAYERS];
    failed = mount_outputs(view, &device);
    if (failed) return tell("outputs", failed);
    failed = open_layers(view, layers);
    if (!failed) failed = mount_layers(folder, layers, upper, work, ",userxattr,volatile");
    for (int i = 0; i < LAYERS; i++) if (layers[i] >= 0) close(layers[i]);
    if (device >= 0) close(device);
    if (failed) return tell("overlay", failed);
    prctl(PR_SET_PDEATHSIG, 0);
    if (chdir(cwd)) return tell("folder", -errno); /* it was in the folder below */
    S.flags |= HELLO_VIEW;
    return tell(as_user ? "user" : "root", 0);
}

/* Where nothing can be mounted we stand in a copy already: all that is left is to tell what is seen there. */
void view_copied(void) {
    fcntl(LOCK_FD, F_SETFD, FD_CLOEXEC);
    S.flags |= HELLO_VIEW;
}
