/* mapped.c: files that somebody changes through a mapping. */
#ifndef FATHOM_MAPPED_H
#define FATHOM_MAPPED_H
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct image;
struct process;

void mapped_begins(struct process *process, const struct seccomp_notif *notice); /* mmap(2) */
bool mapped_is(const struct stat *what);          /* by anybody, now: its state says nothing of its content */
void mapped_is_left(const struct image *image);   /* its last process is about to exit */
void mapped_ends(const struct image *image);      /* no process of it is left; before Node is told so */

void node_mapped(uint32_t image, uint64_t dev, uint64_t ino); /* node.c */
#endif
