/* What is known about a file besides its content: modes, owners, times, attributes. */
#include "behaviour.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include "calls.h"

static const struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
static const struct timeval old_times[2] = {{1000000000, 0}, {1000000000, 0}};

BEHAVIOUR(mode_of_path, "chmod(2)", "changed file mode") { return worked(chmod("file", 0600)); }
BEHAVIOUR(mode_of_missing, "chmod(2) of what is not there", "missing absent") { return failed_with(chmod("absent", 0600), ENOENT); }
BEHAVIOUR(mode_through_link, "chmod(2) through a link", "changed link mode") { return worked(chmod("link", 0600)); }
BEHAVIOUR(mode_of_folder, "chmod(2) of a folder", "changed dir mode") { return worked(chmod("dir", 0700)); }
BEHAVIOUR(mode_of_open, "fchmod(2)", "opened file; changed file mode") {
    int fd = open("file", O_RDONLY);
    return worked(fchmod(fd, 0600));
}
BEHAVIOUR(mode_at, "fchmodat(2)", "typed dir; changed dir/inner mode") {
    int at = open("dir", O_PATH);
    return worked(fchmodat(at, "inner", 0600, 0));
}
BEHAVIOUR(mode_at_by_number, "fchmodat2(2)", "changed file mode") { return worked(syscall(SYS_fchmodat2, AT_FDCWD, "file", 0600, 0)) || errno == ENOSYS; }
BEHAVIOUR(mode_through_proc, "chmod(2) of /proc/self/fd/N", "opened file; changed file mode") {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open("file", O_RDONLY));
    return worked(chmod(name, 0600));
}
BEHAVIOUR(owner_same, "chown(2) to the owner it has", "changed file mode") { return worked(chown("file", getuid(), -1)); }
BEHAVIOUR(owner_other, "chown(2) to another", "changed file owner") {
    chown("file", 12345, -1); /* only root may */
    return 1;
}
BEHAVIOUR(owner_of_link, "lchown(2)", "changed link owner") {
    lchown("link", 12345, -1);
    return 1;
}
BEHAVIOUR(owner_of_open, "fchown(2)", "opened file; changed file owner") {
    fchown(open("file", O_RDONLY), 12345, -1);
    return 1;
}
BEHAVIOUR(owner_at, "fchownat(2)", "changed file owner") {
    fchownat(AT_FDCWD, "file", 12345, -1, 0);
    return 1;
}
BEHAVIOUR(times_now, "utimensat(2)", "changed file times") { return worked(utimensat(AT_FDCWD, "file", NULL, 0)); }
BEHAVIOUR(times_set, "utimensat(2) to a time", "changed file times") { return worked(utimensat(AT_FDCWD, "file", times, 0)); }
BEHAVIOUR(times_of_link, "utimensat(2) of a link itself", "changed link times") { return worked(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW)); }
BEHAVIOUR(times_of_open, "futimens(3)", "opened file; changed file times") {
    int fd = open("file", O_RDONLY);
    return worked(futimens(fd, times));
}
BEHAVIOUR(times_of_missing, "utimensat(2) of what is not there", "missing absent") { return failed_with(utimensat(AT_FDCWD, "absent", times, 0), ENOENT); }
BEHAVIOUR(times_utime, "utime(2)", "changed file times") {
    struct utimbuf both = {1000000000, 1000000000};
    return worked(utime("file", &both));
}
BEHAVIOUR(times_utimes, "utimes(2)", "changed file times") { return worked(utimes("file", old_times)); }
BEHAVIOUR(times_at, "futimesat(2)", "typed dir; changed dir/inner times") {
    int at = open("dir", O_PATH);
    return worked(futimesat(at, "inner", old_times));
}
BEHAVIOUR(mask, "umask(2), then a new file", "wrote new") {
    umask(077);
    return worked(open("new", O_CREAT | O_WRONLY, 0666));
}
BEHAVIOUR(attribute_get, "getxattr(2)", "stated file") {
    char value[8];
    getxattr("file", "user.none", value, sizeof value);
    return 1;
}
BEHAVIOUR(attribute_get_missing, "getxattr(2) of what is not there", "missing absent") {
    char value[8];
    return failed_with(getxattr("absent", "user.none", value, sizeof value), ENOENT);
}
BEHAVIOUR(attribute_get_link, "lgetxattr(2)", "stated link nofollow") {
    char value[8];
    lgetxattr("link", "user.none", value, sizeof value);
    return 1;
}
BEHAVIOUR(attribute_get_open, "fgetxattr(2)", "opened file") {
    char value[8];
    int fd = open("file", O_RDONLY);
    fgetxattr(fd, "user.none", value, sizeof value);
    return fd >= 0;
}
BEHAVIOUR(attribute_list, "listxattr(2)", "stated file") {
    char names[256];
    return worked(listxattr("file", names, sizeof names));
}
BEHAVIOUR(attribute_list_link, "llistxattr(2)", "stated link nofollow") {
    char names[256];
    return worked(llistxattr("link", names, sizeof names));
}
BEHAVIOUR(attribute_set, "setxattr(2)", "doubt XATTR") {
    setxattr("file", "user.name", "value", 5, 0);
    return 1;
}
BEHAVIOUR(attribute_set_link, "lsetxattr(2)", "doubt XATTR") {
    lsetxattr("link", "user.name", "value", 5, 0);
    return 1;
}
BEHAVIOUR(attribute_set_open, "fsetxattr(2)", "opened file; doubt XATTR") {
    fsetxattr(open("file", O_RDONLY), "user.name", "value", 5, 0);
    return 1;
}
BEHAVIOUR(attribute_remove, "removexattr(2)", "doubt XATTR") {
    setxattr("file", "user.name", "value", 5, 0);
    removexattr("file", "user.name");
    return 1;
}
BEHAVIOUR(attribute_remove_none, "removexattr(2) of what is not there", "stated file") {
    removexattr("file", "system.posix_acl_default");
    return 1;
}
BEHAVIOUR(attribute_remove_link, "lremovexattr(2) of what is not there", "stated link nofollow") {
    lremovexattr("link", "user.name");
    return 1;
}
BEHAVIOUR(attribute_remove_open, "fremovexattr(2) of what is not there", "opened file") {
    return fremovexattr(open("file", O_RDONLY), "user.name") < 0;
}
/* Source: linux/posix_acl_xattr.h: a version, then tag, permissions and id of the owner, the group, others. */
BEHAVIOUR(access_list_plain, "an access list that says what a mode says", "changed file mode") {
    static const uint32_t list[] = {2, 6 << 16 | 1, ~0u, 4 << 16 | 4, ~0u, 4 << 16 | 0x20, ~0u};
    setxattr("file", "system.posix_acl_access", list, sizeof list, 0);
    return 1;
}
BEHAVIOUR(flags_set, "FS_IOC_SETFLAGS", "opened file; doubt XATTR") {
    int flags = 0, fd = open("file", O_RDONLY);
    ioctl(fd, FS_IOC_SETFLAGS, &flags);
    return fd >= 0;
}
BEHAVIOUR(extended_flags_set, "FS_IOC_FSSETXATTR", "opened file; doubt XATTR") {
    struct fsxattr flags = {0};
    int fd = open("file", O_RDONLY);
    ioctl(fd, FS_IOC_FSSETXATTR, &flags);
    return fd >= 0;
}
BEHAVIOUR(flags_get, "FS_IOC_GETFLAGS", "opened file") {
    int flags = 0, fd = open("file", O_RDONLY);
    ioctl(fd, FS_IOC_GETFLAGS, &flags);
    return fd >= 0;
}
