/* meet NAME COUNT: returns when so many of that name have come. By semaphores, so that no file tells who came when. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>

int main(int argc, char **argv) {
    const char *run = getenv("MEETING");
    if (argc != 3 || !run) return 2;
    unsigned key = 5381;
    for (const char *at = run; *at; at++) key = key * 33 + (unsigned char)*at;
    for (const char *at = argv[1]; *at; at++) key = key * 33 + (unsigned char)*at;
    short count = (short)atoi(argv[2]);
    int set = semget((key_t)(key << 1 | 1), 2, IPC_CREAT | 0600);
    struct sembuf come = {0, 1, 0}, pass = {0, (short)-count, 0}, leave[] = {{0, count, 0}, {1, 1, 0}};
    if (set < 0 || semop(set, &come, 1) || semop(set, &pass, 1) || semop(set, leave, 2)) {
        perror("meet");
        return 1;
    }
    if (semctl(set, 1, GETVAL) == count) semctl(set, 0, IPC_RMID); /* the last one */
    return 0;
}
