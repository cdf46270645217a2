/* What the rooms of the supervisor share: its state, and one line on each function.
 *
 * The supervisor is one thread around epoll: notifications of the filter, ends of
 * processes, messages of Node, signals. It must answer when Node is busy or gone,
 * so it never waits for Node, and no call below may block on a process of the tree.
 * (Writes to a full pipe on behalf of a process have threads of their own: stream.c; looking
 * at many paths is shared out: held.c.) */
#ifndef FATHOM_SUPERVISOR_H
#define FATHOM_SUPERVISOR_H
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "../arena.h"
#include "../protocol.h"

#define PATH_BYTES_MAX 4096u
/* Source: MAX_ARG_STRINGS allows more, but no build passes more; beyond, the exec is not asked about. */
#define EXEC_STRINGS_MAX 65536u
#define EXEC_BYTES_MAX (4u * 1024 * 1024)
/* Chunks an image may fill (128 MiB). Beyond, its ledger is incomplete. */
#define IMAGE_CHUNKS_MAX 512u

enum threshold {
#define THRESHOLD(name, ns) UNIT_##name = ns,
#include "../units.def"
};

/* What following a plan may come to: everything is in place and stays as it is; what is not is made; and who asks compares times, so all is as if it
 * was made now. */
enum plan_use { PLAN_IN_PLACE, PLAN_MAKES, PLAN_RENEWS };

struct strings {              /* a list of NUL-terminated strings, one behind the other */
    char *bytes;
    size_t length, count, room;
};

struct stream { uint32_t kind, access; uint64_t dev, ino; };

/* One line; src/run/outcomes.ts reads it. */
#define CAUSE_BYTES_MAX 512

struct exec {                 /* what is known before a new image runs */
    char path[PATH_BYTES_MAX];
    char cwd[PATH_BYTES_MAX];
    struct strings argv, env, inherited;
    struct stream streams[3];
    uint32_t mask;
    uint8_t weak_key[32];
    uint32_t question;        /* nonzero: Node was asked */
    char cause[CAUSE_BYTES_MAX]; /* why it runs although it was asked about, for who started it; empty: nobody waits for that */
    bool starts_tasks;        /* our own program, of `fathom run`: the whole run has a plan, or it runs */
    bool gains_rights;        /* setuid or setgid */
    bool bound;               /* alone it would not be the same: bound.c */
    bool aliased;             /* a descriptor above 2 is a stream */
    uint64_t hidden_entry;    /* the caller's LD_PRELOAD, out of which the guest was taken; 0: none */
    size_t hidden_at;         /* ... from this byte on */
    char *hidden;             /* ... as it was */
    bool begun;               /* it runs: Node is told why, and not waited for */
    bool replay;              /* it is replayed: Node answered so, or a plan holds */
    bool planned;             /* ... the latter */
    uint8_t planned_key[32];  /* ... the strong key of its entry */
    uint64_t planned_ns;      /* ... and what the unit took when it ran */
    int32_t replay_code;
    int replay_streams;       /* what the replayer writes, open; -1: nothing */
    pid_t tid;                /* who called exec */
    pid_t parent;             /* ... and whose memory that may be (vfork) */
    uint64_t identity_at;     /* where the image that did has its identity; 0: unknown */
    uint8_t identity[16];
    uint64_t seq;
    int64_t started_ns;
};

struct replay {
    int32_t code;
    uint64_t cpu_ns;
    int streams;              /* as in exec */
    uint8_t strong_key[32];
    const char *changed;      /* while plans are compared: a file whose content differs */
    bool is_new;              /* nothing that is stored can hold; not looked at where somebody waits to be told why it runs */
};

/* took.c: what a process that does not run waits for. The protocol has them in this order, without the first and the last. */
enum wait { WAIT_NONE, WAIT_CHILDREN, WAIT_PIPE, WAIT_LOCK, WAIT_DISK, WAIT_NETWORK, WAIT_TIMER, WAIT_EVENTS, WAIT_TAP, WAIT_OTHER, WAITS };

