/* Names: made, given, moved, taken away. */
#include "behaviour.h"
#include <sys/sysmacros.h>
#include "calls.h"

BEHAVIOUR(unlink_file, "unlink(2)", "removed file") { return worked(unlink("file")); }
BEHAVIOUR(unlink_missing, "unlink(2) of what is not there", "missing absent") { return failed_with(unlink("absent"), ENOENT); }
BEHAVIOUR(unlink_folder, "unlink(2) of a folder", "typed dir") { return unlink("dir") == -1; }
BEHAVIOUR(unlink_link, "unlink(2) of a link", "readlink link file; removed link") { return worked(unlink("link")); }
BEHAVIOUR(unlinkat_file, "unlinkat(2)", "typed dir; removed dir/inner") {
    int at = open("dir", O_PATH);
    return worked(unlinkat(at, "inner", 0));
}
BEHAVIOUR(unlinkat_folder, "unlinkat(2) of a folder", "removed empty") { return worked(unlinkat(AT_FDCWD, "empty", AT_REMOVEDIR)); }
BEHAVIOUR(rmdir_empty, "rmdir(2)", "removed empty") { return worked(rmdir("empty")); }
BEHAVIOUR(rmdir_full, "rmdir(2) of what is not empty", "listed dir") { return failed_with(rmdir("dir"), ENOTEMPTY); }
BEHAVIOUR(rmdir_missing, "rmdir(2) of what is not there", "missing absent") { return failed_with(rmdir("absent"), ENOENT); }
BEHAVIOUR(mkdir_new, "mkdir(2)", "made-dir new") { return worked(mkdir("new", 0755)); }
BEHAVIOUR(mkdir_exists, "mkdir(2) of what is there", "typed dir") { return failed_with(mkdir("dir", 0755), EEXIST); }
BEHAVIOUR(mkdir_in_missing, "mkdir(2) in what is not there", "missing absent/new") { return failed_with(mkdir("absent/new", 0755), ENOENT); }
BEHAVIOUR(mkdirat_new, "mkdirat(2)", "typed dir; made-dir dir/new") {
    int at = open("dir", O_PATH);
    return worked(mkdirat(at, "new", 0755));
}
BEHAVIOUR(rename_new, "rename(2) to a free name", "renamed file new") { return worked(rename("file", "new")); }
BEHAVIOUR(rename_over, "rename(2) over a file", "renamed file other") { return worked(rename("file", "other")); }
BEHAVIOUR(rename_folder, "rename(2) of a folder", "renamed dir new") { return worked(rename("dir", "new")); }
BEHAVIOUR(rename_folder_over, "rename(2) of a folder over an empty one", "renamed dir empty") { return worked(rename("dir", "empty")); }
BEHAVIOUR(rename_link, "rename(2) of a link", "readlink link file; renamed link new") { return worked(rename("link", "new")); }
BEHAVIOUR(rename_missing, "rename(2) of what is not there", "missing absent") { return failed_with(rename("absent", "new"), ENOENT); }
BEHAVIOUR(rename_into_missing, "rename(2) into what is not there", "missing absent/new") { return failed_with(rename("file", "absent/new"), ENOENT); }
BEHAVIOUR(rename_over_full, "rename(2) of a folder over one that is not empty", "listed dir") { return failed_with(rename("empty", "dir"), ENOTEMPTY); }
BEHAVIOUR(renameat_folders, "renameat(2)", "typed dir; typed empty; renamed dir/inner empty/new") {
    int from = open("dir", O_PATH), to = open("empty", O_PATH);
    return worked(renameat(from, "inner", to, "new"));
}
BEHAVIOUR(rename_exchange, "RENAME_EXCHANGE", "renamed file other exchanged") { return worked(renameat2(AT_FDCWD, "file", AT_FDCWD, "other", RENAME_EXCHANGE)); }
BEHAVIOUR(rename_no_replace, "RENAME_NOREPLACE to a free name", "missing new; renamed file new") { return worked(renameat2(AT_FDCWD, "file", AT_FDCWD, "new", RENAME_NOREPLACE)); }
BEHAVIOUR(rename_no_replace_exists, "RENAME_NOREPLACE over a file", "typed other") { return failed_with(renameat2(AT_FDCWD, "file", AT_FDCWD, "other", RENAME_NOREPLACE), EEXIST); }
BEHAVIOUR(rename_whiteout, "RENAME_WHITEOUT", "doubt UNKNOWN_CALL; renamed file new") {
    renameat2(AT_FDCWD, "file", AT_FDCWD, "new", 4 /* RENAME_WHITEOUT */);
    return 1;
}
BEHAVIOUR(write_and_rename, "writes under another name, then renames", "wrote new; renamed new file") {
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    return write(fd, "text", 4) == 4 && worked(rename("new", "file"));
}
BEHAVIOUR(link_new, "link(2)", "linked file new") { return worked(link("file", "new")); }
BEHAVIOUR(link_exists, "link(2) where something is", "typed other") { return failed_with(link("file", "other"), EEXIST); }
BEHAVIOUR(link_missing, "link(2) of what is not there", "missing absent") { return failed_with(link("absent", "new"), ENOENT); }
BEHAVIOUR(link_to_link, "link(2) of a link", "linked link new") { return worked(link("link", "new")); }
BEHAVIOUR(linkat_follow, "linkat(2) that follows", "linked link new") { return worked(linkat(AT_FDCWD, "link", AT_FDCWD, "new", AT_SYMLINK_FOLLOW)); }
BEHAVIOUR(linkat_open, "linkat(2) of an open file", "opened file; linked file new") {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open("file", O_RDONLY));
    return worked(linkat(AT_FDCWD, name, AT_FDCWD, "new", AT_SYMLINK_FOLLOW));
}
BEHAVIOUR(link_then_write, "writes by the second name", "linked file new; wrote new") { return worked(link("file", "new")) && worked(open("new", O_WRONLY)); }
BEHAVIOUR(symlink_new, "symlink(2)", "made-link new file") { return worked(symlink("file", "new")); }
BEHAVIOUR(symlink_dangling, "symlink(2) that leads nowhere", "made-link new absent") { return worked(symlink("absent", "new")); }
BEHAVIOUR(symlink_exists, "symlink(2) where something is", "typed file") { return failed_with(symlink("other", "file"), EEXIST); }
BEHAVIOUR(symlinkat_new, "symlinkat(2)", "typed dir; made-link dir/new inner") {
    int at = open("dir", O_PATH);
    return worked(symlinkat("inner", at, "new"));
}
BEHAVIOUR(symlink_then_open, "opens through a link that it made", "made-link new file; opened new") { return worked(symlink("file", "new")) && worked(open("new", O_RDONLY)); }
BEHAVIOUR(make_fifo, "mkfifo(3)", "made-node new") { return worked(mkfifo("new", 0644)); }
BEHAVIOUR(make_node_file, "mknod(2) of a file", "wrote new") { return worked(mknod("new", S_IFREG | 0644, 0)); }
BEHAVIOUR(make_node_exists, "mknod(2) of what is there", "typed file") { return failed_with(mknod("file", S_IFIFO | 0644, 0), EEXIST); }
BEHAVIOUR(make_node_device, "mknod(2) of a device", "made-node new") {
    mknod("new", S_IFCHR | 0600, makedev(1, 3)); /* only root may */
    return 1;
}
BEHAVIOUR(make_node_at, "mknodat(2)", "typed dir; made-node dir/new") {
    int at = open("dir", O_PATH);
    return worked(mknodat(at, "new", S_IFIFO | 0600, 0));
}
BEHAVIOUR(build_tree, "makes a folder, fills it, and removes all", "made-dir new; wrote new/file; removed new/file; removed new") {
    return worked(mkdir("new", 0755)) && worked(open("new/file", O_CREAT | O_WRONLY, 0644)) && worked(unlink("new/file")) && worked(rmdir("new"));
}
