#include <stdio.h>
#include <stdlib.h>

#define SIDE 4096

/* Row by row, as the array lies. */
int main(void) {
    int *cells = malloc(sizeof(int) * SIDE * SIDE);
    long sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++) cells[i] = i & 7;
    for (int again = 0; again < 2; again++)
        for (int row = 0; row < SIDE; row++)
            for (int column = 0; column < SIDE; column++) sum += cells[row * SIDE + column];
    printf("%ld\n", sum);
    free(cells);
    return 0;
}
