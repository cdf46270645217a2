/* Changing content by other means than open(2), and through descriptors, maps and the kernel's own copies. */
#include "behaviour.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "calls.h"

BEHAVIOUR(write_new, "writes a new file", "wrote new") {
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    return write(fd, "text", 4) == 4;
}
BEHAVIOUR(write_vector, "writev(2)", "wrote new") {
    struct iovec piece = {"text", 4};
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    return writev(fd, &piece, 1) == 4;
}
BEHAVIOUR(write_at, "pwrite(2)", "wrote file") {
    int fd = open("file", O_WRONLY);
    return pwrite(fd, "T", 1, 0) == 1;
}
BEHAVIOUR(read_back, "reads what it wrote itself", "wrote new; opened new") {
    char text[8];
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    if (write(fd, "text", 4) != 4) return 0;
    int again = open("new", O_RDONLY);
    return read(again, text, sizeof text) == 4;
}
BEHAVIOUR(read_then_write, "reads, then replaces", "opened file; wrote file truncated") { return worked(open("file", O_RDONLY)) && worked(open("file", O_WRONLY | O_TRUNC)); }
BEHAVIOUR(map_read, "reads through a map", "opened file") {
    int fd = open("file", O_RDONLY);
    const char *at = mmap(NULL, 5, PROT_READ, MAP_PRIVATE, fd, 0);
    return at != MAP_FAILED && at[0] == 't';
}
BEHAVIOUR(map_write, "writes through a shared map", "opened file; wrote file") {
    int fd = open("file", O_RDWR);
    char *at = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at != MAP_FAILED && (at[0] = 'T') == 'T';
}
BEHAVIOUR(truncate_path, "truncate(2)", "wrote file") { return worked(truncate("file", 2)); }
BEHAVIOUR(truncate_to_nothing, "truncate(2) to nothing", "wrote file truncated") { return worked(truncate("file", 0)); }
BEHAVIOUR(truncate_missing, "truncate(2) of what is not there", "missing absent") { return failed_with(truncate("absent", 0), ENOENT); }
BEHAVIOUR(truncate_open, "ftruncate(2)", "wrote file") {
    int fd = open("file", O_WRONLY);
    return worked(ftruncate(fd, 2));
}
BEHAVIOUR(allocate, "fallocate(2)", "wrote file") {
    int fd = open("file", O_WRONLY);
    return worked(fallocate(fd, 0, 0, 100));
}
BEHAVIOUR(punch_hole, "fallocate(2) that punches a hole", "wrote file") {
    int fd = open("file", O_WRONLY);
    fallocate(fd, 3 /* FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE */, 0, 2);
    return 1;
}
BEHAVIOUR(copy_in_kernel, "copy_file_range(2)", "opened file; wrote new") {
    int from = open("file", O_RDONLY), to = open("new", O_CREAT | O_WRONLY, 0644);
    return copy_file_range(from, NULL, to, NULL, 5, 0) == 5;
}
BEHAVIOUR(send_file, "sendfile(2)", "opened file; wrote new") {
    int from = open("file", O_RDONLY), to = open("new", O_CREAT | O_WRONLY, 0644);
    return sendfile(to, from, NULL, 5) == 5;
}
BEHAVIOUR(splice_files, "splice(2) through a pipe", "opened file; wrote new") {
    int ends[2], from = open("file", O_RDONLY), to = open("new", O_CREAT | O_WRONLY, 0644);
    return pipe(ends) == 0 && splice(from, NULL, ends[1], NULL, 5, 0) == 5 && splice(ends[0], NULL, to, NULL, 5, 0) == 5;
}
BEHAVIOUR(splice_memory, "vmsplice(2), tee(2), then a file", "wrote new") {
    struct iovec piece = {"text", 4};
    int one[2], two[2], to = open("new", O_CREAT | O_WRONLY, 0644);
    return pipe(one) == 0 && pipe(two) == 0 && vmsplice(one[1], &piece, 1, 0) == 4 && tee(one[0], two[1], 4, 0) == 4 && splice(two[0], NULL, to, NULL, 4, 0) == 4;
}
BEHAVIOUR(clone_content, "FICLONE", "opened file; wrote new") {
    int from = open("file", O_RDONLY), to = open("new", O_CREAT | O_WRONLY, 0644);
    ioctl(to, FICLONE, from);
    return from >= 0 && to >= 0;
}
BEHAVIOUR(private_memory, "fills a memory file from a file", "opened file") {
    int from = open("file", O_RDONLY), to = memfd_create("private", 0);
    return sendfile(to, from, NULL, 5) == 5;
}
BEHAVIOUR(write_through_duplicate, "writes through a duplicated descriptor", "wrote new") {
    int fd = dup(open("new", O_CREAT | O_WRONLY, 0644));
    return write(fd, "text", 4) == 4;
}
BEHAVIOUR(write_after_unlink, "writes a file that has no name any more", "wrote new; removed new") {
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    return worked(unlink("new")) && write(fd, "text", 4) == 4;
}
BEHAVIOUR(write_after_rename, "writes a file that was renamed", "wrote new; renamed new newer") {
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    return worked(rename("new", "newer")) && write(fd, "text", 4) == 4;
}
BEHAVIOUR(write_in_fork, "a fork writes", "wrote new") {
    int child = fork();
    if (child == 0) syscall(SYS_exit_group, !worked(open("new", O_CREAT | O_WRONLY, 0644)));
    return child_worked(child);
}

