#include <stdio.h>
#include <a.h>
#include "version.h"

int main(void)
{
    printf("%d %s\n", N, VERSION);
    return 0;
}
