/* The pipes to Node. Below a program that compares times Node is away at first: it is started when
 * there is something to decide, and told then what it missed. When Node is gone, whatever waits
 * for it simply runs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include "look.h"
#include "mapped.h"
#include "reader.h"
#include "supervisor.h"

/* A frame from Node larger than this is not one of ours. */
#define FRAME_BYTES_MAX (1u << 20)

static void watch(bool writable) {
    static bool is_watched;
    if (writable == is_watched) return;
    is_watched = writable;
    struct epoll_event event = {.events = writable ? EPOLLOUT : 0, .data.u64 = 3};
    epoll_ctl(S.epoll, EPOLL_CTL_MOD, S.to_node, &event);
}

void node_flush(void) {
    if (S.node_gone || S.node_away) return;
    int failed = queue_send(S.to_node);
    if (failed == -EAGAIN) watch(true);
    else if (failed) node_lost();
    else watch(false);
}

bool node_is_idle(void) { return S.node_gone || queue_is_empty(); }

static void end(void) {
    if (S.node_gone) queue_clear();
    else if (!queue_end(S.node_away)) node_lost();
    else node_flush();
}

static uint32_t unit_of(uint32_t id) {
    const struct image *image = image_by_id(id);
    return image ? image->unit : 0;
}

void node_hello(void) {
    queue_begin(PROTOCOL_HELLO, 0);
    queue_u32(PROTOCOL_VERSION);
    queue_u32(LEDGER_VERSION);
    queue_u32(S.flags);
    queue_u32(S.verify_percent);
    queue_u32(S.verify_seed);
    queue_u32((uint32_t)getpid());
    queue_text(S.workspace);
    queue_text(S.home);
    queue_text(S.temporary);
    queue_text(S.cwd);
    queue_text(S.store);
    uint32_t count = 0;
    while (S.command[count]) count++;
    queue_u32(count);
    for (uint32_t i = 0; i < count; i++) queue_text(S.command[i]);
    end();
}

static void planned(uint32_t units, uint64_t saved_ns) {
    queue_begin(PROTOCOL_PLANNED, 0);
    queue_u32(units);
    queue_u64(saved_ns);
    end();
}

void node_planned(uint64_t saved_ns) {
    S.replayed++;
    S.saved_ns += saved_ns;
    if (!S.node_away) planned(1, saved_ns);
}

void node_task_planned(const struct exec *exec) {
    queue_begin(PROTOCOL_TASK_PLANNED, 0);
    queue_bytes(exec->weak_key, 32);
    queue_bytes(exec->planned_key, 32);
    end();
}

void node_exec(uint32_t kind, const struct exec *exec, uint32_t image, uint32_t parent, pid_t pid) {
    if (S.node_gone) return;
    queue_begin(kind, unit_of(image));
    queue_u32(exec->question);
    queue_u32(image);
    queue_u32(parent);
    queue_u32((uint32_t)pid);
    queue_u64(exec->seq);
    queue_u64((uint64_t)exec->started_ns);
    queue_bytes(exec->weak_key, 32);
    queue_u32(exec->mask);
    queue_u32((exec->planned ? EXEC_PLANNED : 0u) | (exec->bound ? EXEC_BOUND : 0u) | (exec->begun ? EXEC_BEGUN : 0u));
    for (int i = 0; i < 3; i++) {
        queue_u32(exec->streams[i].kind);
        queue_u32(exec->streams[i].access);
        queue_u64(exec->streams[i].dev);
        queue_u64(exec->streams[i].ino);
    }
    queue_strings(&exec->inherited);
    queue_text(exec->path);
    queue_text(exec->cwd);
    queue_strings(&exec->argv);
    queue_strings(&exec->env);
    end();
}

void node_took(const struct image *image) {
    const struct took *took = &image->took;
    if (S.node_gone || (!took->is_known && !took->looked_ns)) return;
    queue_begin(PROTOCOL_TOOK, image->unit);
    queue_u32(image->id);
    queue_u32(took->is_known);
    const uint64_t counted[] = {took->delay_ns, took->system_ns, took->faults, took->disk_faults, took->read_bytes, took->written_bytes, took->peak_bytes};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) queue_u64(counted[i]);
    for (int i = WAIT_NONE + 1; i < WAIT_OTHER; i++) queue_u64(took->waited_ns[i]);
    queue_u32((uint32_t)took->counters.error);
    for (int i = 0; i < COUNTERS; i++) queue_u64(took->counters.values[i]);
    end();
}

