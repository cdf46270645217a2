/* Private, writable copies of a folder at its own path: how one is entered before the command starts. */
#ifndef FATHOM_VIEW_H
#define FATHOM_VIEW_H
#include <stdbool.h>

/* view.c: a private, writable copy of a folder at its own path. 0 or -errno. */
int view_enter_namespace(bool *as_user);
int view_enter_user_namespace(void);
int view_mount(const char *folder, const char *upper, const char *work, const char *more);
int view_mount_in_memory(const char *folder, const char *memory, bool as_user);
int view_try_outputs(void);
void view_copied(void);                                /* for `fathom --copied` */
bool view_enter(const char *view, const char *folder); /* for `fathom --view`; says itself what went wrong */

/* redirect/enter.c: a view where nothing can be mounted. */
int redirect_possible(void);
bool fixed_begin(const char *word);                        /* redirect/fixed.c: "--redirected-at=<seconds>" */
bool redirect_enter(const char *view, const char *folder); /* for `fathom --redirected`; says itself what went wrong */
bool redirect_tried(void);                                 /* says that it can be */
bool redirect_shows_guest(void);                           /* its library is not among what the view may change */
int redirect_supervise(void);
int redirect_filter_install(void);
#endif
