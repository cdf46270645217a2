/* who: tells whose rights it has, and what it may not do. */
#include <sys/socket.h>
#include "work.h"

int main(void) {
    work();
    printf("user %d\n", (int)geteuid());
    printf("socket %s\n", socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? strerror(errno) : "made");
    return 0;
}
