/* crowd FOLDERS: threads make a file each in FOLDERS folders below out/, one after the other, and each makes the folder when it is not there. */
#include <pthread.h>
#include "work.h"

static int folders;

static void *make(void *number) {
    char name[64];
    for (int i = 0; i < folders; i++) {
        snprintf(name, sizeof name, "out/%d/%ld", i, (long)number);
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (fd < 0 && errno == ENOENT) {
            char folder[32];
            snprintf(folder, sizeof folder, "out/%d", i);
            if ((mkdir("out", 0755) && errno != EEXIST) || (mkdir(folder, 0755) && errno != EEXIST)) fail(folder);
            fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        }
        if (fd < 0 || close(fd)) fail(name);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[6];
    folders = argc == 2 ? atoi(argv[1]) : 0;
    work();
    for (long i = 0; i < 6; i++) pthread_create(&threads[i], NULL, make, (void *)i);
    for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
    return 0;
}
