/* Asking about files without opening them, and reading links and folders. */
#include "behaviour.h"
#include <glob.h>
#include <ftw.h>
#include "calls.h"

static struct stat what;

BEHAVIOUR(stat_file, "stat(2)", "stated file") { return worked(stat("file", &what)); }
BEHAVIOUR(stat_missing, "stat(2) of what is not there", "missing absent") { return failed_with(stat("absent", &what), ENOENT); }
BEHAVIOUR(stat_below_file, "stat(2) below a file", "missing file/below") { return failed_with(stat("file/below", &what), ENOTDIR); }
BEHAVIOUR(stat_link, "stat(2) through a link", "stated link") { return worked(stat("link", &what)); }
BEHAVIOUR(stat_dangling, "stat(2) of a link that leads nowhere", "missing dangling") { return failed_with(stat("dangling", &what), ENOENT); }
BEHAVIOUR(stat_folder, "stat(2) of a folder", "stated dir") { return worked(stat("dir", &what)); }
BEHAVIOUR(lstat_link, "lstat(2) of a link", "stated link nofollow") { return worked(lstat("link", &what)); }
BEHAVIOUR(lstat_missing, "lstat(2) of what is not there", "missing absent") { return failed_with(lstat("absent", &what), ENOENT); }
BEHAVIOUR(fstat_open, "fstat(2) of an open file", "opened file") { return worked(fstat(open("file", O_RDONLY), &what)); }
BEHAVIOUR(fstatat_folder, "fstatat(2) below a folder", "typed dir; stated dir/inner") {
    int at = open("dir", O_PATH);
    return worked(fstatat(at, "inner", &what, 0));
}
BEHAVIOUR(fstatat_no_follow, "fstatat(2) of a link itself", "stated link nofollow") { return worked(fstatat(AT_FDCWD, "link", &what, AT_SYMLINK_NOFOLLOW)); }
BEHAVIOUR(fstatat_empty_path, "fstatat(2) of a descriptor", "opened file") {
    int fd = open("file", O_RDONLY);
    return worked(fstatat(fd, "", &what, AT_EMPTY_PATH));
}
BEHAVIOUR(statx_file, "statx(2)", "stated file") {
    struct statx more;
    return worked(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &more));
}
BEHAVIOUR(statx_missing, "statx(2) of what is not there", "missing absent") {
    struct statx more;
    return failed_with(statx(AT_FDCWD, "absent", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &more), ENOENT);
}
BEHAVIOUR(access_file, "access(2)", "stated file") { return worked(access("file", R_OK)); }
BEHAVIOUR(access_missing, "access(2) of what is not there", "missing absent") { return failed_with(access("absent", F_OK), ENOENT); }
BEHAVIOUR(access_not_executable, "access(2) that says no", "stated file") { return failed_with(access("file", X_OK), EACCES); }
BEHAVIOUR(faccessat_folder, "faccessat(2) below a folder", "typed dir; stated dir/inner") {
    int at = open("dir", O_PATH);
    return worked(faccessat(at, "inner", R_OK, 0));
}
BEHAVIOUR(faccessat_effective, "faccessat2(2) with the effective rights", "stated file") { return worked(faccessat(AT_FDCWD, "file", R_OK, AT_EACCESS)); }
BEHAVIOUR(readlink_link, "readlink(2)", "readlink link file") {
    char target[64];
    return readlink("link", target, sizeof target) == 4;
}
BEHAVIOUR(readlink_file, "readlink(2) of a file", "readlink file") {
    char target[64];
    return failed_with(readlink("file", target, sizeof target), EINVAL);
}
BEHAVIOUR(readlink_missing, "readlink(2) of what is not there", "missing absent") {
    char target[64];
    return failed_with(readlink("absent", target, sizeof target), ENOENT);
}
BEHAVIOUR(readlink_short, "readlink(2) into a short buffer", "readlink link file") {
    char target[2];
    return readlink("link", target, sizeof target) == 2;
}
BEHAVIOUR(readlinkat_folder, "readlinkat(2) below a folder", "typed dir; readlink dir/inner") {
    char target[64];
    int at = open("dir", O_PATH);
    return failed_with(readlinkat(at, "inner", target, sizeof target), EINVAL);
}
BEHAVIOUR(readlinkat_empty_path, "readlinkat(2) of an open link", "stated link nofollow; readlink link file") {
    char target[64];
    int at = open("link", O_PATH | O_NOFOLLOW);
    return readlinkat(at, "", target, sizeof target) == 4;
}
BEHAVIOUR(list_folder, "lists a folder", "listed dir") { return lists("dir"); }
BEHAVIOUR(list_empty, "lists an empty folder", "listed empty") { return lists("empty"); }
BEHAVIOUR(list_through_link, "lists a folder through a link", "listed dirlink") { return lists("dirlink"); }
BEHAVIOUR(change_folder, "chdir(2), then a relative name", "typed dir; opened dir/inner") { return worked(chdir("dir")) && worked(open("inner", O_RDONLY)); }
BEHAVIOUR(change_folder_missing, "chdir(2) to what is not there", "missing absent") { return failed_with(chdir("absent"), ENOENT); }
BEHAVIOUR(change_folder_descriptor, "fchdir(2), then a relative name", "typed dir; opened dir/inner") {
    int at = open("dir", O_PATH);
    return worked(fchdir(at)) && worked(open("inner", O_RDONLY));
}
BEHAVIOUR(handle_of, "name_to_handle_at(2)", "typed file") {
    struct { struct file_handle head; char room[128]; } handle = {.head.handle_bytes = 128};
    int mount;
    syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &handle, &mount, 0); /* not on every file system */
    return 1;
}
BEHAVIOUR(handle_of_missing, "name_to_handle_at(2) of what is not there", "missing absent") {
    struct { struct file_handle head; char room[128]; } handle = {.head.handle_bytes = 128};
    int mount;
    return failed_with(syscall(SYS_name_to_handle_at, AT_FDCWD, "absent", &handle, &mount, 0), ENOENT);
}
BEHAVIOUR(file_system_of, "statfs(2)", "typed file") {
    struct statfs system;
    return worked(statfs("file", &system));
}
BEHAVIOUR(watch, "inotify_add_watch(2)", "typed file") {
    int events = inotify_init1(0);
    return worked(inotify_add_watch(events, "file", IN_MODIFY));
}
BEHAVIOUR(own_program, "readlink(2) of /proc/self/exe, then the program itself", "opened %program%") {
    char name[4096] = "";
    return readlink("/proc/self/exe", name, sizeof name - 1) > 0 && worked(open(name, O_RDONLY));
}

