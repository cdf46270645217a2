/* signals.c: kill(2) and its like. */
#ifndef FATHOM_SIGNALS_H
#define FATHOM_SIGNALS_H
#include <linux/seccomp.h>

struct process;

void signal_sent(struct process *process, const struct seccomp_notif *notice);
#endif
