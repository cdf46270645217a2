/* deep: a file whose name from the root has more than 4000 bytes, made, read back and its folder listed. */
#include <dirent.h>
#include "work.h"

int main(void) {
    char path[4096], name[256];
    work();
    if (!getcwd(path, sizeof path)) fail("getcwd");
    memset(name, 'd', 200);
    name[200] = 0;
    while (strlen(path) + 1 + 200 + 1 + 8 < 4090) {
        strcat(strcat(path, "/"), name);
        if (mkdir(path, 0755) && errno != EEXIST) fail("mkdir");
    }
    strcat(path, "/");
    while (strlen(path) < 4090) strcat(path, "f");
    put_file(path, "deep\n");
    printf("%zu %s", strlen(path), get_file(path));
    return 0;
}
