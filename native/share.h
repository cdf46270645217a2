/* Looking at a hundred thousand paths is as many system calls: they are shared out between the
 * processors, by threads that are gone when it is done. For the supervisor and the addon. */
#ifndef FATHOM_SHARE_H
#define FATHOM_SHARE_H
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* So many looks take thirty times as long as a thread (measured: 4 ms and 0.1 ms). */
#define SHARE_MIN 2048u
#define SHARES_MAX 4u

struct worker { pthread_t thread; bool is_started; };

/* 1 where it is not worth a thread. */
static inline size_t shares_of(size_t count) {
    cpu_set_t processors;
    size_t most = count / SHARE_MIN < SHARES_MAX ? count / SHARE_MIN : SHARES_MAX;
    if (most < 2 || sched_getaffinity(0, sizeof processors, &processors)) return 1;
    size_t found = (size_t)CPU_COUNT(&processors);
    return found < 1 ? 1 : found < most ? found : most;
}

static inline struct worker worker_start(void *(*work)(void *), void *share) {
    struct worker worker;
    worker.is_started = pthread_create(&worker.thread, NULL, work, share) == 0;
    return worker;
}

/* Does the work here where no thread could be had. */
static inline void worker_finish(const struct worker *worker, void *(*work)(void *), void *share) {
    if (worker->is_started) pthread_join(worker->thread, NULL);
    else work(share);
}
#endif
