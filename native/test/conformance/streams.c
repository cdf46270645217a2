/* Inherited streams: standard input is /dev/null, output and errors are pipes. */
#include "behaviour.h"
#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include "calls.h"

int ioctl(int, unsigned long, ...); /* <sys/ioctl.h> and <asm/termbits.h> do not go together */

BEHAVIOUR(output, "write(2) to standard output", "stream-wrote 1 text") { return write(1, "text", 4) == 4; }
BEHAVIOUR(errors, "write(2) to standard error", "stream-wrote 2 text") { return write(2, "text", 4) == 4; }
BEHAVIOUR(output_vector, "writev(2) to standard output", "stream-wrote 1 textmore") {
    struct iovec pieces[] = {{"text", 4}, {"more", 4}};
    return writev(1, pieces, 2) == 8;
}
BEHAVIOUR(output_by_dup, "standard output by dup(2)", "stream-wrote 7 text") {
    return dup2(1, 7) == 7 && write(7, "text", 4) == 4;
}
BEHAVIOUR(output_by_dup3, "standard output by dup3(2)", "stream-wrote 7 text") {
    return dup3(1, 7, O_CLOEXEC) == 7 && write(7, "text", 4) == 4;
}
BEHAVIOUR(output_by_fcntl, "standard output by F_DUPFD", "stream-wrote 20 text") {
    return fcntl(1, F_DUPFD, 20) == 20 && write(20, "text", 4) == 4;
}
BEHAVIOUR(output_by_name, "standard output by /dev/stdout", "stream-wrote 1 text") {
    int fd = open("/dev/stdout", O_WRONLY);
    return fd > 2 && dup2(fd, 1) == 1 && write(1, "text", 4) == 4;
}
BEHAVIOUR(output_by_descriptor_name, "standard output by /proc/self/fd/1", "stream-wrote 1 text") {
    int fd = open("/proc/self/fd/1", O_WRONLY);
    return fd > 2 && dup2(fd, 1) == 1 && write(1, "text", 4) == 4;
}
BEHAVIOUR(output_of_fork, "a fork writes to standard output", "stream-wrote 1 text") {
    int child = fork();
    if (child == 0) syscall(SYS_exit_group, write(1, "text", 4) != 4);
    return child_worked(child);
}
BEHAVIOUR(output_to_file, "standard output that became a file", "wrote new") {
    int fd = open("new", O_CREAT | O_WRONLY, 0644);
    return dup2(fd, 1) == 1 && write(1, "text", 4) == 4;
}
BEHAVIOUR(output_sendfile, "sendfile(2) to standard output", "opened file; denied") {
    int fd = open("file", O_RDONLY);
    return failed_with(sendfile(1, fd, NULL, 5), EINVAL);
}
BEHAVIOUR(output_splice, "splice(2) to standard output", "denied") {
    int ends[2];
    return pipe(ends) == 0 && write(ends[1], "text", 4) == 4 && failed_with(splice(ends[0], NULL, 1, NULL, 4, 0), EINVAL);
}
BEHAVIOUR(output_tee, "tee(2) to standard output", "denied") {
    int ends[2];
    return pipe(ends) == 0 && write(ends[1], "text", 4) == 4 && failed_with(tee(ends[0], 1, 4, 0), EINVAL);
}
BEHAVIOUR(output_vmsplice, "vmsplice(2) to standard output", "denied") {
    struct iovec piece = {"text", 4};
    return failed_with(vmsplice(1, &piece, 1, 0), EINVAL);
}
BEHAVIOUR(output_copy_range, "copy_file_range(2) to standard output", "opened file; denied") {
    int fd = open("file", O_RDONLY);
    return failed_with(copy_file_range(fd, NULL, 1, NULL, 5, 0), EINVAL);
}
BEHAVIOUR(output_at, "pwrite(2) to standard output", "doubt STREAM_SEEK") {
    return failed_with(pwrite(1, "text", 4, 0), ESPIPE);
}
BEHAVIOUR(input_read, "read(2) of standard input that is /dev/null", "env stdin-is-null") {
    char text[8];
    return read(0, text, sizeof text) == 0;
}
BEHAVIOUR(input_vector, "readv(2) of standard input that is /dev/null", "env stdin-is-null") {
    char text[8];
    struct iovec piece = {text, sizeof text};
    return readv(0, &piece, 1) == 0;
}
BEHAVIOUR(input_map, "mmap(2) of standard input", "env stdin-is-null") {
    return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0) == MAP_FAILED || 1; /* a pipe cannot be mapped, a file can */
}
BEHAVIOUR(asks_machine, "uname(2)", "env uname") {
    struct utsname is;
    return !uname(&is) && *is.release;
}
BEHAVIOUR(output_later, "io_submit(2) to standard output", "doubt STREAM_LOST") {
    unsigned long context = 0;
    struct iocb block = {.aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = 1, .aio_buf = (uintptr_t)"text", .aio_nbytes = 4}, *blocks = &block;
    if (syscall(SYS_io_setup, 1, &context) == -1) return errno == ENOSYS;
    syscall(SYS_io_submit, context, 1, &blocks); /* a pipe has no place to write at */
    return 1;
}
BEHAVIOUR(input_is_terminal, "asks whether standard input is a terminal", "env stdin-is-terminal") {
    struct termios settings;
    return ioctl(0, TCGETS, &settings) == -1;
}
BEHAVIOUR(input_of_output, "read(2) of standard output's pipe", "stream-read 0") {
    char text[8];
    /* The writing end of a pipe cannot be read, but it is asked. */
    return dup2(1, 0) == 0 && failed_with(read(0, text, sizeof text), EBADF);
}

#ifndef RAW
BEHAVIOUR(output_stdio, "printf(3)", "stream-wrote 1 text") { return printf("text") == 4 && fflush(stdout) == 0; }
BEHAVIOUR(output_dprintf, "dprintf(3)", "stream-wrote 1 text") { return dprintf(1, "text") == 4; }
BEHAVIOUR(errors_perror, "perror(3)", "stream-wrote 2 text: Success\\n") {
    errno = 0;
    perror("text");
    return 1;
}
#endif
