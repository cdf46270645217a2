/* nameless OUT: O_TMPFILE, then linkat. */
#include "work.h"

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    work();
    char name[64];
    int fd = open(".", O_TMPFILE | O_WRONLY, 0640);
    if (fd < 0 || write(fd, "nameless\n", 9) != 9) fail("O_TMPFILE");
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, name, AT_FDCWD, argv[1], AT_SYMLINK_FOLLOW)) fail("linkat");
    return 0;
}