/* counters.c: instructions, cycles, cache misses. */
enum { COUNTERS = 3 };
struct counters {
    int files[COUNTERS];      /* 0: closed */
    int error;                /* why there are none; 0: nobody asked, or there are */
    uint64_t values[COUNTERS];
};

struct took {
    struct counters counters;
    bool is_known;            /* it lived long enough to be looked at, and said that it ends */
    uint64_t delay_ns;        /* ready to run, and not running; all threads */
    uint64_t system_ns, faults, disk_faults, read_bytes, written_bytes, peak_bytes;
    uint64_t waited_ns[WAITS];
    int64_t looked_ns;
};

struct image {
    uint32_t id;
    struct image *parent;     /* kept while children live: see `children` */
    uint32_t children;        /* images whose parent this is and that are still known */
    struct image *next;
    uint32_t live;            /* processes that run it */
    pid_t leader;
    bool tapped, ended, replayed;
    bool environment_touched; /* a process of it read its variables as an array */
    bool aliased;             /* a descriptor above 2 may be one of its streams */
    bool compares;            /* it is itself a program that compares times */
    bool barren;              /* a program that compares times is it or is below it: no unit around it is stored */
    enum plan_use children_use;   /* ... is it or is above it: how plans of what it starts are followed */
    uint32_t unit;            /* the outermost unit that may be stored and holds it, by its image; its own number below a barren one */
    uint64_t below_cpu_ns;    /* of everything under it that is gone */
    bool binds;               /* what it starts is bound: it traces, has a filter, other namespaces or other rights */
    bool filtered;            /* it has a seccomp filter of its own: no guest may start, none may do more than it was asked */
    uint64_t start_seq;
    uint64_t identity_at;     /* forks have it at the same address; 0: not looked for yet */
    uint32_t how, successor;
    int32_t code;
    uint64_t exit_seq;
    int64_t started_ns, ended_ns;
    uint64_t cpu_ns;
    struct took took;
    struct stream streams[3];
    uint32_t chunk_count;
    uint32_t chunks[IMAGE_CHUNKS_MAX]; /* their first pages in the arena, oldest first */
    char name[64];
    bool starts_late, ends_late; /* perturb.c */
};

struct process {
    pid_t pid;
    int pidfd;
    struct image *image;
    struct exec *pending;     /* exec seen, new image not yet */
    uint64_t waiting;         /* notification of an exec that waits for Node, 0: none */
    bool waiting_mark;        /* ... and its caller can be told to exec the replayer */
    bool inject;              /* the next first call of its image becomes the replayer */
    bool exiting;
    uint64_t exit_seq;        /* when it said that it exits */
    uint32_t threads;         /* entries of other threads in the table of threads */
    struct exec *replaying;   /* what the replayer in this process has to do */
    struct process *next;
};

struct state {
    int listener, arena_fd, epoll, to_node, from_node, signals;
    pid_t root, node;
    struct arena_head *head;
    char *arena;
    uint64_t arena_bytes;
    char guest[PATH_BYTES_MAX], replayer[PATH_BYTES_MAX], engine[PATH_BYTES_MAX], fallback[PATH_BYTES_MAX];
    char workspace[PATH_BYTES_MAX], home[PATH_BYTES_MAX], temporary[PATH_BYTES_MAX];
    char store[PATH_BYTES_MAX], keys[PATH_BYTES_MAX], cwd[PATH_BYTES_MAX];
    uint32_t flags;           /* HELLO_... */
    uint32_t verify_percent, verify_seed; /* which would-be hits are verified */
    bool found_deviation;     /* ... and one of them was wrong */
    bool perturbs;            /* another schedule, by this seed */
    uint32_t perturb_seed;
    uint32_t mask;
    bool mask_changed;        /* some process of the tree changed its umask */
    bool root_gone, done_sent, node_gone, node_heard, listener_done;
    bool has_placed;          /* a plan made something that was not there, or other */
    bool node_away;           /* not started yet: what it is to be told waits, and plans are followed without it */
    bool decided;             /* the command's own exec was seen */
    int64_t node_started_ns;
    uint32_t replayed;        /* units, by plan */
    uint64_t saved_ns;        /* ... and what that saved */
    bool can_inject, has_getfd;
    int root_status;
    int forwarded;            /* the last signal that was for the command only, 0: none */
    int64_t started_ns;
    uint64_t processes, notifications;
    int leaked[ARENA_LEAKED_MAX];
    struct stream leaked_streams[ARENA_LEAKED_MAX];
    uint32_t leaked_count;
    uint32_t next_question;
    uint32_t descriptors_max; /* ours; the command has its own limit */
    char **command;
    const char *program;      /* of a trial: what to start, whatever the first word says; NULL: found along PATH */
    char **environment;       /* ... and the command's, which is not ours then */
    bool redirects;           /* in a view without a mount: redirect/ */
};
extern struct state S;

