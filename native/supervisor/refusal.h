/* Calls that fail because we say so: there is no folder to make something in, nothing to give another name, or nobody may write. A
 * thread that was let go to make that otherwise may come to it before this call is made, which then would do what nobody recorded. */
#ifndef FATHOM_REFUSAL_H
#define FATHOM_REFUSAL_H
#include "supervisor.h"

/* By errno, as looking has left it. Who is elsewhere (another root, other rights) finds out. */
void refuse(const struct image *image);
void refuse_with(int error);
bool is_refused(void);
/* Names may not be changed where this one is. Recorded, and refused. */
bool is_denied(struct image *image, const char *name);
/* The file may not be written to. Likewise. */
bool is_read_only(struct image *image, const struct stat *what, const char *name);
/* So is access(2), by what no fact tells: the permissions of a folder, or whose a file is. */
bool is_forbidden(const struct stat *what, const char *name, int how);
/* Who is not root may not change what belongs to it. */
bool is_somebody_elses(const struct stat *what, const char *name);
/* Answers, once the call has been looked at. */
bool says_refused(uint64_t id);
#endif
