/* The arena: one memory file a run, shared by the supervisor and every guest.
 * It holds the head (counters and two small tables) and chunks, each of which
 * belongs to one program image. Everything here is written by several processes
 * at once, so every shared word is atomic and nothing is ever locked. */
#ifndef FATHOM_ARENA_H
#define FATHOM_ARENA_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "ledger.h"

/* The system call that no kernel has: a guest's question to the supervisor.
 * Outside Fathom it fails with ENOSYS. Arguments: operation, then its own. */
#define FATHOM_CALL 19041
enum fathom_operation {
    FATHOM_PING = 1,     /* is there a supervisor? answers FATHOM_PONG */
    FATHOM_GROW = 3,     /* (image, page of the chunk that is full): answers (chunk page << 16 | descriptor of the arena) */
    FATHOM_REPLAY = 4,   /* the replayer starts: answers (exit code << 16 | descriptor of the streams, or 0xffff) */
    FATHOM_PRESERVE = 5, /* (image, path): answered when the file may be changed */
    FATHOM_OPENED = 6,   /* (image, path, record flags): it was opened for reading and is no regular file */
};
#define FATHOM_PONG 0x7a1d
/* A guest starts with openat(2) of this directory descriptor, which no process has: a call that
 * every loader makes, so a filter that a program brings lets it pass. The fourth argument is where
 * the page of the chunk goes; the result is a descriptor of the arena. */
#define FATHOM_START_DIRFD (-19041)
/* A third argument and a fourth in execve(2) that only a guest passes: "I can be told to exec the replayer". */
#define FATHOM_EXEC_MARK 0x66617468656f6dll
/* What such an exec is answered when the unit is replayed. Not an errno of any kernel. */
#define FATHOM_EXEC_REPLAY 3999

/* The gate: `syscall; ret` at this address in every tapped process; the filter
 * lets file calls from here pass. Below what programs and sanitizers map. */
#define GATE_ADDRESS 0x6fff0000ull

#define ARENA_PAGE 4096u
/* Source: a cc1 run of 150 KB of headers writes 40 KiB of records. */
#define ARENA_CHUNK_BYTES (256u * 1024)
#define ARENA_SEEN_BITS (1u << 20)
#define ARENA_MADE_SLOTS 8192u
/* Source: a task that clears and writes 300 files marks 1,000 hashes while the one before it, with 60 folders, waits to be stored. */
#define ARENA_CHANGED_BITS 18
#define ARENA_CHANGED_SLOTS (1u << ARENA_CHANGED_BITS)
#define ARENA_CHANGED_EACH 3u
#define ARENA_CHANGED_AT 209408u
#define ARENA_PATH_MAX 4096u
/* Source: shells and editors leak a handful. */
#define ARENA_LEAKED_MAX 16u

struct arena_head {
    _Atomic uint64_t seq;             /* the next record's place in the order of the run */
    _Atomic uint64_t outside_writes;  /* changes outside workspace, home and temporary folder */
    _Atomic uint64_t processes;       /* seen so far; `fathom status` reads it (src/explain/live/fathoms.ts) */
    uint64_t unused[28];
    uint64_t leaked_count;
    struct { uint64_t dev, ino; } leaked[ARENA_LEAKED_MAX]; /* open files the command got from outside besides the three streams */
    char workspace[ARENA_PATH_MAX], home[ARENA_PATH_MAX], temporary[ARENA_PATH_MAX];
    /* One bit a file (by device and inode) or path that any process opened or wrote. */
    _Atomic uint64_t seen[ARENA_SEEN_BITS / 64];
    /* path hash (24 bits) << 40 | seq: when a path was last made from nothing. Lossy on purpose. */
    _Atomic uint64_t made[ARENA_MADE_SLOTS];
    /* By path hash and by file hash, in ARENA_CHANGED_EACH places each: the least of them is the place in the order behind which nothing of
     * that hash was changed, or a later one. src/tap/arena.ts reads it. */
    _Atomic uint64_t changed[ARENA_CHANGED_SLOTS];
};
_Static_assert(offsetof(struct arena_head, changed) == ARENA_CHANGED_AT, "where src/tap/arena.ts looks");
#define ARENA_HEAD_BYTES ((sizeof(struct arena_head) + ARENA_PAGE - 1) / ARENA_PAGE * ARENA_PAGE)

#define CHUNK_STREAMS_MAX 16u
#define CHUNK_SMALL_SLOTS 440u
#define CHUNK_LARGE_SLOTS 8192u

enum arena_environment {
    ENVIRONMENT_ALL = 0,     /* any may have been read unseen */
    ENVIRONMENT_ASKED = 1,   /* the program asks with getenv and nothing else */
    ENVIRONMENT_WATCHED = 2, /* so it is while the pages at `environment_at` stay untouched */
};

/* A chunk's first page. Records follow from `records_at`. */
struct chunk_head {
    _Atomic uint64_t used;     /* bytes of the chunk claimed so far, from its start */
    uint32_t records_at;       /* first record's offset in the chunk */
    uint32_t image;
    uint64_t own_seq;          /* what was made since then is the image's own: nobody needs to keep it before it changes */
    uint32_t stream_count;     /* inherited streams of the image and of those it runs in */
    uint32_t full;             /* a record had no room: the ledger is incomplete */
    uint32_t aliased;          /* a descriptor above 2 may be one of the streams */
    uint32_t plain;            /* the program has a filter of its own: the guest makes no call but the one it is asked for */
    _Atomic uint64_t end;      /* where records stop, once one did not fit; 0 before */
    /* Of an image's first chunk: is every variable that the program reads recorded? */
    uint32_t environment, environment_pages;
    uint64_t environment_at;
    struct { uint64_t dev, ino; } streams[CHUNK_STREAMS_MAX];
    _Atomic uint64_t small[CHUNK_SMALL_SLOTS]; /* hashes of records that need not be written twice */
};
_Static_assert(sizeof(struct chunk_head) <= ARENA_PAGE, "a chunk's head is one page");
#define CHUNK_LARGE_AT ARENA_PAGE
/* The first chunk of an image also holds the large table; the others do not. */
#define CHUNK_FIRST_RECORDS_AT (ARENA_PAGE + CHUNK_LARGE_SLOTS * 8)
#define CHUNK_NEXT_RECORDS_AT ARENA_PAGE