/* untracked.c: the command without us. */
enum untracked {
#define UNTRACKED(name, code, text) UNTRACKED_##name,
#include "../untracked.def"
};
void untracked_say(enum untracked reason);
int run_program(void);                       /* this process becomes the command; returns the shell's code where it cannot */

/* syscalls.def says what each means. */
enum decision { PATH, ALWAYS, FIRST, STREAM, STDIN, MAP, STREAM_SEEK, COPY, SEND, DUP, CLONE, PRCTL, SECCOMP, IOCTL, LOCK, SIGNAL, MACHINE, RIGHTS, DOUBT, DENIED, IGNORED };

/* plan.c: replays a unit without asking Node, where everything is as it was confirmed. False: it is not known,
 * and what was placed may be placed again. */
bool plan_follow(const struct exec *exec, enum plan_use use, struct replay *into);

/* Of one path: its signature and the error number of looking at it. */
#define STATE_BYTES (sizeof(struct ledger_sig) + 4)

/* held.c: what a plan relied on below the roots. `newest_input_ns` grows with the times of inputs. */
struct reader;
bool here_holds(struct reader paths, struct reader states, struct reader contents, int64_t *newest_input_ns, const char **changed); /* `changed` is left alone where no content is why it does not */

/* unheard.c */
bool content_is_unheard_of(const struct exec *exec, const char *path);

/* hands.c: what a plan makes. */
enum output_kind { OUTPUT_FILE = 1, OUTPUT_DIRECTORY = 2, OUTPUT_LINK = 3, OUTPUT_ABSENT = 4 };
#define OUTPUT_NOT_MADE UINT32_MAX /* a rank: it must be in place, and stays as it is */
struct output {
    uint32_t kind, mode, rank;
    const char *path, *target;
    const uint8_t *content;   /* a file's, SHA-256 */
    char blob[STATE_BYTES];   /* the blob in which that was found; zeros: not known */
    const char *state;        /* the output when it was last in place; zeros: not known */
    bool is_in_place;
    char temporary[64];       /* ... name in its folder, until it gets its own */
};
bool hands_look(struct output *output, bool makes); /* false: not for us */
bool hands_place(struct output *outputs, size_t count, int64_t newest_input_ns, bool renews); /* `renews`: also the times of what is in place */

/* states.c: paths and the states they are in. */
int64_t state_of(const char *path, char state[STATE_BYTES]);          /* its modification time, 0 where nothing is */
int64_t state_at(int directory, const char *name, char state[STATE_BYTES]);
bool state_is_there(const char state[STATE_BYTES]);
uint32_t state_mode(const char state[STATE_BYTES]);
bool state_holds_outside(const char *path, const char state[STATE_BYTES]); /* of what is below no root: looked at once */
bool content_is(const char *path, const char state[STATE_BYTES], const uint8_t digest[32]); /* of what was changed in this run */
bool content_stays(const char *path, const char state[STATE_BYTES], const uint8_t digest[32]); /* of what need not be made then, whenever it was */
bool content_placed(const char *path, const uint8_t digest[32]);
bool content_of(const char *path, char state[STATE_BYTES], uint8_t digest[32]); /* false: no file, or too much to read */
bool blob_is_compared(const uint8_t digest[32], char state[STATE_BYTES]); /* with its name, now or when it was in that state; zeros become what it is in now */

