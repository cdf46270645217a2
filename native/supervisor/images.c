/* Images (one exec'd program with its forks) and the chunks of the arena that hold
 * their ledgers. An image is told to Node when its last process is gone; its chunks
 * are Node's until Node releases them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "mapped.h"
#include "supervisor.h"

#define SLOTS 1024u
static struct image *by_id[SLOTS];
static uint32_t next_id = 1;

/* Chunks that were released, to be used again. */
static uint32_t *free_pages;
static size_t free_count, free_room;
static uint64_t arena_used;

int arena_make(void) {
    int file = memfd_create("fathom-ledgers", MFD_CLOEXEC);
    if (file < 0) return -errno;
    /* Sparse: only pages that are touched cost memory. Smaller where address space is limited. */
    for (uint64_t bytes = 64ull << 30; bytes >= 64ull << 20; bytes /= 4) {
        if (ftruncate(file, (off_t)bytes) != 0) continue;
        void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
        if (at == MAP_FAILED) continue;
        S.arena_fd = file;
        S.arena = at;
        S.arena_bytes = bytes;
        S.head = at;
        arena_used = ARENA_HEAD_BYTES;
        return 0;
    }
    close(file);
    return -ENOMEM;
}

struct chunk_head *chunk_at(uint32_t page) { return (struct chunk_head *)(S.arena + (uint64_t)page * ARENA_PAGE); }

static void add_stream(struct chunk_head *chunk, const struct stream *stream) {
    for (uint32_t i = 0; i < chunk->stream_count; i++)
        if (chunk->streams[i].dev == stream->dev && chunk->streams[i].ino == stream->ino) return;
    if (chunk->stream_count == CHUNK_STREAMS_MAX) return;
    chunk->streams[chunk->stream_count].dev = stream->dev;
    chunk->streams[chunk->stream_count++].ino = stream->ino;
}

/* Guests look at their first chunk, wherever their records go. */
void image_aliased(struct image *image) {
    if (!image || image->aliased) return;
    image->aliased = true;
    if (image->chunk_count) chunk_at(image->chunks[0])->aliased = 1;
}

void image_filtered(struct image *image) {
    if (!image || image->filtered) return;
    image->filtered = true;
    if (image->chunk_count) chunk_at(image->chunks[0])->plain = 1;
}

/* A program that compares times is no unit: what was made since it began is not its own, but of units below it that are stored one by one. */
uint64_t image_makes_since(const struct image *image) { return image->compares ? UINT64_MAX : image->start_seq; }

static uint32_t chunk_new(struct image *image) {
    uint32_t page;
    if (image->chunk_count >= IMAGE_CHUNKS_MAX) return 0;
    if (free_count) page = free_pages[--free_count];
    else if (arena_used + ARENA_CHUNK_BYTES <= S.arena_bytes) {
        page = (uint32_t)(arena_used / ARENA_PAGE);
        arena_used += ARENA_CHUNK_BYTES;
    } else return 0;
    struct chunk_head *chunk = chunk_at(page);
    chunk->image = image->id;
    chunk->own_seq = image_makes_since(image);
    chunk->records_at = image->chunk_count ? CHUNK_NEXT_RECORDS_AT : CHUNK_FIRST_RECORDS_AT;
    atomic_store(&chunk->used, chunk->records_at);
    for (struct image *of = image; of; of = of->parent)
        for (int i = 0; i < 3; i++)
            if (of->streams[i].kind != STREAM_CLOSED && of->streams[i].kind != STREAM_NULL) add_stream(chunk, &of->streams[i]);
    chunk->aliased = image->aliased;
    chunk->plain = image->filtered;
    image->chunks[image->chunk_count++] = page;
    return page;
}

/* `full_page` is the chunk the caller found full: when another thread was faster, its new chunk serves both. */
uint32_t image_chunk(struct image *image, uint32_t full_page) {
    if (image->ended) return 0;
    if (image->chunk_count && image->chunks[image->chunk_count - 1] != full_page) return image->chunks[image->chunk_count - 1];
    return chunk_new(image);
}

