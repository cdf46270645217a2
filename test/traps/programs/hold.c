/* hold OUT: writes half of OUT, says so, and waits for a signal with a child that does the same. */
#include "work.h"

int main(int argc, char **argv) {
    work();
    put_file(argv[argc - 1], "half");
    if (fork() == 0) {
        printf("child %d\n", getpid());
        fflush(stdout);
        for (;;) pause();
    }
    printf("ready %d\n", getpid());
    fflush(stdout);
    for (;;) pause();
}
