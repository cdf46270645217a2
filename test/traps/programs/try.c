/* try FILE: becomes that program, or says that it could not. */
#include "work.h"

int main(int argc, char **argv) {
    work();
    if (argc > 1) execv(argv[1], argv + 1);
    return puts("refused") < 0;
}
