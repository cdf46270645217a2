/* Calls on names that few programs make: by descriptors of folders, of files without a name, while a folder is read,
 * exchanged, to what was removed. Prints of each what came of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *what, long result) { printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok"); }

static int make(const char *name) { return close(open(name, O_WRONLY | O_CREAT | O_EXCL, 0640)); }

static int by_name(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

static void list(const char *what, DIR *folder) {
    char *names[64], **end = names;
    for (struct dirent *entry; (entry = readdir(folder)) && end < names + 64;) *end++ = strdup(entry->d_name);
    qsort(names, (size_t)(end - names), sizeof *names, by_name);
    printf("%s:", what);
    for (char **at = names; at < end; at++) printf(" %s", *at);
    puts("");
}

static void folders(void) {
    int old = open("old", O_RDONLY | O_DIRECTORY), top = open(".", O_PATH);
    DIR *first = fdopendir(dup(old));
    list("read once", first);
    say("make while it is open", make("old/c"));
    list("at its end", first);
    rewinddir(first);
    list("again", first);
    if (fork() == 0) {
        rewinddir(first);
        readdir(first);
        _exit(0);
    }
    wait(NULL);
    say("remove by descriptor", unlinkat(old, "b", 0));
    say("make by descriptor", mkdirat(old, "d", 0750));
    say("link by descriptor", linkat(old, "c", top, "d", 0));
    say("rename by descriptors", renameat(top, "d", old, "b"));
    say("open by a path that is open for nothing", openat(top, "old/b", O_RDONLY));
    say("go there", fchdir(old));
    char name[4096];
    printf("here: %s\n", strrchr(getcwd(name, sizeof name), '/'));
    say("remove where one is not", rmdir("../old"));
    say("up", chdir(".."));
    say("exchange a folder of the workspace", syscall(SYS_renameat2, AT_FDCWD, "run.sh", AT_FDCWD, "Makefile", RENAME_EXCHANGE));
    say("no replace", syscall(SYS_renameat2, AT_FDCWD, "run.sh", AT_FDCWD, "Makefile", RENAME_NOREPLACE));
    say("exchange back", syscall(SYS_renameat2, AT_FDCWD, "run.sh", AT_FDCWD, "Makefile", RENAME_EXCHANGE));
}

/* Paths that cannot be read, and ones that are too long, in the place of each that a call takes, behind one that went well. */
static void unreadable(const char *folder) {
    static char endless[5000];
    const char *bad[] = {NULL, (const char *)1, memset(endless, 'x', sizeof endless - 1)};
    char one[64], other[64], third[64];
    snprintf(one, sizeof one, "%s/one", folder), snprintf(other, sizeof other, "%s/other", folder), snprintf(third, sizeof third, "%s/third", folder);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int number = 0;
        make(one), make(third);
        say("rename", rename(one, other));
        say("rename to it", rename(third, bad[i]));
        say("rename from it", rename(bad[i], third));
        say("rename where nothing is", syscall(SYS_renameat2, AT_FDCWD, third, AT_FDCWD, bad[i], RENAME_NOREPLACE));
        say("exchange with it", syscall(SYS_renameat2, AT_FDCWD, third, AT_FDCWD, bad[i], RENAME_EXCHANGE));
        say("link to it", link(third, bad[i]));
        say("link it", link(bad[i], one));
        say("symlink", symlink("to", bad[i]));
        say("mkdir", mkdir(bad[i], 0755));
        say("unlink", unlink(bad[i]));
        say("rmdir", rmdir(bad[i]));
        say("truncate", truncate(bad[i], 0));
        say("chmod", chmod(bad[i], 0600));
        say("open", number = open(bad[i], O_WRONLY | O_CREAT, 0600));
        for (const char *const *name = (const char *const[]){one, other, third, NULL}; *name; name++) say("is there", access(*name, F_OK));
        unlink(other), unlink(third);
    }
}

static void gone(void) {
    mkdir("short", 0755);
    int there = open("short", O_RDONLY | O_DIRECTORY);
    say("go", chdir("short"));
    say("remove under us", rmdir("../short"));
    char name[4096];
    say("where", getcwd(name, sizeof name) ? 0 : -1);
    say("make where nothing is", make("x"));
    say("make in what is gone", openat(there, "x", O_CREAT | O_WRONLY, 0600));
    say("back", fchdir(open("/proc/self/fd", O_RDONLY)) < 0 ? -1 : 0);
}

