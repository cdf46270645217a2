/* `fathom run`: the command is our own program that starts tasks (src/cli/commands/run.ts),
 * and is told of each process that it starts whether that was replayed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "supervisor.h"

/* Where outcomes are written, one line each; the program reads it by its name. */
#define OUTCOMES_VARIABLE "FATHOM_OUTCOMES"
/* Behind the file's name: what the program would print in a run in which nothing changes. src/run/whole-said.ts */
#define SAID_SUFFIX ".said"
/* Why it would not be the same: what then stands in that file. */
#define STREAM_UNPLANNED 4u
/* In the environment of a task that is to run whatever is stored, and of all that it starts. */
#define UNCACHED_VARIABLE "FATHOM_UNCACHED=1"

/* In the environment of a task of which only a part of what it writes is restored: src/run/limit.ts */
#define OUTPUTS_VARIABLE "FATHOM_OUTPUTS="

static char outcomes[PATH_BYTES_MAX + 32], said[sizeof outcomes + sizeof SAID_SUFFIX];
static int file = -1;
/* As we found it, if standard input is one. */
static struct termios terminal;
static bool has_terminal;

/* Of --cache=local:rw,...: whether what is stored is replayed, and whether anything is stored. What is not named is neither.
 * src/cli/cache-spec.ts reads the same, and refuses what is no such list before anything runs. */
static uint32_t flags_of_cache(const char *list) {
    bool reads = false, writes = false;
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
        if (strncmp(at, "local:", 6)) continue;
        size_t length = strcspn(at, ",");
        reads = memchr(at + 6, 'r', length - 6) != NULL;
        writes = memchr(at + 6, 'w', length - 6) != NULL;
    }
    if (reads) return writes ? 0 : HELLO_READ_ONLY;
    return writes ? HELLO_FORCE : HELLO_NO_CACHE;
}

/* The words behind "run" are the program's own; three of them are ours as well. NULL: no memory. */
char **tasks_command(char **words) {
    size_t count = 0;
    while (words[count]) count++;
    char **command = calloc(count + 3, sizeof *command);
    if (!command) return NULL;
    command[0] = "node";
    command[1] = S.fallback;
    memcpy(command + 2, words, count * sizeof *words);
    S.flags |= HELLO_QUIET | HELLO_TASKS;
    for (char **at = words + 1; *at && strcmp(*at, "--"); at++) {
        if (!strcmp(*at, "--no-cache")) S.flags |= HELLO_NO_CACHE;
        else if (!strcmp(*at, "--force")) S.flags |= HELLO_FORCE;
        else if (!strncmp(*at, "--cache=", 8)) S.flags |= flags_of_cache(*at + 8);
        else if (!strcmp(*at, "--cache") && at[1]) S.flags |= flags_of_cache(*++at);
    }
    return command;
}

static bool begins_file(const char *folder, const char *below) {
    snprintf(outcomes, sizeof outcomes, "%s%s/fathom-outcomes-XXXXXX", folder, below);
    file = mkostemp(outcomes, O_CLOEXEC | O_APPEND);
    return file >= 0;
}

/* Before the command starts. Without a file nobody is told, and nothing else changes. */
void tasks_begin(void) {
    if (!(S.flags & HELLO_TASKS)) return;
    has_terminal = !tcgetattr(0, &terminal);
    if (!begins_file(S.store, "/tmp") && !begins_file(S.temporary, "")) return; /* tasks may clear the latter; a new store has no folder for it */
    snprintf(said, sizeof said, "%s" SAID_SUFFIX, outcomes);
    int empty = open(said, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* ours, before anybody else makes it */
    if (empty >= 0) {
        close(empty);
        setenv(OUTCOMES_VARIABLE, outcomes, 1);
        return;
    }
    unlink(outcomes);
    close(file);
    file = -1;
}

/* A program that was killed could not leave the second screen (src/cli/tui/view.ts) nor make keys what they were. Not later: Node, when
 * it ends, does the latter, and then nothing tells whether there was a view. */
void tasks_gone(void) {
    static const char leave[] = "\033[?1049l\033[?25h";
    struct termios now;
    if (!has_terminal || !WIFSIGNALED(S.root_status) || tcgetattr(0, &now) || !((now.c_lflag ^ terminal.c_lflag) & ICANON)) return;
    tcsetattr(0, TCSADRAIN, &terminal);
    if (write(0, leave, sizeof leave - 1) < 0) return; /* then nobody sees it either */
}

void tasks_end(void) {
    if (file >= 0) unlink(outcomes), unlink(said);
}

void tasks_started(const struct image *image, const struct exec *exec, pid_t pid) {
    if (file < 0 || !image->parent || image->parent->parent || image->parent->leader != S.root) return;
    dprintf(file, "%d %s%s%s\n", (int)pid, image->replayed ? "replayed" : "ran", exec->cause[0] ? " " : "", exec->cause);
    if (exec->planned) node_task_planned(exec);
    if (!image->replayed && !(S.flags & HELLO_NO_CACHE)) node_begin(); /* it is asked what the task relied on and changed */
}

/* The program waits for what Node has to say of its tasks: nothing will come. */
void tasks_alone(void) {
    if (file >= 0) dprintf(file, "0 alone\n");
}

bool tasks_have_said(void) {
    uint32_t head[2]; /* a count; the stream of the first piece */
    int from = file < 0 ? -1 : open(said, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t got = from < 0 ? 0 : read(from, head, sizeof head);
    if (from >= 0) close(from);
    return got >= (ssize_t)sizeof head[0] && (got < (ssize_t)sizeof head || head[1] != STREAM_UNPLANNED);
}

static bool says(const struct exec *exec, const char *beginning) {
    if (!(S.flags & HELLO_TASKS)) return false;
    const char *at = exec->env.bytes;
    for (size_t i = 0; i < exec->env.count; i++, at += strlen(at) + 1)
        if (!strncmp(at, beginning, strlen(beginning))) return true;
    return false;
}

bool tasks_is_uncached(const struct exec *exec) { return says(exec, UNCACHED_VARIABLE); }

bool tasks_is_limited(const struct exec *exec) { return says(exec, OUTPUTS_VARIABLE); }