/* summary.c: what a run without Node says; src/cli/summary.ts has the words of all others. */
void summary_print(void);

/* filter.c: the program that decides which calls reach us. */
struct sock_filter;
unsigned filter_build(struct sock_filter **program); /* its length; 0: too long */
int filter_install(void);

/* tracee.c: reading another process. All fail with -errno and never block. */
int tracee_read(pid_t tid, uint64_t address, void *into, size_t length);
int tracee_write(pid_t tid, uint64_t address, const void *from, size_t length);
int tracee_fill(pid_t tid, uint64_t address, const void *from, size_t length);  /* the same, cheaper, of memory that the process may write itself */
int tracee_path(pid_t tid, uint64_t address, char *into);            /* a string of at most PATH_BYTES_MAX - 1 bytes */
int tracee_strings(pid_t tid, uint64_t array, struct strings *into); /* argv or envp */
int tracee_cwd(pid_t tid, char *into);
int tracee_absolute(pid_t tid, int dirfd, const char *path, char *into);
int tracee_descriptor(pid_t tid, const char *path);                  /* the descriptor that /dev/stdin, /proc/self/fd/N and their like name, or -1 */
bool tracee_names_other(pid_t tid, const char *path);
bool tracee_in_root(pid_t tid, int dirfd, uint64_t address, char *into);
int tracee_stat_fd(pid_t tid, int fd, struct stat *into);
int tracee_take_fd(pid_t tid, int fd);                               /* our own descriptor of the same open file */
pid_t tracee_group(pid_t tid, pid_t *parent);                        /* thread group and parent, 0 when gone */
pid_t tracee_parent(int pidfd);                                      /* the same without looking into /proc; 0: not told, before Linux 6.13 */
uint32_t tracee_mask(pid_t tid);
bool tracee_names_itself(pid_t tid, const char *path);               /* /proc/self/exe, /dev/fd/N: the link, not what it leads to */
uint64_t tracee_identity_at(pid_t tid);                              /* address of what differs after every exec; 0: unknown */
bool tracee_identity(pid_t tid, uint64_t at, uint8_t into[16]);      /* false: not to be read, and zeros */
uint64_t tracee_cpu_ns(pid_t pid);
bool tracee_has_touched(pid_t pid, uint64_t address, uint32_t pages); /* true in doubt */
bool tracee_is_single(pid_t pid);
bool tracee_is_zombie(pid_t pid);
ssize_t small_file(const char *name, char *into, size_t room);       /* its beginning, and a NUL */
void strings_add(struct strings *list, const char *text);
void strings_free(struct strings *list);

/* processes.c: who runs what. */
struct process *process_of(pid_t tid);           /* known process of a thread, or a new one; NULL when gone, or when it cannot be watched */
struct process *process_by_id(pid_t pid), *process_add(pid_t pid, struct image *image);
void process_clones(const struct process *process); /* it asks for a thread or a process */
void process_exits(struct process *process, pid_t tid, int code, bool whole);
void process_gone(struct process *process);
void thread_gone(pid_t tid);
void threads_gone(struct process *process);      /* all but the first */
bool processes_left(void);
void processes_signal(pid_t under, int number);  /* everything below `under` that is in our process group */
struct process *process_asking(uint32_t question);
void processes_answer_all(void);                 /* Node is gone: everything that waits runs */
void processes_each(void (*visit)(struct process *process, int64_t at_ns), int64_t at_ns);
void processes_doubt_all(enum ledger_reason reason, const char *detail);

