/* env-array: reads its environment through `environ`, which nobody sees. */
#include "work.h"

extern char **environ;

int main(void) {
    work();
    for (char **entry = environ; *entry; entry++)
        if (!strncmp(*entry, "TRAP=", 5)) puts(*entry);
    return 0;
}
