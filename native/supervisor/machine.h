/* machine.c: the machine, and who runs the command. */
#ifndef FATHOM_MACHINE_H
#define FATHOM_MACHINE_H

#include <linux/seccomp.h>

struct image;
struct strings;

void machine_answers(struct strings *env);
void machine_called(struct image *image, const struct seccomp_notif *notice);
void machine_told(struct image *image, const char *name);
#endif
