/* The replayer: what a process becomes whose unit is found in the store. It asks the
 * supervisor for the recorded output and the exit code, writes the one and exits with
 * the other. No C library: it starts as often as a build has units, so it must start fast.
 * Output: (u32 stream, u32 length, bytes)*, see docs/reference/entry-format.md. */
#include <asm/unistd.h>
#include <poll.h>
#include <stdint.h>
#include "arena.h"

#define BUFFER_BYTES 65536
static char buffer[BUFFER_BYTES];

static long call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

/* Of a call that the supervisor is asked about there is no answer when that was killed. */
static void leave(int code) {
    call(__NR_exit_group, code, 0, 0);
    for (;;) call(__NR_kill, call(__NR_getpid, 0, 0, 0), 9 /* SIGKILL */, 0);
}

/* The reader may be slow and the stream non-blocking: wait, as a blocking write would. */
static void write_whole(int stream, const char *bytes, long length) {
    while (length > 0) {
        long put = call(__NR_write, stream, (long)bytes, length);
        if (put == -11 /* EAGAIN */) {
            struct pollfd ready = {stream, POLLOUT, 0};
            call(__NR_poll, (long)&ready, 1, -1);
            continue;
        }
        if (put == -4 /* EINTR */) continue;
        if (put <= 0) return; /* the stream is gone: as a program that does not look */
        bytes += put;
        length -= put;
    }
}

static int read_whole(int file, char *into, long length) {
    while (length > 0) {
        long got = call(__NR_read, file, (long)into, length);
        if (got <= 0) return 0;
        into += got;
        length -= got;
    }
    return 1;
}

__attribute__((used)) static void replay(void) {
    call(__NR_arch_prctl, 0x1002 /* ARCH_SET_FS: announces a new image */, 0, 0);
    long answer = call(FATHOM_CALL, FATHOM_REPLAY, 0, 0);
    if (answer < 0) leave(126);
    int file = (int)(answer & 0xffff);
    uint32_t head[2];
    while (file != 0xffff && read_whole(file, (char *)head, sizeof head)) {
        while (head[1] > 0) {
            uint32_t piece = head[1] < BUFFER_BYTES ? head[1] : BUFFER_BYTES;
            if (!read_whole(file, buffer, piece)) leave(126);
            write_whole((int)head[0], buffer, piece);
            head[1] -= piece;
        }
    }
    leave((int)(answer >> 16 & 0xff));
}

__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n and $-16, %rsp\n call replay\n");
