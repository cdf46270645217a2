/* signal PID: sends it SIGUSR1. */
#include <signal.h>
#include <stdlib.h>

int main(int argc, char **argv) { return argc == 2 ? kill(atoi(argv[1]), SIGUSR1) != 0 : 2; }
