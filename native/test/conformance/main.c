/* Lists the behaviours, does one, or does many: each in the folder of its name, as a program
 * of its own, so that each has a ledger.
 *   list                            file, name, claim and expectation of each, separated by tabs
 *   <name>                          does it; ends with 0 when the calls worked as they should
 *   all <program> <work> <results>  runs `program <name>` in work/<name> for every folder of work */
#include "behaviour.h"
#include <dirent.h>
#include <limits.h>
#include <sys/syscall.h>

/* A behaviour that hangs has failed. */
#define SECONDS_MAX 30

extern const struct behaviour __start_behaviours[], __stop_behaviours[];

/* Rows of native/syscalls.def that are decided by their number alone. Every argument is -1, which none of
 * them can carry out; the decision is made before the kernel looks. */
#define DOUBT 1
#define DENIED 2
#define PATH 0
#define ALWAYS 0
#define FIRST 0
#define STREAM 0
#define STDIN 0
#define MAP 0
#define STREAM_SEEK 0
#define COPY 0
#define SEND 0
#define DUP 0
#define CLONE 0
#define PRCTL 0
#define SECCOMP 0
#define IOCTL 0
#define RIGHTS 0
#define LOCK 0
#define SIGNAL 0
#define MACHINE 0
#define IGNORED 0
static const struct { const char *name; int number, decision; const char *because; } calls[] = {
#define CALL(name, number, decision, because) {#name, number, decision, because},
#include "../../syscalls.def"
};

static void list(void) {
    for (const struct behaviour *row = __start_behaviours; row < __stop_behaviours; row++)
        printf("%s\t%s\t%s\t%s\n", strrchr(row->file, '/') ? strrchr(row->file, '/') + 1 : row->file, row->name, row->claim, row->expected);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (calls[i].decision == DOUBT) printf("calls by number\tcall_%d\t%s\tdoubt %s\n", calls[i].number, calls[i].name, calls[i].because);
        if (calls[i].decision == DENIED) printf("calls by number\tcall_%d\t%s\tdenied\n", calls[i].number, calls[i].name);
    }
}

static int by_number(int number) {
    long result = syscall(number, -1l, -1l, -1l, -1l, -1l, -1l);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number && calls[i].decision == DENIED) return !failed_with(result, ENOSYS);
    return 0; /* refused for its arguments */
}

static int all(const char *program, const char *work, const char *results) {
    FILE *to = fopen(results, "w");
    struct dirent **names;
    int count = scandir(work, &names, NULL, alphasort);
    if (!to || count < 0) return 1;
    for (int i = 0; i < count; i++) {
        char folder[PATH_MAX];
        int status = 0;
        if (names[i]->d_name[0] == '.') continue;
        snprintf(folder, sizeof folder, "%s/%s", work, names[i]->d_name);
        pid_t child = fork();
        if (child == 0) {
            alarm(SECONDS_MAX);
            if (chdir(folder) == 0) execl(program, program, names[i]->d_name, NULL);
            _exit(127);
        }
        waitpid(child, &status, 0);
        fprintf(to, "%s\t%d\n", names[i]->d_name, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    return fclose(to);
}

int main(int argc, char **argv) {
    if (argc == 5 && !strcmp(argv[1], "all")) return all(argv[2], argv[3], argv[4]);
    if (argc != 2) return 2;
    if (!strcmp(argv[1], "list")) list();
    else if (!strncmp(argv[1], "call_", 5)) return by_number(atoi(argv[1] + 5));
    else {
        for (const struct behaviour *row = __start_behaviours; row < __stop_behaviours; row++)
            if (!strcmp(argv[1], row->name)) return !row->body();
        return 2;
    }
    return 0;
}
