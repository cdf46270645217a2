/* env-third: reads its environment through main's third argument, which nobody sees. */
#include "work.h"

int main(int argc, char **argv, char **envp) {
    (void)argc, (void)argv;
    work();
    for (; *envp; envp++)
        if (!strncmp(*envp, "TRAP=", 5)) puts(*envp);
    return 0;
}