/* A whole record never exceeds this; longer bytes are written in pieces. */
#define RECORD_BYTES_MAX (48u * 1024)
#define PIECE_BYTES_MAX (32u * 1024)

static inline uint64_t arena_hash(const char *bytes, uint64_t length, uint64_t hash) {
    /* FNV-1a, eight bytes a step: speed matters more than spread, the tables are lossy. */
    while (length >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0x100000001b3ull;
        hash ^= hash >> 29;
        bytes += 8;
        length -= 8;
    }
    while (length--) hash = (hash ^ (uint8_t)*bytes++) * 0x100000001b3ull;
    hash ^= hash >> 32;
    return hash * 0x9e3779b97f4a7c15ull;
}

static inline uint64_t arena_file_hash(uint64_t dev, uint64_t ino) {
    uint64_t hash = (ino * 0x9e3779b97f4a7c15ull) ^ (dev + 0x7f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
    return hash ^ (hash >> 31);
}

static inline void arena_mark_seen(struct arena_head *head, uint64_t hash) {
    _Atomic uint64_t *word = &head->seen[(hash >> 6) % (ARENA_SEEN_BITS / 64)];
    uint64_t bit = 1ull << (hash & 63);
    if (!(atomic_load_explicit(word, memory_order_relaxed) & bit)) atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
}

static inline int arena_was_seen(struct arena_head *head, uint64_t hash) {
    return (atomic_load_explicit(&head->seen[(hash >> 6) % (ARENA_SEEN_BITS / 64)], memory_order_relaxed) >> (hash & 63)) & 1;
}

static inline void arena_mark_made(struct arena_head *head, uint64_t path_hash, uint64_t seq) {
    atomic_store_explicit(&head->made[path_hash % ARENA_MADE_SLOTS],
                          (path_hash >> 40) << 40 | (seq & 0xffffffffffull), memory_order_relaxed);
}

/* Before it is changed: who sees the change finds the marks. Other hashes may share all of its places: then more seems to have changed than has. */
static inline void arena_mark_changed(struct arena_head *head, uint64_t hash) {
    uint64_t seq = atomic_load_explicit(&head->seq, memory_order_relaxed);
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdull;
    for (unsigned each = 0; each < ARENA_CHANGED_EACH; each++) {
        _Atomic uint64_t *slot = &head->changed[hash >> (64 - ARENA_CHANGED_BITS)];
        uint64_t before = atomic_load_explicit(slot, memory_order_relaxed);
        while (before < seq && !atomic_compare_exchange_weak_explicit(slot, &before, seq, memory_order_seq_cst, memory_order_relaxed)) continue;
        hash <<= ARENA_CHANGED_BITS;
    }
}

/* Was this path made from nothing after `since`? A wrong "no" costs time; a wrong "yes" is caught when the unit is stored. */
static inline int arena_made_since(struct arena_head *head, uint64_t path_hash, uint64_t since) {
    uint64_t slot = atomic_load_explicit(&head->made[path_hash % ARENA_MADE_SLOTS], memory_order_relaxed);
    return slot >> 40 == path_hash >> 40 && (slot & 0xffffffffffull) >= since;
}

/* Has this image already written a record of this hash? `first` is the image's first chunk. */
static inline int chunk_knows(struct chunk_head *first, uint64_t hash) {
    hash |= 1;
    for (unsigned probe = 0; probe < 8; probe++) {
        _Atomic uint64_t *slot = &first->small[(hash + probe) % CHUNK_SMALL_SLOTS];
        uint64_t found = atomic_load_explicit(slot, memory_order_relaxed);
        if (found == hash) return 1;
        if (found == 0) {
            atomic_store_explicit(slot, hash, memory_order_relaxed);
            return 0;
        }
    }
    _Atomic uint64_t *large = (_Atomic uint64_t *)((char *)first + CHUNK_LARGE_AT);
    for (unsigned probe = 0; probe < 8; probe++) {
        _Atomic uint64_t *slot = &large[(hash + probe) % CHUNK_LARGE_SLOTS];
        uint64_t found = atomic_load_explicit(slot, memory_order_relaxed);
        if (found == hash) return 1;
        if (found == 0) {
            atomic_store_explicit(slot, hash, memory_order_relaxed);
            return 0;
        }
    }
    return 0;
}

/* Room for one record, or NULL when the chunk is full. The caller fills it in and calls record_finish. */
static inline struct ledger_head *record_claim(struct chunk_head *chunk, uint32_t size) {
    uint32_t whole = (size + LEDGER_ALIGN - 1) & ~(LEDGER_ALIGN - 1);
    uint64_t at = atomic_fetch_add_explicit(&chunk->used, whole, memory_order_relaxed);
    if (at + whole > ARENA_CHUNK_BYTES) {
        if (at < ARENA_CHUNK_BYTES) atomic_store_explicit(&chunk->end, at, memory_order_relaxed);
        return 0;
    }
    return (struct ledger_head *)((char *)chunk + at);
}

static inline void record_finish(struct ledger_head *record, uint32_t size) {
    __atomic_store_n(&record->size, (size + LEDGER_ALIGN - 1) & ~(LEDGER_ALIGN - 1), __ATOMIC_RELEASE);
}
#endif