/* images.c: images and their ledgers. */
struct image *image_start(struct exec *exec, struct image *parent, struct process *process);
struct image *image_by_id(uint32_t id);
bool image_is_comparator(const struct exec *exec, const struct image *parent);
void image_release(struct image *image);
void image_looks_at_environment(struct image *image, pid_t pid); /* `pid` runs it and is about to end or exec */
uint32_t image_chunk(struct image *image, uint32_t full_page); /* page of a chunk with room, 0: none left */
struct chunk_head *chunk_at(uint32_t page);
void image_aliased(struct image *image);
void image_filtered(struct image *image);
uint64_t image_makes_since(const struct image *image);                 /* what was made since then is its own */
void arena_release(uint64_t offset, uint64_t bytes);
int arena_make(void);

/* record.c: writing an image's ledger from here. */
void sig_of(const struct stat *from, struct ledger_sig *to);
void record_path(struct image *image, enum ledger_kind kind, uint16_t flags, const struct stat *sig, const char *path);
void record_missing(struct image *image, uint16_t flags, int error, const char *path);
void record_nowhere(struct image *image, uint16_t flags, const char *path); /* by errno: absent, or not for a reason that the path alone explains */
void record_two(struct image *image, enum ledger_kind kind, const struct stat *first, const struct stat *second, uint16_t flags, const char *from, const char *to);
void record_readlink(struct image *image, int error, const char *path, const char *target);
void record_number(struct image *image, enum ledger_kind kind, uint32_t number, const struct stat *sig, const char *path);
void record_listed(struct image *image, uint16_t flags, const char *path);
void record_stream(struct image *image, enum ledger_kind kind, uint64_t dev, uint64_t ino, int fd, const char *bytes, size_t length);
void record_doubt(struct image *image, enum ledger_reason reason, const char *detail);
void record_opened(struct image *image, uint16_t flags, const char *path);
void record_opened_special(struct image *image, uint16_t flags, const struct stat *what, uint64_t open_flags, const char *path);
bool record_env(struct image *image, const char *name); /* whether it was not yet there */
void record_env_all(struct image *image);

/* look.c: what is at a path now. */
bool is_shared_memory(const char *name, uint64_t flags);                /* POSIX: a file of /dev/shm */
bool is_noise(const char *name);                                        /* nobody's input: /proc, /sys, /dev/null ... */
bool look(const char *name, bool follow, struct stat *into);           /* false: nothing is there, errno says why */
bool attribute_is_permissions(pid_t tid, uint64_t name, uint64_t value, uint64_t size); /* setxattr that does what chmod does */
bool attribute_is_absent(pid_t tid, const char *file, bool follow, uint64_t name); /* removexattr that takes nothing away */
bool owner_is_kept(const struct stat *what, uint64_t user, uint64_t group);
bool parent_exists(const char *name);
bool are_on_one_device(const char *one, const char *other);
bool is_empty_directory(const char *name);

/* calls.c: what a trapped call means. Returns true when the answer has been or will be sent by the callee. */
bool call_trapped(struct process *process, const struct seccomp_notif *notice);
/* bound.c: calls after which what a program starts is not what it would be alone. */
void bound_doubt(struct process *process, const struct seccomp_notif *notice, const char *name, const char *because);
void bound_clone(struct process *process, const struct seccomp_notif *notice);
void bound_control(struct process *process, const struct seccomp_notif *notice);
void bound_rights(struct process *process, const struct seccomp_notif *notice, const char *name);
/* locks.c: flock(2), and locks by fcntl(2) */
bool lock_is_asked(const struct seccomp_notif *notice);
bool lock_asked(struct process *process, const struct seccomp_notif *notice); /* true: it was made, and answered */
/* network.c: sockets */
void network_address(struct process *process, const struct seccomp_notif *notice, uint64_t at, uint64_t length, bool binds);
void network_messages(struct process *process, const struct seccomp_notif *notice, uint64_t at, uint64_t count);
/* questions.c: what guests and replayers ask */
void guest_starts(struct process *process, const struct seccomp_notif *notice);
void guest_asks(struct process *process, const struct seccomp_notif *notice);
/* stream.c: writes to inherited streams, carried out here so that what was written is known exactly. */
bool stream_write(struct process *process, const struct seccomp_notif *notice);
void stream_read(struct process *process, const struct seccomp_notif *notice);
void stream_submitted(struct process *process, const struct seccomp_notif *notice);
void stream_asked(struct process *process, const struct seccomp_notif *notice);
void stream_seek(struct process *process, const struct seccomp_notif *notice);
bool stream_copies(struct process *process, const struct seccomp_notif *notice);
void stream_duplicated(struct process *process, const struct seccomp_notif *notice);
bool stream_is_leaked(const struct stat *what);
bool stream_is_watched(struct image *image, const struct stat *what);
bool stream_is_leaked(const struct stat *what);
int stream_start(void);      /* the descriptor on which finished writes are told */
void stream_finished(void);