void arena_release(uint64_t offset, uint64_t bytes) {
    if (bytes != ARENA_CHUNK_BYTES || offset % ARENA_PAGE || offset + bytes > arena_used || offset < ARENA_HEAD_BYTES) return;
    if (free_count == free_room) {
        size_t room = free_room ? free_room * 2 : 256;
        uint32_t *pages = realloc(free_pages, room * sizeof *pages);
        if (!pages) return;
        free_pages = pages;
        free_room = room;
    }
    fallocate(S.arena_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
    free_pages[free_count++] = (uint32_t)(offset / ARENA_PAGE);
}

struct image *image_by_id(uint32_t id) {
    struct image *image = by_id[id % SLOTS];
    while (image && image->id != id) image = image->next;
    return image;
}

/* By the name it was asked for, as src/run/session.ts does; under a longer one ("make-4.4") Node knows it. */
bool image_is_comparator(const struct exec *exec, const struct image *parent) {
    static const char *const names[] = {
#define COMPARATOR(name) name,
#include "../units.def"
    };
    if (!parent && (S.flags & HELLO_TASKS)) return true; /* our own: it looks at no times, but what it starts is stored, not itself */
    const char *slash = exec->path[0] == '/' && exec->cwd[0] == '/' ? strrchr(exec->path, '/') : NULL;
    for (size_t i = 0; slash && i < sizeof names / sizeof *names; i++)
        if (!strcmp(slash + 1, names[i])) return true;
    return false;
}

/* src/run/barren.ts, of which this knows the part that is certain. */
static void stands_below(struct image *image, bool is_comparator) {
    struct image *parent = image->parent;
    bool starts_tasks = !parent && (S.flags & HELLO_TASKS); /* which looks at no times */
    image->children_use = starts_tasks ? PLAN_MAKES : is_comparator ? PLAN_RENEWS : parent ? parent->children_use : PLAN_IN_PLACE;
    image->unit = parent && !parent->barren ? parent->unit : image->id;
    if (!is_comparator) return;
    image->compares = !starts_tasks;
    for (struct image *above = image; above && !above->barren; above = above->parent) above->barren = true;
}

/* Of failed units that are too slight to be stored so many are kept for the trace until Node is started. Each is an environment, and a ledger. */
#define FAILED_MAX 32

static bool is_kept(const struct image *image) {
    static uint32_t kept;
    bool has_failed = image->how != 2 && (image->how == 1 || image->code != 0);
    return has_failed && kept++ < FAILED_MAX;
}

/* Starting Node takes longer than such a unit. Where others were replayed without it, it pays once those that nothing is stored of took so long
 * together: the next run has them. */
#define NODE_WORTH_CPU_NS (3 * UNIT_MIN_CPU_NS)

static bool is_worth_node(const struct image *image, uint64_t cpu_ns) {
    static uint64_t waiting_ns;
    if (image->replayed || cpu_ns < UNIT_MIN_CPU_NS) return false;
    if (image->unit == image->id) waiting_ns += cpu_ns;
    return !S.replayed || cpu_ns >= NODE_WORTH_CPU_NS || waiting_ns >= NODE_WORTH_CPU_NS;
}

/* It and everything under it is gone. */
static void finished(const struct image *image) {
    uint64_t cpu_ns = image->cpu_ns + image->below_cpu_ns;
    if (image->parent) image->parent->below_cpu_ns += cpu_ns;
    if (!S.node_away || image->barren) return;
    if (is_worth_node(image, cpu_ns)) node_begin();
    else if (cpu_ns >= UNIT_MIN_CPU_NS && !image->replayed) return; /* told if Node is started after all */
    else if (image->unit == image->id && !is_kept(image) && !took_long(image)) node_forget(image->id);
}

struct image *image_start(struct exec *exec, struct image *parent, struct process *process) {
    struct image *image = calloc(1, sizeof *image);
    if (!image) return NULL;
    image->id = next_id++;
    image->next = by_id[image->id % SLOTS];
    by_id[image->id % SLOTS] = image;
    image->parent = parent;
    if (parent) parent->children++;
    image->leader = process->pid;
    image->start_seq = exec->seq;
    image->started_ns = exec->started_ns;
    memcpy(image->streams, exec->streams, sizeof image->streams);
    image->aliased = exec->aliased;
    image->binds = exec->bound;
    image->filtered = parent && parent->filtered;
    const char *name = strrchr(exec->path, '/');
    snprintf(image->name, sizeof image->name, "%.60s", name ? name + 1 : exec->path);
    stands_below(image, image_is_comparator(exec, parent));

    struct image *old = process->image;
    if (old && old->leader == process->pid) { /* sh exec cc: the process goes on under another image */
        old->how = 2;
        old->successor = image->id;
        old->exit_seq = exec->seq;
        old->ended_ns = now_ns();
    }
    image->live = 1;
    process->image = image;
    node_exec(PROTOCOL_EXEC, exec, image->id, parent ? parent->id : 0, process->pid);
    if (old) {
        old->live--;
        image_release(old);
    }
    return image;
}

static void image_free(struct image *image) {
    while (image && image->live == 0 && image->children == 0 && image->ended) {
        struct image *parent = image->parent;
        finished(image);
        struct image **at = &by_id[image->id % SLOTS];
        while (*at != image) at = &(*at)->next;
        *at = image->next;
        free(image);
        if (parent) parent->children--;
        image = parent;
    }
}

void image_looks_at_environment(struct image *image, pid_t pid) {
    if (!image || !image->chunk_count || image->environment_touched) return;
    const struct chunk_head *chunk = chunk_at(image->chunks[0]);
    if (chunk->environment == ENVIRONMENT_WATCHED)
        image->environment_touched = tracee_has_touched(pid, chunk->environment_at, chunk->environment_pages);
}

/* Is every variable it read one that it asked for by name? */
static bool asks_for_variables(const struct image *image) {
    return image->tapped && chunk_at(image->chunks[0])->environment != ENVIRONMENT_ALL && !image->environment_touched;
}

void image_release(struct image *image) {
    if (image->live == 0 && !image->ended) {
        if (!image->replayed && !asks_for_variables(image)) record_env_all(image);
        image->ended = true;
        mapped_ends(image);
        counters_end(&image->took.counters);
        node_took(image);
        node_end(image);
    }
    image_free(image);
}
