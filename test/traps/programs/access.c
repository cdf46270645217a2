/* access PATH...: whether each may be read and written, by access(2). */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) puts(access(argv[i], R_OK | W_OK) ? "no" : "yes");
    return 0;
}