void node_end(const struct image *image) {
    if (S.node_gone) {
        for (uint32_t i = 0; i < image->chunk_count; i++) arena_release((uint64_t)image->chunks[i] * ARENA_PAGE, ARENA_CHUNK_BYTES);
        return;
    }
    bool incomplete = image->chunk_count && chunk_at(image->chunks[0])->full;
    queue_begin(PROTOCOL_END, image->unit);
    queue_u32(image->id);
    queue_u32(image->how);
    queue_u32((uint32_t)image->code);
    queue_u32(image->successor);
    queue_u64(image->exit_seq);
    queue_u64((uint64_t)image->ended_ns);
    queue_u64(image->cpu_ns);
    queue_u32(incomplete ? END_INCOMPLETE : 0);
    queue_u32(image->chunk_count);
    for (uint32_t i = 0; i < image->chunk_count; i++) {
        struct chunk_head *chunk = chunk_at(image->chunks[i]);
        uint64_t used = atomic_load(&chunk->used), stop = atomic_load(&chunk->end);
        if (stop) used = stop;
        if (used > ARENA_CHUNK_BYTES) used = ARENA_CHUNK_BYTES;
        queue_u64((uint64_t)image->chunks[i] * ARENA_PAGE + chunk->records_at);
        queue_u64(used - chunk->records_at);
    }
    end();
}

/* Processes whose change of a file waits until its content is safe: question to notification. What is changed then is marked when it is. */
#define PRESERVES_MAX 256
#define MARKS_MAX 4
static struct { uint32_t question, marks; uint64_t notification, changes[MARKS_MAX]; } preserves[PRESERVES_MAX];
/* That of the call which is looked at now; -1: it does not wait. */
static int holding = -1;

void node_call_begins(void) { holding = -1; }

void node_mark_changed(uint64_t hash) {
    if (holding >= 0 && preserves[holding].marks < MARKS_MAX) preserves[holding].changes[preserves[holding].marks++] = hash;
    else arena_mark_changed(S.head, hash);
}

static void preserved(int i) {
    for (uint32_t mark = 0; mark < preserves[i].marks; mark++) arena_mark_changed(S.head, preserves[i].changes[mark]);
    preserves[i].question = 0;
    if (holding == i) holding = -1;
}

/* Node would keep the content. While nothing is worth starting it, what was there is enough: a unit that relies on it can still be stored. */
static bool tell_content(uint32_t image, const char *path) {
    char real[PATH_BYTES_MAX];
    char state[STATE_BYTES];
    uint8_t content[32];
    struct stat what;
    if (!S.node_away || !realpath(path, real) || lstat(real, &what) || !is_ours(&what)) return false; /* Node asks whose it is */
    if (!content_of(real, state, content)) return false;
    queue_begin(PROTOCOL_KEPT, 0);
    queue_u32(image);
    queue_u64((uint64_t)now_ns());
    queue_bytes(content, 32);
    queue_u32(sizeof(struct ledger_sig));
    queue_bytes(state, sizeof(struct ledger_sig));
    queue_text(real);
    end();
    return true;
}

bool node_preserve(uint64_t notification, uint32_t image, const char *path) {
    if (S.done_sent || (S.flags & (HELLO_NO_CACHE | HELLO_READ_ONLY))) return false; /* nothing is stored that would need it */
    if (tell_content(image, path)) return false;
    node_begin();
    if (S.node_gone) return false;
    for (int i = 0; i < PRESERVES_MAX; i++) {
        if (preserves[i].question) continue;
        preserves[i].question = ++S.next_question;
        preserves[i].notification = notification;
        preserves[i].marks = 0;
        holding = i;
        queue_begin(PROTOCOL_PRESERVE, 0);
        queue_u32(preserves[i].question);
        queue_u32(image);
        queue_u64((uint64_t)now_ns());
        queue_text(path);
        end();
        return true;
    }
    return false;
}

void node_mapped(uint32_t image, uint64_t dev, uint64_t ino) {
    queue_begin(PROTOCOL_MAPPED, 0);
    queue_u32(image);
    queue_u64(dev);
    queue_u64(ino);
    end();
}

