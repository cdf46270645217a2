/* get-env NAME: asks for one variable. */
#include "work.h"

int main(int argc, char **argv) {
    work();
    const char *value = getenv(argv[argc - 1]);
    printf("%s=%s\n", argv[argc - 1], value ? value : "(not set)");
    return 0;
}
