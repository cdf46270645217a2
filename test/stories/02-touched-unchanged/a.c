#include <immintrin.h> /* what takes a compiler less than 10 ms is not stored */
int a;
