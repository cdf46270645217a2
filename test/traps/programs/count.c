/* count ARGUMENT...: how many bytes of arguments there are. */
#include "work.h"

int main(int argc, char **argv) {
    size_t bytes = 0;
    work();
    for (int i = 1; i < argc; i++) bytes += strlen(argv[i]) + 1;
    printf("%d arguments, %zu bytes\n", argc - 1, bytes);
    return 0;
}
