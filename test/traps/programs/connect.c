/* connect PORT: opens a TCP connection to this machine. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include "work.h"

int main(int argc, char **argv) {
    work();
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[argc - 1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) printf("refused\n");
    else printf("connected\n");
    return 0;
}