#ifndef RAW
#include <pthread.h>
static void *opens_new(void *unused) { return (void)unused, (void *)(intptr_t)open("new", O_CREAT | O_WRONLY, 0644); }
BEHAVIOUR(write_in_thread, "a thread writes", "wrote new") {
    pthread_t thread;
    void *fd;
    return pthread_create(&thread, NULL, opens_new, NULL) == 0 && pthread_join(thread, &fd) == 0 && (intptr_t)fd >= 0;
}
BEHAVIOUR(stdio_read, "fopen(3) for reading", "opened file") { return fopen("file", "r") != NULL; }
BEHAVIOUR(stdio_missing, "fopen(3) of what is not there", "missing absent") { return fopen("absent", "r") == NULL; }
BEHAVIOUR(stdio_write, "fopen(3) for writing", "wrote new truncated") {
    FILE *file = fopen("new", "w");
    return file && fputs("text", file) >= 0 && fclose(file) == 0;
}
BEHAVIOUR(stdio_append, "fopen(3) to append", "wrote file") {
    FILE *file = fopen("file", "a");
    return file && fputs("text", file) >= 0 && fclose(file) == 0;
}
BEHAVIOUR(stdio_update, "fopen(3) for update", "opened file; wrote file") { return fopen("file", "r+") != NULL; }
BEHAVIOUR(stdio_reopen, "freopen(3)", "opened file; opened other") {
    FILE *file = fopen("file", "r");
    return file && freopen("other", "r", file) != NULL;
}
BEHAVIOUR(make_temporary, "mkstemp(3)", "wrote temporary-XXXXXX; removed temporary-XXXXXX") {
    char name[] = "temporary-XXXXXX";
    return worked(mkstemp(name)) && worked(unlink(name));
}
BEHAVIOUR(make_temporary_folder, "mkdtemp(3)", "made-dir temporary-XXXXXX; removed temporary-XXXXXX") {
    char name[] = "temporary-XXXXXX";
    return mkdtemp(name) && worked(rmdir(name));
}
BEHAVIOUR(allocate_portably, "posix_fallocate(3)", "wrote file") { return posix_fallocate(open("file", O_WRONLY), 0, 100) == 0; }
BEHAVIOUR(remove_any, "remove(3) of a file and of an empty folder", "removed file; typed empty; removed empty") { return worked(remove("file")) && worked(remove("empty")); }
#endif
