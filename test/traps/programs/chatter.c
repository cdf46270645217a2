/* chatter BYTES: writes that many to stdout and to stderr in turns, each its own pattern. */
#include "work.h"

static void put(int fd, const char *at, size_t length) {
    while (length) {
        ssize_t done = write(fd, at, length);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail("write");
        at += done;
        length -= (size_t)done;
    }
}

int main(int argc, char **argv) {
    long left = argc > 1 ? atol(argv[1]) : 0;
    char piece[10000];
    work();
    for (unsigned turn = 0; left > 0; turn++) {
        size_t length = 1 + turn * 7919 % sizeof piece;
        if ((long)length > left) length = (size_t)left;
        for (size_t i = 0; i < length; i++) piece[i] = (char)('a' + (turn + i) % 26);
        put(1, piece, length);
        for (size_t i = 0; i < length; i++) piece[i] = (char)('A' + (turn * 3 + i) % 26);
        put(2, piece, length);
        left -= (long)length;
    }
    return 0;
}
