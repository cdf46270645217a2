/* The summary of a run by plan: the words and fields of src/cli/summary.ts, for the one
 * case that Node does not see. test/traps/plans.test.ts compares the two. */
#include <stdio.h>
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
    char saved[48];
    uint64_t wall = (uint64_t)(now_ns() - S.started_ns);
    uint64_t saved_ns = S.plan.cpu_ns > wall ? S.plan.cpu_ns - wall : 0;
    if (S.flags & HELLO_JSON) {
        fprintf(stderr, "{\"processes\":%llu,\"replayed\":1,\"ran\":0,\"notStored\":0,\"savedMs\":%llu,\"wallMs\":%llu}\n",
                (unsigned long long)S.processes, (unsigned long long)(saved_ns / NS_PER_MS), (unsigned long long)(wall / NS_PER_MS));
        return;
    }
    if (S.flags & HELLO_QUIET) return;
    duration(saved_ns, saved, sizeof saved);
    fprintf(stderr, "fathom: %llu %s; 1 replayed, 0 run, 0 not stored; saved %s\n", (unsigned long long)S.processes, S.processes == 1 ? "process" : "processes", saved);
}
