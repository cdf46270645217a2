/* The summary of a run without Node: the words and fields of src/cli/summary.ts, for the one
 * case that Node does not see. test/traps/plans.test.ts compares the two. */
#include <stdio.h>
#include <string.h>
#include "supervisor.h"

#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

static void duration(uint64_t ns, char *into, size_t room) {
    unsigned long long s = ns / NS_PER_S;
    if (ns < NS_PER_S) snprintf(into, room, "%llu ms", (unsigned long long)(ns / NS_PER_MS));
    else if (ns < 60 * NS_PER_S) snprintf(into, room, "%llu.%llu s", s, (unsigned long long)(ns / (NS_PER_S / 10) % 10));
    else snprintf(into, room, "%llu min %llu s", s / 60, s % 60);
}

void summary_print(void) {
    char saved[64] = "; saved ";
    uint64_t wall = (uint64_t)(now_ns() - S.started_ns);
    if (S.flags & HELLO_JSON) {
        fprintf(stderr, "{\"processes\":%llu,\"replayed\":%u,\"ran\":0,\"notStored\":0,\"savedMs\":%llu,\"wallMs\":%llu,\"ownMs\":%llu}\n",
                (unsigned long long)S.processes, S.replayed, (unsigned long long)(S.saved_ns / NS_PER_MS), (unsigned long long)(wall / NS_PER_MS),
                (unsigned long long)(own_cpu_ns() / NS_PER_MS));
        return;
    }
    if (S.flags & HELLO_QUIET) return;
    duration(S.saved_ns, saved + strlen(saved), sizeof saved - strlen(saved));
    fprintf(stderr, "fathom: %llu %s; %u replayed, 0 run, 0 not stored%s\n", (unsigned long long)S.processes, S.processes == 1 ? "process" : "processes", S.replayed, S.replayed ? saved : "");
}
