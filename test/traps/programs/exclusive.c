/* exclusive OUT: makes OUT, which must not be there. */
#include "work.h"

int main(int argc, char **argv) {
    work();
    int fd = open(argv[argc - 1], O_WRONLY | O_CREAT | O_EXCL | O_TRUNC, 0644);
    puts(fd < 0 ? "was there" : "made");
    return 0;
}
