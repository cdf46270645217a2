/* close-all OUT: closes every descriptor, then works on. */
#include "work.h"

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    work();
    for (int fd = 0; fd < 1024; fd++) close(fd);
    put_file(argv[1], "made with nothing open\n");
    return 0;
}
