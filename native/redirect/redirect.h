/* What the parts of the virtual filesystem without a mount share. Every path call of the processes in a view comes here:
 * the path is resolved against `upper`, where the changes are, and then against what lies below it (lowers.c); what it asks is
 * carried out here, on our copy of its words, and only what the kernel would answer alike is left to the kernel.
 *
 * What the kernel keeps of a process (its folder, its descriptors) are real folders: of one that shows what lies below that
 * of the topmost layer there, mostly the workspace's own, of any other the one in `upper`. So which place of the view one means can be read off its real name,
 * however it was duplicated, inherited or sent, and nothing has to be kept for each process.
 *
 * Functions give 0 or -errno where nothing else is said. */
#ifndef FATHOM_REDIRECT_H
#define FATHOM_REDIRECT_H
#include <dirent.h>
#include "../supervisor/supervisor.h"

/* Source: path_resolution(7). */
#define LINKS_MAX 40
#define WHITEOUT_DEVICE 0
#define OPAQUE "user.overlay.opaque"
#define ORIGIN "user.overlay.origin"
#define OVERLAY_PREFIX "user.overlay."

/* What lies under the changes, topmost first, as view.c mounts it: what is hidden, outputs of the cache without their bytes,
 * what the workspace was, and the workspace. */
enum { HIDDEN, OUTPUTS, KEPT, WORKSPACE, LOWERS };
#define ONLY_WORKSPACE (1u << WORKSPACE)
struct lower { int fd; size_t length; char path[PATH_BYTES_MAX]; };

struct redirect {
    char workspace[PATH_BYTES_MAX], upper_path[PATH_BYTES_MAX], work_path[PATH_BYTES_MAX];
    size_t workspace_length, upper_length;
    int upper, work;              /* the same, open */
    struct lower lowers[LOWERS];
    unsigned layers;              /* which of them there are: a bit for each */
    uint64_t cookie;              /* in an argument that the kernel ignores: this call is one that we make in a process */
    bool maps_device;             /* the view is on another disk: its files are shown as if they were on the workspace's */
    dev_t device;                 /* ... this one */
    bool is_fixed;                /* every time is this one (fixed.c) */
    int64_t fixed_s;
    bool mask_changed;            /* some process has another umask than the command had */
    uid_t user;
};
extern struct redirect R;

/* Where a name is: nowhere, only in `upper`, only below it, or (a directory) in both, what is below showing through. */
enum layer { NOWHERE, UPPER, LOWER, BOTH };

struct place {
    char path[PATH_BYTES_MAX];    /* in the view: absolute, without links on the way, ".." or "." */
    int error;                    /* 0: it is there; -ENOENT with `has_parent`: only the last name is missing */
    bool has_parent;
    bool is_inside;               /* the workspace or below it */
    enum layer layer;             /* inside */
    unsigned lowers;              /* LOWER, BOTH: which layers below have it; of anything but a directory one */
    unsigned parent_lowers;       /* ... the directory that holds it: they show through there */
    bool parent_is_shown;         /* the kernel finds in that directory what the view has there, whatever the name */
    bool is_whited_out;           /* `upper` has a whiteout there */
    bool differs;                 /* the kernel, given the same words, would not come to the same */
    bool is_magic;                /* a link of /proc that leads to what has no name */
    bool must_be_directory;       /* it was written with a slash behind it */
    struct stat what;             /* outside as well */
};

/* walk.c: paths to places. */
enum { WALK_FOLLOW = 1, WALK_FOLD = 2 /* an empty path is the directory itself */ };
void walk(pid_t tid, int dirfd, const char *text, unsigned flags, struct place *place);
int walk_base(pid_t tid, int dirfd, struct place *place); /* the directory that paths without a slash in front begin at */
void walk_forget(void);                                   /* a directory outside may be a link from now on */
/* Beyond what disks give out: of two files one would be the other, if both had the same number. */
#define UPPER_INODE (1ull << 62)
bool view_name(char *path);                               /* a real name becomes that in the view. False: it is no other one */
bool is_upper_name(const char *path);                     /* it is one in `upper` */
const char *inner(const struct place *place);             /* from the workspace's root, as the calls with a directory take it */
int layer_of(const struct place *place);                  /* the directory from which inner() leads to it */
void real_path(const struct place *place, char into[PATH_BYTES_MAX]);
void folder_path(const struct place *place, char into[PATH_BYTES_MAX]); /* of the folder that processes have for a directory */
bool is_kernels(const struct place *place);               /* it finds the same there, in the same state */

/* lowers.c: what lies under the changes. */
struct below { unsigned layers; bool is_kernels; struct stat what; }; /* is_kernels: the workspace alone would say the same */
int lowers_begin(const char *view);
int below_of(unsigned among, const char *name, struct below *below); /* `among`: the layers that have the directory above */
int below_from_root(const char *name, struct below *below);
bool lower_has(const struct place *place);                /* what a whiteout or another thing in `upper` hides */
bool lower_knows(const struct place *place);              /* ... or says that it is not there: the workspace may have it */
int lower_of(const struct place *place);                  /* the layer whose folder processes have for a directory, or that has the file */
bool is_plain(const struct place *place);                 /* it is the workspace's, and nothing lies over it */
void map_state(struct stat *what);                        /* R.maps_device */

