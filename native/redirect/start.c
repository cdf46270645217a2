/* Programs that are started. The kernel reads a program's path itself, so one that it would not find is started from here,
 * by its real name. Of a script the kernel would tell its interpreter that name; so it is the interpreter that is started,
 * with the words the kernel would add (execve(2)) and the script's name as the caller wrote it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/binfmts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "redirect.h"

/* Source: fs/exec.c: five programs, each the interpreter of the one before; binfmt_script.c: 256 bytes. */
enum { SCRIPTS_MAX = 5, HEAD_BYTES = 256 };

struct start {
    struct place place;       /* of the program that is run in the end */
    bool is_kernels;          /* the kernel would come to the same */
    bool refuses_guest;       /* it is started without our library (preload.c) */
    bool is_script;
    char words[SCRIPTS_MAX * 2 + 1][PATH_BYTES_MAX]; /* in front of the arguments but the first, last word first */
    size_t count;
};

static ssize_t head_of(const struct place *place, char head[HEAD_BYTES + 1]) {
    char name[PATH_BYTES_MAX];
    real_path(place, name);
    int file = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t got = file < 0 ? 0 : pread(file, head, HEAD_BYTES, 0); /* may be executed and not read: then it is no script */
    if (file >= 0) close(file);
    head[got < 0 ? 0 : got] = 0;
    return got < 0 ? 0 : got;
}

static bool add(struct start *start, const char *word) {
    if (start->count == sizeof start->words / sizeof *start->words) return false;
    strcpy(start->words[start->count++], word);
    return true;
}

/* "#! interpreter one argument", as binfmt_script.c reads it. False: there is no interpreter. */
static bool parse(char *head, char **interpreter, char **argument) {
    char *end = strchr(head, '\n');
    if (end) *end = 0;
    else end = head + strlen(head);
    while (end > head && (end[-1] == ' ' || end[-1] == '\t')) *--end = 0;
    *interpreter = head + 2 + strspn(head + 2, " \t");
    char *behind = *interpreter + strcspn(*interpreter, " \t");
    *argument = behind + strspn(behind, " \t");
    *behind = 0;
    return **interpreter != 0;
}

static int find(pid_t tid, int dirfd, const char *text, unsigned flags, struct start *start) {
    char real[PATH_BYTES_MAX];
    walk(tid, dirfd, text, flags, &start->place);
    if (start->place.error) return start->place.error;
    if (start->place.differs) start->is_kernels = false;
    if (start->place.is_magic) return 0;
    if (S_ISLNK(start->place.what.st_mode)) return -ELOOP;
    if (!S_ISREG(start->place.what.st_mode)) return -EACCES;
    real_path(&start->place, real);
    return faccessat(AT_FDCWD, real, X_OK, AT_EACCESS) ? -errno : bring(&start->place);
}

static int resolve(const struct asked *asked, int dirfd, const char *text, unsigned flags, struct start *start) {
    char head[HEAD_BYTES + 1], name[PATH_BYTES_MAX], *interpreter, *argument;
    start->is_kernels = true;
    start->is_script = false;
    start->count = 0;
    strcpy(name, text);
    int failed = find(asked->tid, dirfd, text, flags, start);
    for (int depth = 0; !failed && !start->place.is_magic; depth++) {
        if (head_of(&start->place, head) < 3 || head[0] != '#' || head[1] != '!') return !start->is_script || add(start, name) ? 0 : -ELOOP;
        if (depth == SCRIPTS_MAX) return -ELOOP;
        if (!parse(head, &interpreter, &argument)) return -ENOEXEC;
        start->is_script = true;
        if (!add(start, name) || (*argument && !add(start, argument))) return -ELOOP;
        strcpy(name, interpreter);
        failed = find(asked->tid, AT_FDCWD, interpreter, WALK_FOLLOW, start);
    }
    if (!failed && start->is_script) return -EACCES;
    return failed;
}

