/* pause before|after IN OUT: says "ready" and its number, waits for SIGUSR1, and reads IN before or after that. */
#include <signal.h>
#include "work.h"

int main(int argc, char **argv) {
    char text[4096] = "";
    sigset_t only;
    int got;
    if (argc != 4) return 2;
    work();
    sigemptyset(&only);
    sigaddset(&only, SIGUSR1);
    sigprocmask(SIG_BLOCK, &only, NULL);
    if (!strcmp(argv[1], "before")) strcpy(text, get_file(argv[2]));
    /* Neither a file nor a pipe, which would be inputs of their own. */
    printf("ready %d\n", getpid());
    fflush(stdout);
    if (sigwait(&only, &got)) fail("sigwait");
    if (!strcmp(argv[1], "after")) strcpy(text, get_file(argv[2]));
    put_file(argv[3], text);
    return 0;
}
