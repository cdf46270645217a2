/* lock FILE [once]: has a lock of fcntl(2) on it for half a minute, or says by its exit code whether it could be had. */
#include "work.h"

int main(int argc, char **argv) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file = argc < 2 ? -1 : open(argv[1], O_RDWR);
    if (file < 0) return 2;
    if (fcntl(file, F_SETLK, &lock)) return 1;
    if (argc > 2) return 0;
    printf("held\n");
    fflush(stdout);
    return sleep(30) != 0;
}
