/* late FROM TO: opens FROM, makes TO.opened, and reads FROM a while after that. */
#include "work.h"

int main(int argc, char **argv) {
    static char text[65536], name[4096];
    if (argc != 3) return 2;
    int from = open(argv[1], O_RDONLY);
    if (from < 0) fail(argv[1]);
    work();
    snprintf(name, sizeof name, "%s.opened", argv[2]);
    put_file(name, "");
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    if (read(from, text, sizeof text - 1) < 0) fail(argv[1]);
    put_file(argv[2], text);
    return 0;
}
