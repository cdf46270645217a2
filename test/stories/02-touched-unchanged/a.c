#include "work.h"
int a;
