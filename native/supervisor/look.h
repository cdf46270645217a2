/* look.c: what a path says by itself. */
#ifndef FATHOM_LOOK_H
#define FATHOM_LOOK_H
#include <stdbool.h>
#include <sys/stat.h>
#include "supervisor.h"

int64_t lag_ns(int64_t ctime_ns);             /* of a file that changed then */
bool is_the_systems(const char *name);     /* what is written there changes more than the process that writes: settings of the kernel, and of other processes */
void parent_of(const char *name, char into[PATH_BYTES_MAX * 2]); /* of a path with as many bytes at most */
bool is_ours(const struct stat *what);      /* user and group are those of the run */
bool is_in_workspace(const char *name);    /* elsewhere permissions are the machine's, and no facts: a home that may not be written to is none */
bool is_below_a_root(const char *name);    /* of workspace, home and temporary folder */
#endif
