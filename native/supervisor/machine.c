/* What a program finds out about the machine and about who runs it. The answers
 * stand beside its variables; that it asked is seen where it calls uname(2), and
 * what that means for which program, Node knows, or where it opens a file in which
 * the kernel tells the same. */

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "machine.h"
#include "supervisor.h"

/* Source: personality(2). */
#define ASKS 0xffffffffu
enum { GROUPS_MAX = 1024, GROUP_CHARACTERS_MAX = 11 };

static char host[sizeof HOST_NAME + 2 * sizeof((struct utsname *)0)->nodename];
static char kernel[sizeof KERNEL + 2 * sizeof((struct utsname *)0)->release];
static char machine[sizeof MACHINE_KIND + sizeof((struct utsname *)0)->machine];
static char user[sizeof USER + (GROUPS_MAX + 5) * GROUP_CHARACTERS_MAX];

static void find_out(void) {
    struct utsname is;
    gid_t groups[GROUPS_MAX];
    if (!uname(&is)) {
        snprintf(host, sizeof host, HOST_NAME "=%s %s", is.nodename, is.domainname);
        snprintf(kernel, sizeof kernel, KERNEL "=%s %s", is.release, is.version);
        snprintf(machine, sizeof machine, MACHINE_KIND "=%s", is.machine);
    }
    int count = getgroups(GROUPS_MAX, groups);
    int at = snprintf(user, sizeof user, USER "=%u %u %u %u %d", getuid(), geteuid(), getgid(), getegid(), count);
    for (int i = 0; i < count; i++) at += snprintf(user + at, sizeof user - (size_t)at, " %u", groups[i]);
}

void machine_answers(struct strings *env) {
    if (!*user) find_out();
    strings_add(env, host);
    strings_add(env, kernel);
    strings_add(env, machine);
    strings_add(env, user);
}

/* uname(2) and personality(2), which says what uname shows (setarch, linux32): then what is started would get other answers alone. */
void machine_called(struct image *image, const struct seccomp_notif *notice) {
    static const char *const times[] = {UNAME_ASKED, UNAME_ASKED "-2", UNAME_ASKED "-3", UNAME_ASKED "-4"};
    if (!image) return;
    if (notice->data.nr == SYS_personality) {
        if ((uint32_t)notice->data.args[0] != ASKS) image->binds = true;
        return;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (record_env(image, times[i])) return;
}

/* Source: proc(5). */
void machine_told(struct image *image, const char *name) {
    static const struct { const char *name, *question; } files[] = {
        {"/proc/sys/kernel/hostname", HOST_NAME}, {"/proc/sys/kernel/domainname", HOST_NAME}, {"/proc/version", KERNEL},
        {"/proc/sys/kernel/osrelease", KERNEL}, {"/proc/sys/kernel/version", KERNEL},
    };
    if (strncmp(name, "/proc/", 6)) return;
    if (strstr(name, "/environ")) record_env_all(image);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!strcmp(name, files[i].name)) record_env(image, files[i].question);
}