static void files(const char *top) {
    say("home", chdir(top));
    char name[64], text[8] = "";
    int nameless = open(".", O_TMPFILE | O_RDWR, 0600);
    say("write what has no name", write(nameless, "tmp", 3));
    snprintf(name, sizeof name, "/proc/self/fd/%d", nameless);
    say("name it", linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    int reader = open("src/main.c", O_RDONLY);
    say("mode by a descriptor for reading", fchmod(reader, 0600));
    struct stat what;
    stat("src/main.c", &what);
    printf("mode %o\n", what.st_mode & 07777);
    say("times by it", futimens(reader, (struct timespec[2]){{1, 0}, {2, 0}}));
    say("attribute by a descriptor", fsetxattr(reader, "user.one", "1", 1, 0));
    say("attribute", getxattr("src/main.c", "user.one", text, sizeof text));
    printf("attributes %zd\n", listxattr("src/main.c", NULL, 0));
    say("remove it", removexattr("src/main.c", "user.one"));
    struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0600};
    say("open by rules", syscall(SYS_openat2, AT_FDCWD, "by-rules", &how, sizeof how));
    int handle = open("include/one.h", O_PATH);
    snprintf(name, sizeof name, "/proc/self/fd/%d", handle);
    int writer = open(name, O_WRONLY | O_APPEND);
    say("write by a link of /proc", write(writer, "\n", 1));
    ssize_t got = readlink("/proc/self/exe", (char[4096]){0}, 4096);
    say("its own program", got);
    symlink("../src/./main.c", "include/far");
    say("by a link to ..", access("include/far", R_OK));
    say("not by it", open("include/far", O_RDONLY | O_NOFOLLOW));
    say("a slash behind a file", open("include/far/", O_RDONLY));
    say("make with a slash", open("with-slash/", O_WRONLY | O_CREAT, 0600));
    say("make a folder with one", mkdir("with-slash/", 0700));
    symlink("made-by-link", "dangling");
    say("make where a link leads", open("dangling", O_WRONLY | O_CREAT, 0600));
    say("exclusively not", open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
    say("truncate", truncate("Makefile", 3));
}

static void ignore(int number) { (void)number; }

static void *interrupt(void *of) {
    struct sigaction action = {.sa_handler = ignore};
    sigaction(SIGUSR1, &action, NULL);
    for (struct stat what; stat("met", &what); usleep(1000)) pthread_kill(*(pthread_t *)of, SIGUSR1); /* tidy: until it has ended */
    return NULL;
}

static void others(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "old/socket"};
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    say("bind", bind(server, (struct sockaddr *)&address, sizeof address));
    listen(server, 1);
    say("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    say("bind again", bind(client, (struct sockaddr *)&address, sizeof address));
    unlink("old/socket");
    int watch = inotify_init1(0);
    say("watch", inotify_add_watch(watch, "old", IN_CREATE));
    make("old/watched");
    char event[512];
    ssize_t got = read(watch, event, sizeof event);
    printf("told of %s\n", got > 0 ? ((struct inotify_event *)event)->name : "nothing");
    mkfifo("pipe", 0600);
    if (fork() == 0) _exit(write(open("pipe", O_WRONLY), "hey", 3) != 3);
    int pipe = open("pipe", O_RDONLY);
    printf("through the pipe %zd\n", read(pipe, event, 3));
    wait(NULL);
    close(pipe);
    pthread_t self = pthread_self(), thread;
    pthread_create(&thread, NULL, interrupt, &self);
    say("wait for nobody", open("pipe", O_WRONLY));
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    make("met");
    pthread_join(thread, NULL);
    unlink("pipe");
    unlink("met");
}

int main(void) {
    char top[4096];
    umask(027);
    if (!getcwd(top, sizeof top)) return 1;
    folders();
    unreadable(".");
    unreadable(getenv("TMPDIR"));
    gone();
    files(top);
    others();
    puts("end");
    return 0;
}
