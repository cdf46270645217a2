/* daemon FIFO OUT: leaves a process behind that waits for FIFO and then writes OUT. */
#include "work.h"

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    work();
    if (fork() == 0) {
        setsid();
        if (fork()) _exit(0);
        close(0), close(1), close(2);
        int fifo = open(argv[1], O_RDONLY);
        char byte;
        if (fifo < 0 || read(fifo, &byte, 1) < 0) _exit(1);
        put_file(argv[2], "the daemon worked on\n");
        _exit(0);
    }
    printf("started\n");
    return 0;
}
