/* mapped IN OUT: reads and writes through mappings, after the descriptors are closed. */
#include "work.h"

int main(int argc, char **argv) {
    struct stat what;
    if (argc != 3) return 2;
    work();
    int in = open(argv[1], O_RDONLY), out = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (in < 0 || out < 0 || fstat(in, &what) || ftruncate(out, what.st_size)) fail("open");
    size_t size = (size_t)what.st_size;
    char *from = mmap(NULL, size, PROT_READ, MAP_PRIVATE, in, 0), *to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
    if (from == MAP_FAILED || to == MAP_FAILED) fail("mmap");
    close(in);
    close(out);
    for (size_t i = 0; i < size; i++) to[i] = from[size - 1 - i];
    return 0;
}
