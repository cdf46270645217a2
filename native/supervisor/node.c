/* The pipes to Node. Messages queue here and go out when the pipe takes them: a busy
 * Node slows nothing. When Node is gone, whatever waits for it simply runs. */
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
#include "supervisor.h"

/* A frame from Node larger than this is not one of ours. */
#define FRAME_BYTES_MAX (1u << 20)

static char *queue;
static size_t queued, sent, room;
static size_t frame_at;       /* where the frame being written begins */

static void put(const void *bytes, size_t length) {
    if (queued + length > room) {
        size_t more = room ? room : 1 << 16;
        while (more < queued + length) more *= 2;
        char *grown = realloc(queue, more);
        if (!grown) {
            node_lost();
            return;
        }
        queue = grown;
        room = more;
    }
    if (length) memcpy(queue + queued, bytes, length);
    queued += length;
}
static void put_u32(uint32_t value) { put(&value, 4); }
static void put_u64(uint64_t value) { put(&value, 8); }
static void put_text(const char *text) {
    size_t length = strlen(text);
    put_u32((uint32_t)length);
    put(text, length);
}
static void put_strings(const struct strings *list) {
    const char *at = list->bytes;
    put_u32((uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++, at += strlen(at) + 1) put_text(at);
}

static void begin(uint32_t kind) {
    frame_at = queued;
    put_u32(0);
    put_u32(kind);
}
static void end(void) {
    if (S.node_gone) {
        queued = sent = 0;
        return;
    }
    uint32_t length = (uint32_t)(queued - frame_at - 4);
    memcpy(queue + frame_at, &length, 4);
    node_flush();
}

static void watch(bool writable) {
    struct epoll_event event = {.events = writable ? EPOLLOUT : 0, .data.u64 = 3};
    epoll_ctl(S.epoll, EPOLL_CTL_MOD, S.to_node, &event);
}

void node_flush(void) {
    if (S.node_gone) return;
    while (sent < queued) {
        ssize_t put_now = write(S.to_node, queue + sent, queued - sent);
        if (put_now < 0 && errno == EINTR) continue;
        if (put_now < 0 && errno == EAGAIN) {
            watch(true);
            return;
        }
        if (put_now < 0) {
            node_lost();
            return;
        }
        sent += (size_t)put_now;
    }
    queued = sent = 0;
    watch(false);
}

bool node_is_idle(void) { return S.node_gone || sent == queued; }

static void hello(void) {
    begin(PROTOCOL_HELLO);
    put_u32(PROTOCOL_VERSION);
    put_u32(LEDGER_VERSION);
    put_u32(S.flags);
    put_u32((uint32_t)getpid());
    put_text(S.workspace);
    put_text(S.home);
    put_text(S.temporary);
    put_text(S.cwd);
    put_text(S.store);
    uint32_t count = 0;
    while (S.command[count]) count++;
    put_u32(count);
    for (uint32_t i = 0; i < count; i++) put_text(S.command[i]);
    end();
}

void node_exec(uint32_t kind, const struct exec *exec, uint32_t image, uint32_t parent, pid_t pid) {
    if (S.node_gone) return;
    begin(kind);
    put_u32(exec->question);
    put_u32(image);
    put_u32(parent);
    put_u32((uint32_t)pid);
    put_u64(exec->seq);
    put_u64((uint64_t)exec->started_ns);
    put(exec->weak_key, 32);
    put_u32(exec->mask);
    put_u32(exec->bound ? EXEC_BOUND : 0);
    for (int i = 0; i < 3; i++) {
        put_u32(exec->streams[i].kind);
        put_u32(exec->streams[i].access);
        put_u64(exec->streams[i].dev);
        put_u64(exec->streams[i].ino);
    }
    put_strings(&exec->inherited);
    put_text(exec->path);
    put_text(exec->cwd);
    put_strings(&exec->argv);
    put_strings(&exec->env);
    end();
}

void node_end(const struct image *image) {
    if (S.node_gone) {
        for (uint32_t i = 0; i < image->chunk_count; i++) arena_release((uint64_t)image->chunks[i] * ARENA_PAGE, ARENA_CHUNK_BYTES);
        return;
    }
    bool incomplete = image->chunk_count && chunk_at(image->chunks[0])->full;
    begin(PROTOCOL_END);
    put_u32(image->id);
    put_u32(image->how);
    put_u32((uint32_t)image->code);
    put_u32(image->successor);
    put_u64(image->exit_seq);
    put_u64((uint64_t)image->ended_ns);
    put_u64(image->cpu_ns);
    put_u32(incomplete ? END_INCOMPLETE : 0);
    put_u32(image->chunk_count);
    for (uint32_t i = 0; i < image->chunk_count; i++) {
        struct chunk_head *chunk = chunk_at(image->chunks[i]);
        uint64_t used = atomic_load(&chunk->used), stop = atomic_load(&chunk->end);
        if (stop) used = stop;
        if (used > ARENA_CHUNK_BYTES) used = ARENA_CHUNK_BYTES;
        put_u64((uint64_t)image->chunks[i] * ARENA_PAGE + chunk->records_at);
        put_u64(used - chunk->records_at);
    }
    end();
}

/* Processes whose change of a file waits until its content is safe: question to notification. */
#define PRESERVES_MAX 256
static struct { uint32_t question; uint64_t notification; } preserves[PRESERVES_MAX];

bool node_preserve(uint64_t notification, uint32_t image, const char *path) {
    if (S.node_gone || S.done_sent || (S.flags & HELLO_NO_CACHE)) return false;
    for (int i = 0; i < PRESERVES_MAX; i++) {
        if (preserves[i].question) continue;
        preserves[i].question = ++S.next_question;
        preserves[i].notification = notification;
        begin(PROTOCOL_PRESERVE);
        put_u32(preserves[i].question);
        put_u32(image);
        put_u64((uint64_t)now_ns());
        put_text(path);
        end();
        return true;
    }
    return false;
}

void node_done(uint32_t how, int32_t code, int64_t ended_ns) {
    begin(PROTOCOL_DONE);
    put_u32(how);
    put_u32((uint32_t)code);
    put_u64(S.processes);
    put_u64(S.notifications);
    put_u64((uint64_t)S.started_ns);
    put_u64((uint64_t)ended_ns);
    end();
}

void node_lost(void) {
    if (S.node_gone) return;
    S.node_gone = true;
    queued = sent = 0;
    close(S.to_node);
    close(S.from_node);
    S.to_node = S.from_node = -1;
    processes_answer_all();
    for (int i = 0; i < PRESERVES_MAX; i++)
        if (preserves[i].question) {
            notify_continue(preserves[i].notification);
            preserves[i].question = 0;
        }
}

static void answered(uint32_t question, uint32_t verdict, int32_t code, const char *streams) {
    for (int i = 0; i < PRESERVES_MAX; i++)
        if (preserves[i].question == question) {
            preserves[i].question = 0;
            notify_preserved(preserves[i].notification);
            return;
        }
    exec_answered(question, verdict, code, streams);
}

static uint32_t u32_at(const char *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
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
        uint32_t count = u32_at(at + 4);
        if (length != 8 + (uint64_t)count * 16) return false;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t offset;
            memcpy(&offset, at + 8 + i * 16, 8);
            /* Node names the records; the chunk is what holds them. */
            uint64_t chunk = ARENA_HEAD_BYTES + (offset - ARENA_HEAD_BYTES) / ARENA_CHUNK_BYTES * ARENA_CHUNK_BYTES;
            arena_release(chunk, ARENA_CHUNK_BYTES);
        }
        return true;
    }
    return false;
}

/* Node that gets no threads hangs before its first instruction of ours, and the build with it. Longer than any start that is worth waiting for. */
#define NODE_START_NS_MAX 20000000000ll

int node_patience_ms(void) {
    if (S.node <= 0 || S.node_heard || S.node_gone) return -1;
    int64_t left = S.started_ns + NODE_START_NS_MAX - now_ns();
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
    int failed = start();
    if (failed) fprintf(stderr, "fathom: Cannot start \"node\", so nothing is cached: %s\n", strerror(-failed));
    hello();
}
