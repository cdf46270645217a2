/* into-place IN OUT: writes a random temporary name beside OUT and renames it into place. */
#include "work.h"

int main(int argc, char **argv) {
    char name[4096];
    if (argc != 3) return 2;
    work();
    snprintf(name, sizeof name, "%s.XXXXXX", argv[2]);
    int fd = mkstemp(name);
    const char *text = get_file(argv[1]);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, 0644) || close(fd) || rename(name, argv[2])) fail(name);
    return 0;
}