void node_done(uint32_t how, int32_t code, int64_t ended_ns) {
    queue_begin(PROTOCOL_DONE, 0);
    queue_u32(how);
    queue_u32((uint32_t)code);
    queue_u64(S.processes);
    queue_u64(S.notifications);
    queue_u64((uint64_t)S.started_ns);
    queue_u64((uint64_t)ended_ns);
    queue_u64(own_cpu_ns());
    end();
}

void node_lost(void) {
    if (S.node_gone) return;
    S.node_gone = true;
    S.node_away = false;
    queue_clear();
    if (S.to_node >= 0) close(S.to_node);
    if (S.from_node >= 0) close(S.from_node);
    S.to_node = S.from_node = -1;
    processes_answer_all();
    for (int i = 0; i < PRESERVES_MAX; i++)
        if (preserves[i].question) {
            preserved(i);
            notify_continue(preserves[i].notification);
        }
    tasks_alone();
}

static void answered(uint32_t question, uint32_t verdict, int32_t code, const char *streams) {
    for (int i = 0; i < PRESERVES_MAX; i++)
        if (preserves[i].question == question) {
            preserved(i);
            notify_preserved(preserves[i].notification);
            return;
        }
    exec_answered(question, verdict, code, streams);
}

/* What is named are the records; the chunk is what holds them. */
static void release(const char *places, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset;
        memcpy(&offset, places + i * 16, 8);
        arena_release(ARENA_HEAD_BYTES + (offset - ARENA_HEAD_BYTES) / ARENA_CHUNK_BYTES * ARENA_CHUNK_BYTES, ARENA_CHUNK_BYTES);
    }
}

static bool frame(const char *at, uint32_t length) {
    if (length < 4) return false;
    uint32_t kind = u32_at(at);
    if (kind == PROTOCOL_ANSWER && length >= 20) {
        char streams[PATH_BYTES_MAX];
        uint32_t text = u32_at(at + 16);
        if (text != length - 20 || text >= sizeof streams) return false;
        memcpy(streams, at + 20, text);
        streams[text] = 0;
        answered(u32_at(at + 4), u32_at(at + 8), (int32_t)u32_at(at + 12), streams);
        return true;
    }
    if (kind == PROTOCOL_RELEASE && length >= 8) {
        if (length != 8 + (uint64_t)u32_at(at + 4) * 16) return false;
        release(at + 8, u32_at(at + 4));
        return true;
    }
    return false;
}

/* Node that gets no threads hangs before its first instruction of ours, and the build with it. Longer than any start that is worth waiting for. */
#define NODE_START_NS_MAX 20000000000ll

int node_patience_ms(void) {
    if (S.node <= 0 || S.node_heard || S.node_gone) return -1;
    int64_t left = S.node_started_ns + NODE_START_NS_MAX - now_ns();
    if (left <= 0) kill(S.node, SIGKILL); /* its end is reaped like any other */
    return left <= 0 ? 1000 : (int)(left / 1000000) + 1;
}

void node_receive(void) {
    static char *incoming;
    static size_t have, space;
    if (S.node_gone) return;
    if (have + 65536 > space) {
        char *grown = realloc(incoming, space + 262144);
        if (!grown) {
            node_lost();
            return;
        }
        incoming = grown;
        space += 262144;
    }
    ssize_t got = read(S.from_node, incoming + have, space - have);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        node_lost();
        return;
    }
    S.node_heard = true;
    have += (size_t)got;
    size_t at = 0;
    while (have - at >= 4) {
        uint32_t length = u32_at(incoming + at);
        if (length > FRAME_BYTES_MAX) {
            node_lost();
            return;
        }
        if (have - at - 4 < length) break;
        if (!frame(incoming + at + 4, length)) {
            node_lost();
            return;
        }
        if (S.node_gone) return;
        at += 4 + length;
    }
    memmove(incoming, incoming + at, have - at);
    have -= at;
}

extern char **environ;

/* Source: Node 20 and 24 reserve 0.7 to 1.2 GB at their start; with less they end with a page of complaints. */
#define NODE_ADDRESS_SPACE_MIN (2ull << 30)

static bool allows(int resource, rlim_t least) {
    struct rlimit limit;
    return getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= least;
}

