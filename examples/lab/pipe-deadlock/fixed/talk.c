#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES (1 << 20)

static void send_all(int to) {
    static char bytes[BYTES];
    memset(bytes, 'x', sizeof bytes);
    for (size_t sent = 0; sent < sizeof bytes;) {
        ssize_t put = write(to, bytes + sent, sizeof bytes - sent);
        if (put <= 0) exit(1);
        sent += (size_t)put;
    }
}

static void receive_all(int from) {
    static char bytes[65536];
    for (size_t got = 0; got < BYTES;) {
        ssize_t read_now = read(from, bytes, sizeof bytes);
        if (read_now <= 0) exit(1);
        got += (size_t)read_now;
    }
}

/* One speaks, the other listens; then the other way round. */
int main(void) {
    int question[2], answer[2];
    if (pipe(question) || pipe(answer)) return 1;
    if (fork() == 0) {
        receive_all(question[0]);
        send_all(answer[1]);
        _exit(0);
    }
    send_all(question[1]);
    receive_all(answer[0]);
    wait(NULL);
    return 0;
}
