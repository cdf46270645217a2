#include <stdio.h>
#include <a.h>

int main(void)
{
    printf("%d\n", N);
    return 0;
}