/* Source: Node 20 starts 11 threads, and waits for ever for one that it does not get. The limit counts all of the user's. */
#define NODE_THREADS_MIN 48

/* Source: Node 20 has 21 open when it begins to read the engine. */
#define NODE_DESCRIPTORS_MIN 40

/* Node gets its ends as descriptors 3 and 4 and the arena as 5, its own session (the
 * terminal's signals are not for it), and an environment without what is meant for the command's Node: options
 * change what it does, and a bundle of certificates (NODE_EXTRA_CA_CERTS) takes it longer to read than to start.
 * What it has to say goes to its standard output, which is our stderr; what Node itself complains about, where it gets
 * no thread or no memory, is a page that nobody asked for in the middle of a build. */
static int start(void) {
    int down[2], up[2];
    int short_of = !allows(RLIMIT_AS, NODE_ADDRESS_SPACE_MIN) ? ENOMEM : S.descriptors_max < NODE_DESCRIPTORS_MIN ? EMFILE
        : getuid() != 0 && !allows(RLIMIT_NPROC, NODE_THREADS_MIN) ? EAGAIN : 0;
    if (short_of) {
        S.node_gone = true;
        return -short_of;
    }
    if (pipe2(down, O_CLOEXEC)) return -errno;
    if (pipe2(up, O_CLOEXEC)) return -errno;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
    /* Above 5 first, so that no source is overwritten before it is used. */
    int from = fcntl(down[0], F_DUPFD_CLOEXEC, 16), to = fcntl(up[1], F_DUPFD_CLOEXEC, 16), arena = fcntl(S.arena_fd, F_DUPFD_CLOEXEC, 16);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    const char *log = getenv("FATHOM_ENGINE_LOG");
    posix_spawn_file_actions_addopen(&actions, 2, log && *log ? log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, from, 3);
    posix_spawn_file_actions_adddup2(&actions, to, 4);
    posix_spawn_file_actions_adddup2(&actions, arena, 5);
    size_t count = 0;
    while (environ[count]) count++;
    char **env = calloc(count + 1, sizeof *env);
    if (!env) return -ENOMEM;
    for (size_t i = 0, kept = 0; i < count; i++)
        if (strncmp(environ[i], "NODE_", 5) && strncmp(environ[i], "LD_PRELOAD=", 11)) env[kept++] = environ[i];
    char *argv[] = {"node", S.engine, NULL};
    int failed = posix_spawnp(&S.node, "node", &actions, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(env);
    close(from), close(to), close(arena), close(down[0]), close(up[1]);
    S.to_node = down[1];
    S.from_node = up[0];
    fcntl(S.to_node, F_SETFL, O_NONBLOCK);
    fcntl(S.from_node, F_SETFL, O_NONBLOCK);
    if (failed) {
        close(S.to_node), close(S.from_node);
        S.to_node = S.from_node = -1;
        S.node_gone = true;
        return -failed;
    }
    struct epoll_event out = {.events = 0, .data.u64 = 3}, in = {.events = EPOLLIN, .data.u64 = 4};
    epoll_ctl(S.epoll, EPOLL_CTL_ADD, S.to_node, &out);
    epoll_ctl(S.epoll, EPOLL_CTL_ADD, S.from_node, &in);
    return 0;
}

void node_begin(void) {
    if (!S.node_away) return;
    S.node_away = false;
    S.node_started_ns = now_ns();
    int failed = start();
    if (failed) fprintf(stderr, "fathom: Cannot start \"node\", so nothing is cached: %s\n", strerror(-failed));
    if (S.node_gone) queue_clear(), tasks_alone();
    else if (S.replayed) planned(S.replayed, S.saved_ns);
    else node_flush();
}

/* The places of an image's records in an END, as node_end writes it. */
#define END_KIND_AT 4
#define END_COUNT_AT 52

static void dropped(const char *at, size_t length) {
    if (u32_at(at + END_KIND_AT) == PROTOCOL_END && length > END_COUNT_AT) release(at + END_COUNT_AT + 4, u32_at(at + END_COUNT_AT));
}

void node_forget(uint32_t unit) {
    slight_collect(unit);
    queue_drop(unit, dropped);
    if (!slight_tell()) node_lost();
}
