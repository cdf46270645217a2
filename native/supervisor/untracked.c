/* The command without Fathom, where a place does not let it be observed. Nothing is
 * started beside it: where a call is refused or memory is short, Node does not start either. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "supervisor.h"

extern char **environ;

static const struct { const char *code, *text; } reasons[] = {
#define UNTRACKED(name, code, text) [UNTRACKED_##name] = {code, text},
#include "../untracked.def"
};

void untracked_say(enum untracked reason) {
    char line[512];
    if (S.flags & HELLO_QUIET) return;
    int length = S.flags & HELLO_JSON
        ? snprintf(line, sizeof line, "{\"untracked\":\"%s\"}\n", reasons[reason].code)
        : snprintf(line, sizeof line, "fathom: nothing is cached in this run: %s (%s)\n", reasons[reason].text, reasons[reason].code);
    if (write(2, line, (size_t)length) != length) return; /* nobody reads it: the command goes on all the same */
}

int run_program(void) {
    if (S.program) execve(S.program, S.command, environ);
    else execvp(S.command[0], S.command);
    int code = errno == ENOENT ? 127 : 126;
    fprintf(stderr, "fathom: Cannot run \"%s\": %s\n", S.command[0], strerror(errno));
    return code;
}