/* exec.c: new images. */
bool exec_trapped(struct process *process, const struct seccomp_notif *notice);
/* Does `tid` run another program than the one that called exec? */
bool exec_succeeded(pid_t tid, const struct exec *exec);
/* A call of a process whose exec is pending: did it succeed? True: the new image becomes the replayer, its call is nobody's. */
bool exec_settles(struct process *process, const struct seccomp_notif *notice);
void exec_answered(uint32_t question, uint32_t verdict, int32_t code, const char *streams);
void exec_free(struct exec *exec);
void exec_streams(struct exec *exec);        /* our own, which a program that we start will have */
/* preload.c: programs that no library may be loaded before. */
bool preload_refused(const char *path, const struct stat *what); /* our library may not be loaded into that program */
void preload_hide(pid_t tid, uint64_t env, const struct stat *program, struct exec *exec);
void preload_restore(struct process *process, struct exec *exec);

/* key.c */
void key_weak(struct exec *exec);
void key_hex(const uint8_t *bytes, size_t count, char *into);         /* and a NUL */
#define KEY_PATH_BYTES (PATH_BYTES_MAX + 80)
void key_path(const struct exec *exec, char into[KEY_PATH_BYTES]);    /* where the store has its record */
void blob_path(const uint8_t digest[32], char into[KEY_PATH_BYTES]);  /* where the store has that content */
/* roots.c */
int roots_find(void);

/* guardian.c: who answers when we were killed. */
void guardian_begin(void);
void guardian_note(uint64_t id);             /* of a notification that we took and have to answer */
void guardian_reaped(pid_t gone);
void guardian_end(void);                     /* before our own end */

/* notify.c: the listener. */
void notify_continue(uint64_t id);
void notify_error(uint64_t id, int error);
void notify_value(uint64_t id, int64_t value);
int notify_give_fd(uint64_t id, int fd);     /* the descriptor's number there, or -errno */
void notify_preserved(uint64_t id);
bool notify_is_alive(uint64_t id);
void notify_let_through(void); /* the next call, whoever makes it */
void notify_wake_here(void); /* asks the kernel to wake us on the processor of the process that waits */
void notify_next(void);

/* queue.c: frames for Node. `unit`: the outermost one that a frame is about; 0: none. */
void queue_begin(uint32_t kind, uint32_t unit);
void queue_u32(uint32_t value);
void queue_u64(uint64_t value);
void queue_bytes(const void *bytes, size_t length);
void queue_text(const char *text);
void queue_strings(const struct strings *list);
bool queue_end(bool is_sent_later);          /* false: no memory, nothing is right any more */
void queue_drop(uint32_t unit, void (*dropped)(const char *frame, size_t length));
void queue_visit(uint32_t unit, void (*visit)(const char *frame, size_t length));
void queue_clear(void);
bool queue_is_empty(void);
int queue_send(int to);                      /* 0: all; or -errno, -EAGAIN when the rest must wait */

