/* Calls that change what a program's children are: a tracer, a filter, namespaces, the rights of another user.
 * Images below are bound: alone they would not do the same, so their units are neither stored nor answered.
 * A unit around all of it may be, where the call itself is no doubt. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "supervisor.h"

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
#define NAMESPACE_FLAGS 0x7e020000u
/* Source: linux/ptrace.h */
#define ATTACH 16
#define SEIZE 0x4206

static void bind_below(struct image *image) {
    if (image) image->binds = true;
}

static const struct { const char *because; enum ledger_reason reason; bool binds; } reasons[] = {
    {"XATTR", LEDGER_REASON_XATTR, false}, {"NAMESPACE", LEDGER_REASON_NAMESPACE, true}, {"HANDLE", LEDGER_REASON_HANDLE, false},
    {"TRACES", LEDGER_REASON_TRACES, true}, {"DESCRIPTORS", LEDGER_REASON_DESCRIPTORS, false},
    {"SHARED_MEMORY", LEDGER_REASON_SHARED_MEMORY, false}, {"KERNEL_STATE", LEDGER_REASON_KERNEL_STATE, true},
};

/* Who is traced, or written to, may do anything. */
static void traces(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    bool attaches = notice->data.nr == SYS_process_vm_writev || (notice->data.nr == SYS_ptrace && (args[0] == ATTACH || args[0] == SEIZE));
    struct process *other = attaches ? process_by_id((pid_t)args[notice->data.nr == SYS_ptrace ? 1 : 0]) : NULL;
    if (!other || !other->image || other->image == process->image) return;
    record_doubt(other->image, LEDGER_REASON_TRACES, "another process traced it");
    bind_below(other->image);
}

void bound_doubt(struct process *process, const struct seccomp_notif *notice, const char *name, const char *because) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (strcmp(reasons[i].because, because)) continue;
        record_doubt(process->image, reasons[i].reason, name);
        if (reasons[i].binds) bind_below(process->image);
        if (reasons[i].reason == LEDGER_REASON_TRACES) traces(process, notice);
    }
}

/* New namespaces; clone's flags are its first argument, those of clone3 lie in memory. */
void bound_clone(struct process *process, const struct seccomp_notif *notice) {
    uint64_t flags = notice->data.args[0];
    if (notice->data.nr == SYS_clone3 && tracee_read((pid_t)notice->pid, notice->data.args[0], &flags, sizeof flags)) return;
    if (flags & NAMESPACE_FLAGS) bound_doubt(process, notice, "clone", "NAMESPACE");
}

/* prctl and seccomp, for the operations that the filter picks. */
void bound_control(struct process *process, const struct seccomp_notif *notice) {
    const uint64_t *args = (const uint64_t *)notice->data.args;
    if (notice->data.nr == SYS_prctl && args[0] == PR_SET_CHILD_SUBREAPER) {
        if (args[1]) record_doubt(process->image, LEDGER_REASON_KERNEL_STATE, "it adopts orphans");
        return;
    }
    if (notice->data.nr == SYS_seccomp || args[0] == PR_SET_SECCOMP) image_filtered(process->image);
    bind_below(process->image);
}

/* The four ids of a line of /proc/PID/status: real, effective, saved, of files. */
static bool ids_of(pid_t tid, const char *line, unsigned ids[4]) {
    char name[64], text[256];
    bool found = false;
    snprintf(name, sizeof name, "/proc/%d/status", tid);
    FILE *file = fopen(name, "re");
    while (file && !found && fgets(text, sizeof text, file))
        found = !strncmp(text, line, strlen(line)) && sscanf(text + strlen(line), "%u %u %u %u", ids, ids + 1, ids + 2, ids + 3) == 4;
    if (file) fclose(file);
    return found;
}

/* setuid(2) and its like: nothing changes when all ids are the one that is asked for. */
static bool keeps_ids(pid_t tid, const struct seccomp_notif *notice) {
    static const struct { int nr; const char *line; int count; } calls[] = {
        {SYS_setuid, "Uid:", 1}, {SYS_setgid, "Gid:", 1}, {SYS_setfsuid, "Uid:", 1}, {SYS_setfsgid, "Gid:", 1}, {SYS_setreuid, "Uid:", 2}, {SYS_setregid, "Gid:", 2}, {SYS_setresuid, "Uid:", 3}, {SYS_setresgid, "Gid:", 3},
    };
    unsigned ids[4];
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (calls[i].nr != notice->data.nr) continue;
        bool keeps = ids_of(tid, calls[i].line, ids) && ids[1] == ids[0] && ids[2] == ids[0] && ids[3] == ids[0];
        for (int which = 0; which < calls[i].count; which++) {
            uint32_t asked = (uint32_t)notice->data.args[which];
            keeps = keeps && (asked == ids[0] || asked == UINT32_MAX);
        }
        return keeps;
    }
    return false; /* setgroups, capset */
}

void bound_rights(struct process *process, const struct seccomp_notif *notice, const char *name) {
    if (keeps_ids((pid_t)notice->pid, notice)) return;
    record_doubt(process->image, LEDGER_REASON_PRIVILEGE, name);
    bind_below(process->image);
}
