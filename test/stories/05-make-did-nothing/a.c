#include "lib.h"
#include <stdio.h>

int main(void)
{
    printf("%d\n", number());
    return 0;
}
