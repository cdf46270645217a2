/* What a view without a mount (redirect/) and the guests in it share: the directories in which every name is, in the view,
 * what the kernel finds there. A guest makes its calls in these itself, through the gate; whatever is not in the table goes
 * to the supervisor, who alone writes it. So it may forget, and may never say too much. Of a directory that is real and in one of
 * them all names are what the kernel finds as well, whether it is in the table or not. */
#ifndef FATHOM_SHOWN_H
#define FATHOM_SHOWN_H
#include "arena.h"

#define SHOWN_SLOTS 16384u

struct shown {
    _Atomic uint64_t is_off;  /* somebody in the view has a filter of its own, which knows only its own calls */
    uint64_t gives_directories; /* what a guest opens the supervisor can take a copy of: so it may be a directory */
    _Atomic uint64_t slots[SHOWN_SLOTS]; /* by hash of the path, without a slash at its end; the root is empty */
};
#define SHOWN_BYTES ((sizeof(struct shown) + ARENA_PAGE - 1) / ARENA_PAGE * ARENA_PAGE)

static inline uint64_t shown_hash(const char *path, size_t length) { return arena_hash(path, length, 0) | 1; }
static inline int shown_holds(struct shown *shown, uint64_t hash) { return atomic_load_explicit(&shown->slots[hash % SHOWN_SLOTS], memory_order_acquire) == hash; }
#endif
