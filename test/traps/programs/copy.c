/* copy FROM TO: as plain a program as there is. */
#include "work.h"

int main(int argc, char **argv) {
    work();
    if (argc != 3) return 2;
    put_file(argv[2], get_file(argv[1]));
    printf("copied %s\n", argv[1]);
    return 0;
}