#ifndef RAW
BEHAVIOUR(real_path, "realpath(3) through links", "readlink dirlink dir; readlink dir; readlink dir/inner") {
    return realpath("dirlink/inner", NULL) != NULL;
}
BEHAVIOUR(real_path_missing, "realpath(3) of what is not there", "missing absent") { return realpath("absent", NULL) == NULL; }
BEHAVIOUR(canonical_name, "canonicalize_file_name(3)", "readlink link file; readlink file") { return canonicalize_file_name("link") != NULL; }
BEHAVIOUR(scan_folder, "scandir(3)", "listed dir") {
    struct dirent **names;
    return scandir("dir", &names, NULL, alphasort) == 3;
}
BEHAVIOUR(glob_pattern, "glob(3)", "listed dir") {
    glob_t found;
    return glob("dir/in*", 0, NULL, &found) == 0 && found.gl_pathc == 1;
}
static int visit(const char *name, const struct stat *of, int type, struct FTW *at) { return (void)name, (void)of, (void)type, (void)at, 0; }
BEHAVIOUR(walk, "nftw(3)", "stated dir nofollow; listed dir; stated dir/inner nofollow") { return nftw("dir", visit, 8, FTW_PHYS) == 0; }
BEHAVIOUR(effective_access, "euidaccess(3)", "stated file") { return worked(euidaccess("file", R_OK)); }
#endif
