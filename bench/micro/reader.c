/* Reads files 0 to N-1 of a folder, a hundred in each folder below it, and writes how
 * many bytes they have into a file. Long enough to be worth an entry. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char path[4096], bytes[64];
    long count, total = 0;
    if (argc != 4) return 2;
    count = atol(argv[2]);
    for (long i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%ld/%ld", argv[1], i / 100, i);
        int file = open(path, O_RDONLY);
        if (file < 0) return 1;
        total += read(file, bytes, sizeof bytes);
        close(file);
    }
    while (clock() < CLOCKS_PER_SEC / 20) continue;
    FILE *out = fopen(argv[3], "w");
    return !out || fprintf(out, "%ld\n", total) < 0 || fclose(out) != 0;
}
