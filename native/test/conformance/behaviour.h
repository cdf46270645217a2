/* What a file of behaviours begins with. One behaviour is one thing that a program can do
 * to files, with what the ledger must say of it beside it:
 *
 *   BEHAVIOUR(name, "what it does", "opened file; missing absent") { calls; return it worked; }
 *
 * Expectations are kinds of native/ledger.def with their paths, in any order, separated by
 * semicolons: nothing else may be recorded below the behaviour's folder. "doubt <reason>":
 * the unit is not stored; "denied": the call itself fails. scripts/conformance.ts reads them
 * from the program (`list`), so they need no parser of C.
 *
 * Each behaviour runs in a folder of its own:
 *   file (5 bytes), other (6), dir/inner, empty/, fifo, run (a script), tool (a program),
 *   plain (may be executed, is no program), broken (a script of an interpreter that is not there),
 *   link -> file, dirlink -> dir, dangling -> nowhere
 *
 * Compiled with RAW, the same calls are made by number: calls.h. What only the C library
 * can do is left out there. */
#ifndef CONFORMANCE_BEHAVIOUR_H
#define CONFORMANCE_BEHAVIOUR_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Rows stand without gaps: the linker makes an array of them, aligned as it says below and no more. */
struct behaviour { const char *file, *name, *claim, *expected; int (*body)(void); };

#define BEHAVIOUR(called, claim, expected)                                                                      \
    static int called(void);                                                                                    \
    __attribute__((used, aligned(8), section("behaviours"))) static const struct behaviour row_##called = {                 \
        __FILE__, #called, claim, expected, called};                                                            \
    static int called(void)

/* Did the call give a descriptor, or nought, or bytes? */
static inline int worked(long result) { return result >= 0; }
static inline int failed_with(long result, int error) { return result == -1 && errno == error; }

/* Ends the child at once: no handlers of exit(3), whose output would be the parent's. */
static inline int child_worked(int pid) {
    int status;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
#endif
