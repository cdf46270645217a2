#include "a.h"
int value(void) { return VALUE; }
