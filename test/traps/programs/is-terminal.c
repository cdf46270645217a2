/* is-terminal: says which of its streams are terminals. */
#include "work.h"

int main(void) {
    work();
    printf("%d%d%d\n", isatty(0), isatty(1), isatty(2));
    return 0;
}
