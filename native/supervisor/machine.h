/* machine.c: the machine, and who runs the command. */
#ifndef FATHOM_MACHINE_H
#define FATHOM_MACHINE_H

struct image;
struct strings;

void machine_answers(struct strings *env);
void machine_asked(struct image *image);
void machine_told(struct image *image, const char *name);
#endif