/* shown.c: directories in which the kernel finds what the view has. */
int shown_begin(void);
int shown_table(void);                                    /* a descriptor to be handed out */
bool shown_has(const char *path, size_t length);
void shown_learn(const struct place *place);
void shown_learn_directory(const struct place *place);    /* it is one */
bool shown_gives_directories(void);                       /* guests may open them */
void shown_forget(const char *inner);                     /* before `upper` has anything of that directory, or hides it */
void shown_forget_all(void);
void shown_end(void);                                     /* for guests */

/* bring.c: bytes of outputs, when somebody opens them. */
void bring_begin(int channel);                            /* to who has them brought */
void bring_end(void);                                     /* nobody does any more */
int bring(const struct place *place);                     /* it has its bytes afterwards; for anything else nothing is done */

/* upper.c: how changes are kept. */
int settle(struct place *place, bool with_content);       /* it is in `upper` afterwards */
int settle_parent(const struct place *place);
int copy_content(int from, int to, off_t size);           /* `to` is at its beginning */
int make_whiteout(const struct place *place);             /* whatever `upper` has there (no directory) is gone with it */
struct fresh { int directory; char name[PATH_BYTES_MAX]; bool is_aside; };
int fresh_begin(const struct place *place, struct fresh *fresh); /* where to make something new */
int fresh_end(const struct place *place, const struct fresh *fresh, int failed);
/* Rights that the owner of a directory of `upper` has not given himself, and we need: to put a copy of his file there, or to see that it is empty. */
struct lent { const char *name; mode_t mode; bool is_lent; };
void lend(struct lent *lent, const char *name, mode_t rights);
void give_back(const struct lent *lent);
int take_directory(const struct place *place);            /* removes one that is empty in the view */
int empty_of_whiteouts(const struct place *place);
int mark_opaque(int directory, const char *name);

/* fixed.c: for R.is_fixed; `path` is one of the view, in the workspace. */
uint64_t fixed_inode(const char *path);
void fixed_state(const char *path, struct stat *what);
void fixed_more(const char *path, struct statx *more);

/* list.c: names of directories of both layers. */
struct names { char *bytes; size_t length, room; };
int names_of(const struct place *place, struct names *names); /* struct linux_dirent64, one behind the other */
int names_none(const struct place *place);                /* 0, or -ENOTEMPTY */
int listed_keep(int fd, bool is_shown);                   /* a directory that is handed out; takes the descriptor in any case */
void list(pid_t tid, const struct seccomp_notif *notice);

/* One call of a process. */
struct asked { pid_t tid; const struct seccomp_notif *notice; };
static inline uint64_t arg(const struct asked *asked, int n) { return asked->notice->data.args[n]; }
static inline uint64_t asked_id(const struct asked *asked) { return asked->notice->id; }
void answer(const struct asked *asked, int64_t result);   /* -errno or the value */
void answer_with(const struct asked *asked, const void *bytes, size_t length, uint64_t address, int64_t value);
void pass(const struct asked *asked);                     /* the kernel may do it */
void hand_out(const struct asked *asked, int fd, uint64_t flags); /* becomes the result; closes ours */
mode_t masked(const struct asked *asked, uint64_t mode);
int take_fd(pid_t tid, int fd);                           /* our own descriptor of the same open file */

/* open.c */
void opens(const struct asked *asked, int dirfd, uint64_t address, uint64_t flags, uint64_t mode);
/* tell.c: calls that only tell. */
bool tells(const struct asked *asked);
/* change.c: calls that change; names.c: those that change names. */
bool changes(const struct asked *asked);
bool changes_names(const struct asked *asked);
/* attributes.c: extended ones. */
bool asks_attributes(const struct asked *asked);
/* own.c: what only a process can change of itself: its folder; and what is bound to a path by a descriptor of its own. */
bool asks_of_own(const struct asked *asked);
/* start.c: programs. */
void starts(const struct asked *asked);
/* inject.c: a call that a process makes because we want it to. */
struct injected;
int inject_begin(const struct asked *asked, struct injected **into); /* answers the notification; on failure not */
int64_t inject_call(struct injected *injected, long number, const uint64_t args[6]);
int inject_exec(struct injected *injected, const uint64_t args[6]); /* 0: the new program runs; or -errno */
#define INJECT_ROOM_BYTES (1u << 20)
uint64_t inject_room(struct injected *injected); /* memory of the process; its first 8 bytes are taken. 0: none */
/* Its own call once more, with another path: its argument `at`. When it comes again, it may pass. On failure nothing was answered. */
int inject_again(const struct asked *asked, unsigned at, const char *path);
bool inject_is_again(pid_t tid, uint64_t address);
int64_t inject_named(const struct asked *asked, long number, const char *path, unsigned at, uint64_t args[6]); /* all of it, for a call with a path; on failure nothing was answered */
void inject_end(struct injected *injected, int64_t result);         /* what the process believes its own call gave */
/* calls.c: the next one. */
void redirect_next(void);

#endif