/* The environment without our library, behind what is laid out already. False: no room. */
static bool lay_out_environment(pid_t tid, char *bytes, size_t *used, uint64_t room, uint64_t *env) {
    static char text[PATH_BYTES_MAX * 2];
    size_t at = (*used + 7) / 8 * 8, count = 0;
    uint64_t *entries = (uint64_t *)(bytes + at);
    do {
        if (at + (count + 1) * 8 + sizeof text > INJECT_ROOM_BYTES / 2 || tracee_read(tid, *env + count * 8, &entries[count], 8)) return false;
    } while (entries[count++]);
    *used = at + count * 8;
    *env = room + at;
    for (size_t i = 0; i + 1 < count; i++) {
        if (tracee_path(tid, entries[i], text) || strncmp(text, "LD_PRELOAD=", 11)) continue;
        char *ours = strstr(text, S.guest); /* the last: main.c puts it there */
        if (ours == text + 11) memmove(entries + i, entries + i + 1, (count - i - 1) * 8);
        else if (ours) {
            ours[-1] = 0;
            entries[i] = room + *used;
            *used += strlen(strcpy(bytes + *used, text)) + 1;
        }
        break;
    }
    return true;
}

/* Its words, in memory of the process: the cookie that is there, the array, the texts. 0: no room. */
static uint64_t lay_out(struct injected *injected, pid_t tid, const struct start *start, const char *program, uint64_t argv, uint64_t *array, uint64_t *env) {
    static char bytes[INJECT_ROOM_BYTES];
    uint64_t room = inject_room(injected), pointer;
    uint64_t *pointers = (uint64_t *)(bytes + 8);
    size_t count = start->count, front = start->count, texts;
    if (!room) return 0;
    for (size_t i = argv ? 1 : 0; start->is_script && argv; i++) {
        if (8 + (count + 2) * 8 + (start->count + 1) * PATH_BYTES_MAX > sizeof bytes / 2) return 0;
        if (i == 1 && (tracee_read(tid, argv, &pointer, 8) || pointer == 0)) break; /* no words at all */
        if (tracee_read(tid, argv + i * 8, &pointer, 8) || pointer == 0) break;
        pointers[count++] = pointer;
    }
    pointers[count] = 0;
    texts = 8 + (count + 1) * 8;
    for (size_t i = 0; i < front; i++) {
        const char *word = start->words[front - 1 - i];
        pointers[i] = room + texts;
        texts += strlen(strcpy(bytes + texts, word)) + 1;
    }
    uint64_t at = room + texts;
    texts += strlen(strcpy(bytes + texts, program)) + 1;
    *array = start->is_script ? room + 8 : argv;
    if (start->refuses_guest && *env && !lay_out_environment(tid, bytes, &texts, room, env)) return 0;
    return tracee_fill(tid, room + 8, bytes + 8, texts - 8) ? 0 : at;
}

void starts(const struct asked *asked) {
    static struct start start;
    char text[PATH_BYTES_MAX], program[PATH_BYTES_MAX];
    bool is_at = asked->notice->data.nr == SYS_execveat;
    uint64_t flags = is_at ? arg(asked, 4) : 0, argv = arg(asked, is_at ? 2 : 1), env = arg(asked, is_at ? 3 : 2), array = argv;
    int failed = tracee_path(asked->tid, arg(asked, is_at ? 1 : 0), text);
    if (failed) return answer(asked, failed);
    if (text[0] == 0 && flags & AT_EMPTY_PATH) return pass(asked); /* what is open */
    failed = resolve(asked, is_at ? (int)arg(asked, 0) : AT_FDCWD, text, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &start);
    if (failed) return answer(asked, failed);
    real_path(&start.place, program);
    start.refuses_guest = !start.place.is_magic && preload_refused(program, &start.place.what);
    if ((start.is_kernels && !start.refuses_guest) || start.place.is_magic) return pass(asked);
    struct injected *injected;
    failed = inject_begin(asked, &injected);
    if (failed) return answer(asked, -EACCES);
    uint64_t at = lay_out(injected, asked->tid, &start, program, argv, &array, &env);
    const uint64_t args[6] = {at, array, env, R.cookie};
    failed = at ? inject_exec(injected, args) : -ENOMEM;
    if (failed) inject_end(injected, failed);
}
