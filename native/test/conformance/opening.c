/* Opening files: each way in, each flag that changes what is relied on, each way to fail. */
#include "behaviour.h"
#include <linux/openat2.h>
#include "calls.h"

BEHAVIOUR(open_read, "opens for reading", "opened file") { return worked(open("file", O_RDONLY)); }
BEHAVIOUR(open_missing, "opens what is not there", "missing absent") { return failed_with(open("absent", O_RDONLY), ENOENT); }
BEHAVIOUR(open_below_file, "opens below a file", "missing file/below") { return failed_with(open("file/below", O_RDONLY), ENOTDIR); }
BEHAVIOUR(open_missing_folder, "opens in a folder that is not there", "missing absent/file") { return failed_with(open("absent/file", O_RDONLY), ENOENT); }
BEHAVIOUR(open_create, "creates", "wrote new") { return worked(open("new", O_CREAT | O_WRONLY, 0644)); }
BEHAVIOUR(open_create_in_missing, "creates in a folder that is not there", "missing absent") { return failed_with(open("absent/new", O_CREAT | O_WRONLY, 0644), ENOENT); }
BEHAVIOUR(open_create_existing, "opens for reading with O_CREAT what is there", "opened file") { return worked(open("file", O_CREAT | O_RDONLY, 0644)); }
BEHAVIOUR(open_exclusive, "creates with O_EXCL", "wrote new") { return worked(open("new", O_CREAT | O_EXCL | O_WRONLY, 0644)); }
BEHAVIOUR(open_exclusive_exists, "creates with O_EXCL what is there", "typed file") { return failed_with(open("file", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST); }
BEHAVIOUR(open_exclusive_link, "creates with O_EXCL where a link leads nowhere", "typed dangling") { return failed_with(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST); }
BEHAVIOUR(open_truncate, "truncates while opening", "wrote file truncated") { return worked(open("file", O_WRONLY | O_TRUNC)); }
BEHAVIOUR(open_truncate_read, "opens for reading with O_TRUNC", "wrote file truncated") { return worked(open("file", O_RDONLY | O_TRUNC)); }
BEHAVIOUR(open_write, "opens for writing, keeping the content", "wrote file") { return worked(open("file", O_WRONLY)); }
BEHAVIOUR(open_append, "appends", "wrote file") {
    int fd = open("file", O_WRONLY | O_APPEND);
    return write(fd, "more", 4) == 4;
}
BEHAVIOUR(open_read_write, "opens for reading and writing", "opened file; wrote file") { return worked(open("file", O_RDWR)); }
BEHAVIOUR(open_read_write_new, "creates for reading and writing", "wrote new") { return worked(open("new", O_RDWR | O_CREAT, 0600)); }
BEHAVIOUR(open_read_write_truncate, "opens for both, truncating", "wrote file truncated") { return worked(open("file", O_RDWR | O_TRUNC)); }
BEHAVIOUR(creat_new, "creat(2), new", "wrote new truncated") { return worked(creat("new", 0644)); }
BEHAVIOUR(creat_existing, "creat(2) of what is there", "wrote file truncated") { return worked(creat("file", 0644)); }
BEHAVIOUR(open_link, "opens through a link", "opened link") { return worked(open("link", O_RDONLY)); }
BEHAVIOUR(open_through_folder_link, "opens through a link to a folder", "opened dirlink/inner") { return worked(open("dirlink/inner", O_RDONLY)); }
BEHAVIOUR(open_dangling, "opens a link that leads nowhere", "missing dangling") { return failed_with(open("dangling", O_RDONLY), ENOENT); }
BEHAVIOUR(create_through_link, "creates through a link that leads nowhere", "wrote dangling") { return worked(open("dangling", O_CREAT | O_WRONLY, 0644)); }
BEHAVIOUR(open_no_follow, "O_NOFOLLOW of a file", "opened file nofollow") { return worked(open("file", O_RDONLY | O_NOFOLLOW)); }
BEHAVIOUR(open_no_follow_link, "O_NOFOLLOW of a link", "stated link nofollow") { return failed_with(open("link", O_RDONLY | O_NOFOLLOW), ELOOP); }
BEHAVIOUR(open_path_only, "O_PATH", "stated file") { return worked(open("file", O_PATH)); }
BEHAVIOUR(open_path_then_reopen, "O_PATH, then opened through /proc/self/fd", "stated file; opened file") {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open("file", O_PATH));
    return worked(open(name, O_RDONLY));
}
BEHAVIOUR(open_directory, "opens a folder", "listed dir") { return worked(open("dir", O_RDONLY)); }
BEHAVIOUR(open_directory_path, "O_PATH of a folder", "typed dir") { return worked(open("dir", O_PATH | O_DIRECTORY)); }
BEHAVIOUR(open_directory_write, "opens a folder for writing", "typed dir") { return failed_with(open("dir", O_WRONLY), EISDIR); }
BEHAVIOUR(open_file_as_directory, "O_DIRECTORY of a file", "opened file") { return failed_with(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR); }
BEHAVIOUR(open_dots, "opens by a name with dots in it", "opened file") { return worked(open("dir/.././/file", O_RDONLY)); }
BEHAVIOUR(open_trailing_slash, "opens a file as if it were a folder", "missing file/") { return failed_with(open("file/", O_RDONLY), ENOTDIR); }
BEHAVIOUR(openat_folder, "openat(2) below a folder", "typed dir; opened dir/inner") {
    int at = open("dir", O_PATH | O_DIRECTORY);
    return worked(openat(at, "inner", O_RDONLY));
}
BEHAVIOUR(openat_missing, "openat(2) of what is not there", "typed dir; missing dir/absent") {
    int at = open("dir", O_PATH | O_DIRECTORY);
    return failed_with(openat(at, "absent", O_RDONLY), ENOENT);
}
BEHAVIOUR(openat_create, "openat(2) creates", "typed dir; wrote dir/new") {
    int at = open("dir", O_PATH | O_DIRECTORY);
    return worked(openat(at, "new", O_WRONLY | O_CREAT, 0644));
}
BEHAVIOUR(openat_moved_folder, "openat(2) below a folder that was renamed", "typed dir; renamed dir moved; opened moved/inner") {
    int at = open("dir", O_PATH | O_DIRECTORY);
    return worked(rename("dir", "moved")) && worked(openat(at, "inner", O_RDONLY));
}
BEHAVIOUR(openat_parent, "openat(2) of .. below a folder", "typed dir; opened file") {
    int at = open("dir", O_PATH | O_DIRECTORY);
    return worked(openat(at, "../file", O_RDONLY));
}
BEHAVIOUR(open_nameless_nowhere, "O_TMPFILE in a folder that is not there", "missing absent") { return failed_with(open("absent", O_TMPFILE | O_RDWR, 0600), ENOENT); }
BEHAVIOUR(open_nameless, "O_TMPFILE that gets a name by linkat(2)", "typed .; wrote new") {
    char name[64];
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    return write(fd, "text", 4) == 4 && worked(linkat(AT_FDCWD, name, AT_FDCWD, "new", AT_SYMLINK_FOLLOW));
}
BEHAVIOUR(open_nameless_empty_path, "O_TMPFILE that gets a name by AT_EMPTY_PATH", "typed .; wrote new") {
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    /* ENOENT: before Linux 6.10 it is root's alone. */
    return write(fd, "text", 4) == 4 && (worked(linkat(fd, "", AT_FDCWD, "new", AT_EMPTY_PATH)) || errno == ENOENT);
}
BEHAVIOUR(open_proc_self_fd, "opens /proc/self/fd/N", "opened file") {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open("file", O_RDONLY));
    return worked(open(name, O_RDONLY));
}
BEHAVIOUR(open_dev_fd, "opens /dev/fd/N for writing", "opened file; wrote file") {
    char name[64];
    snprintf(name, sizeof name, "/dev/fd/%d", open("file", O_RDONLY));
    return worked(open(name, O_WRONLY));
}
BEHAVIOUR(open_proc_pid_fd, "opens /proc/PID/fd/N", "opened file") {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/fd/%d", getpid(), open("file", O_RDONLY));
    return worked(open(name, O_RDONLY));
}
BEHAVIOUR(open_proc_self_cwd, "opens below /proc/self/cwd", "opened file") { return worked(open("/proc/self/cwd/file", O_RDONLY)); }
BEHAVIOUR(open_proc_thread_cwd, "opens below /proc/thread-self/cwd", "opened file") { return worked(open("/proc/thread-self/cwd/file", O_RDONLY)); }
BEHAVIOUR(open_proc_task_cwd, "opens below /proc/self/task/N/cwd", "opened file") {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/task/%d/cwd/file", getpid());
    return worked(open(name, O_RDONLY));
}
BEHAVIOUR(open_proc_other_cwd, "opens below another process's /proc/PID/cwd", "doubt HANDLE") {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/cwd/file", getpid());
    int child = (int)syscall(SYS_fork);
    if (child == 0) syscall(SYS_exit_group, !worked(open(name, O_RDONLY)));
    return child_worked(child);
}
BEHAVIOUR(open_proc_self_root, "opens below /proc/self/root", "opened file") {
    char here[4000] = "", name[4096];
    if (syscall(SYS_getcwd, here, sizeof here) < 0) return 0;
    snprintf(name, sizeof name, "/proc/self/root%s/file", here);
    return worked(open(name, O_RDONLY));
}
BEHAVIOUR(open_system_file, "opens a file outside the workspace", "opened /etc/passwd") { return worked(open("/etc/passwd", O_RDONLY)); }
BEHAVIOUR(open_long_name, "opens a relative path longer than the guest keeps", "opened file") {
    char name[2100];
    for (int i = 0; i < 1000; i++) memcpy(name + 2 * i, "./", 2);
    strcpy(name + 2000, "file");
    return worked(open(name, O_RDONLY));
}
BEHAVIOUR(open_with_openat2, "openat2(2)", "opened file") {
    struct open_how how = {.flags = O_RDONLY};
    return worked(syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how));
}
BEHAVIOUR(openat2_no_links, "openat2(2) that follows no links", "stated link nofollow") {
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};
    return failed_with(syscall(SYS_openat2, AT_FDCWD, "link", &how, sizeof how), ELOOP);
}
BEHAVIOUR(openat2_in_root, "openat2(2) with a folder as root", "typed dir; opened dir/inner") {
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};
    int at = open("dir", O_PATH | O_DIRECTORY);
    return worked(syscall(SYS_openat2, at, "/inner", &how, sizeof how));
}
BEHAVIOUR(openat2_beneath, "openat2(2) that stays beneath a folder", "typed dir; opened dir/inner") {
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
    int at = open("dir", O_PATH | O_DIRECTORY);
    return worked(syscall(SYS_openat2, at, "inner", &how, sizeof how));
}
BEHAVIOUR(open_by_handle, "opens by a handle", "typed .; typed file; doubt HANDLE") {
    struct { struct file_handle head; char room[128]; } handle = {.head.handle_bytes = 128};
    int mount, at = open(".", O_PATH);
    if (syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &handle, &mount, 0)) return 1; /* not on this file system */
    syscall(SYS_open_by_handle_at, at, &handle, O_RDONLY);
    return 1;
}
