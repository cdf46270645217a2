/* env-behind: finds its environment behind its arguments, as language run-times do. */
#include "work.h"

int main(int argc, char **argv) {
    work();
    for (char **entry = argv + argc + 1; *entry; entry++)
        if (!strncmp(*entry, "TRAP=", 5)) puts(*entry);
    return 0;
}
