/* allocate FILE: takes as many bytes of memory as stand in FILE, where it may have a few hundred million. */
#include <stdlib.h>
#include <sys/resource.h>
#include "work.h"

int main(int argc, char **argv) {
    struct rlimit most = {400u << 20, 400u << 20};
    if (argc != 2 || setrlimit(RLIMIT_AS, &most)) return 2;
    work();
    if (!malloc(strtoull(get_file(argv[1]), NULL, 10))) {
        perror("allocate");
        return 1;
    }
    return 0;
}
