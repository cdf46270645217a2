/* env-proc: reads its environment from /proc, where it is a file. */
#include "work.h"

int main(void) {
    work();
    int fd = open("/proc/self/environ", O_RDONLY);
    char text[65536];
    ssize_t got = read(fd, text, sizeof text);
    for (ssize_t at = 0; at < got; at += (ssize_t)strlen(text + at) + 1)
        if (!strncmp(text + at, "TRAP=", 5)) puts(text + at);
    return 0;
}
