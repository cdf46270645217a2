#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    for (volatile long i = 0; i < 100000000; i++) continue;
    puts(getenv("MOOD") ? getenv("MOOD") : "none");
    return 0;
}