/* node.c: the pipe to Node. */
void node_hello(void);                                                 /* the first message, whenever it is sent */
void node_begin(void);                                                 /* starts it, if it was not */
void node_planned(uint64_t saved_ns);                                  /* a unit was replayed by plan */
void node_task_planned(const struct exec *exec);                       /* ... that `fathom run` started */
void node_forget(uint32_t unit);                                       /* nothing of it need be told but what slight.c says */
void node_exec(uint32_t kind, const struct exec *exec, uint32_t image, uint32_t parent, pid_t pid);
void node_took(const struct image *image);
void node_end(const struct image *image);
void node_call_begins(void);             /* what is marked from now on is of another call */
void node_mark_changed(uint64_t hash);   /* when the call that is looked at goes on */
bool node_preserve(uint64_t notification, uint32_t image, const char *path); /* false: nobody to ask */
void node_done(uint32_t how, int32_t code, int64_t ended_ns);
void node_flush(void);
int node_patience_ms(void); /* how long may the loop wait for Node to start; -1: for ever. Ends a Node that never did. */
void node_receive(void);
void node_lost(void);
bool node_is_idle(void);

/* perturb.c: another schedule. True: it waits, and is answered later. */
bool perturb_starts(struct process *process, const struct seccomp_notif *notice);
bool perturb_ends(struct process *process, const struct seccomp_notif *notice);
void perturb_chooses(struct image *image, const struct exec *exec);
void perturb_look(bool has_moved);
int perturb_patience_ms(void);               /* how long may the loop wait; -1: for ever */
void perturb_end(void);                      /* whoever is held goes on */

/* trial.c: a unit beside the build. False: it cannot be as it is in the build. */
bool trial_prepare(const char *folder, const char *seed); /* NULL: as it comes */
bool trial_sees_view(void);                  /* whether a view can be mounted at all; the caller is in it then */
int trial_aside(char **words);              /* runs a command in a copy; its exit code, or 125 */

#include "view.h" /* view.c, redirect/: private copies of a folder */
/* main.c, for it */
void prepare_ourselves(void);
int start_command(void);
int conclude(void);

/* replay.c, probe.c: other faces of the same program. */
bool parse_perturb(const char *seed);        /* main.c */
int replay_main(void);
int probe_main(void);

/* took.c: what processes spent their time on. */
void took_thread_ends(struct image *image, pid_t tid);
void took_process_ends(struct image *image, pid_t pid, uint64_t cpu_ns);
int took_patience_ms(int patience_ms);       /* how long may the loop wait, where it would wait so long; -1: for ever */
void took_look(void);                        /* at all of them, when it is time */
bool took_long(const struct image *image);   /* it is to be told of whole, however cheap it was */

/* counters.c: what the processor counts. */
void counters_begin(struct counters *counters, pid_t pid);   /* where it was not begun yet */
void counters_end(struct counters *counters);                /* before the process is gone, or when it is */

/* experiment.c: what `fathom whatif` tries. */
void experiment_begin(void);
bool experiment_is_made(void);
bool experiment_replays(const struct exec *exec);                      /* false: it is to run, whatever is stored */
bool experiment_holds(const struct exec *exec, uint64_t notification); /* true: it is answered later */
int experiment_patience_ms(int patience_ms);
void experiment_release(void);

/* clock */
int64_t now_ns(void);
uint64_t own_cpu_ns(void);
uint64_t next_seq(void);

/* tasks.c */
void slight_collect(uint32_t unit);                                    /* of what is about to be dropped */
bool slight_tell(void);                                                /* false: no memory */
char **tasks_command(char **words);
void tasks_begin(void);
void tasks_end(void);
void tasks_gone(void); /* the program that starts them has ended */
void tasks_alone(void);                                                /* Node is gone */
void tasks_started(const struct image *image, const struct exec *exec, pid_t pid); /* a program that `fathom run` started */
bool tasks_have_said(void);                                            /* what a run would print in which nothing changes */
bool tasks_is_uncached(const struct exec *exec);                       /* it is to run, whatever is stored */
bool tasks_is_limited(const struct exec *exec);                        /* not all that it writes is restored: plans are of all */
/* whole.c: the whole of a `fathom run` by plan, before anything is started. False: it has to run. */
bool whole_replayed(int *code);
#endif
