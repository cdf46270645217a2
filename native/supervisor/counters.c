/* The processor's own counters (instructions, cycles, misses of the last cache), where the kernel grants them: of the first thread of
 * a process, from the first look at it on (took.c), so that short processes cost nothing. Most virtual machines have none. */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "supervisor.h"

static const uint64_t EVENTS[COUNTERS] = {PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_CACHE_MISSES};
static int refused; /* the error of the first try: it will be the same for all others */

static int open_counter(pid_t pid, uint64_t event, int group) {
    struct perf_event_attr what;
    memset(&what, 0, sizeof what);
    what.type = PERF_TYPE_HARDWARE;
    what.size = sizeof what;
    what.config = event;
    what.exclude_kernel = what.exclude_hv = 1; /* all that an ordinary user may count (perf_event_paranoid 2) */
    what.read_format = PERF_FORMAT_GROUP;
    return (int)syscall(SYS_perf_event_open, &what, pid, -1, group, PERF_FLAG_FD_CLOEXEC);
}

/* Source: perf_event_open(2): closing the first one of a group leaves the others alone. */
static void close_counters(struct counters *counters) {
    for (int i = 0; i < COUNTERS; i++)
        if (counters->files[i] > 0) close(counters->files[i]);
    memset(counters->files, 0, sizeof counters->files);
}

void counters_begin(struct counters *counters, pid_t pid) {
    if (counters->files[0] || counters->error) return;
    for (int i = 0; !refused && i < COUNTERS; i++) {
        int file = open_counter(pid, EVENTS[i], i ? counters->files[0] : -1);
        if (file >= 0) counters->files[i] = file;
        else if (errno == ESRCH || errno == EMFILE) break; /* of this one alone */
        else refused = errno;
    }
    counters->error = refused;
    if (!counters->files[COUNTERS - 1]) close_counters(counters);
}

void counters_end(struct counters *counters) {
    uint64_t group[1 + COUNTERS];
    if (!counters->files[0]) return;
    if (read(counters->files[0], group, sizeof group) == sizeof group)
        for (int i = 0; i < COUNTERS; i++) counters->values[i] += group[1 + i];
    close_counters(counters);
}
