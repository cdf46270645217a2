/* Whether what a plan relied on below the roots is as it was. There may be a hundred thousand
 * paths, and looking at one is a system call: they are asked for from their folder, and where
 * there are many, by several threads, which are gone when the answer is given. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "../folder.h"
#include "../share.h"
#include "reader.h"
#include "supervisor.h"

/* What is said of the content of a path: bits beside its permissions. */
#define CONTENT_COUNTS 0x8000u   /* its time is that of an input */
#define CONTENT_TELLS 0x4000u    /* the digest that follows is all that matters of it */
#define CONTENT_BYTES 34u

struct part {
    struct reader paths, states, contents;
    int64_t newest_input_ns;
    bool holds;
    const char *changed;         /* a file whose content is another one; NULL: that is not why */
    atomic_bool *differs;        /* one has found a difference: nobody need go on */
    struct worker worker;
};

/* What is known of contents, and the room to read them, is for one at a time. */
static pthread_mutex_t content_lock = PTHREAD_MUTEX_INITIALIZER;

static bool has_content(const char *path, const char now[STATE_BYTES], const char *content) {
    uint16_t says;
    memcpy(&says, content, sizeof says);
    if (!(says & CONTENT_TELLS) || !S_ISREG(state_mode(now)) || (state_mode(now) & 07777) != (says & 07777u)) return false;
    pthread_mutex_lock(&content_lock);
    bool is_same = content_is(path, now, (const uint8_t *)content + sizeof says);
    pthread_mutex_unlock(&content_lock);
    return is_same;
}

/* Every path in the state that was sealed, or a file of the content that was. */
static bool part_holds(struct part *part) {
    struct folder folder = NO_FOLDER;
    bool holds = true;
    for (const char *path; holds && (path = take_string(&part->paths));) {
        char now[STATE_BYTES];
        uint16_t says;
        const char *sealed = take(&part->states, STATE_BYTES), *content = take(&part->contents, CONTENT_BYTES);
        if (!sealed || !content || atomic_load_explicit(part->differs, memory_order_relaxed)) {
            holds = false;
            break;
        }
        const char *name;
        int directory = folder_for(&folder, path, &name);
        int64_t mtime_ns = state_at(directory, name, now);
        holds = !memcmp(now, sealed, STATE_BYTES) || has_content(path, now, content);
        memcpy(&says, content, sizeof says);
        if (!holds && (says & CONTENT_TELLS)) part->changed = path;
        if ((says & CONTENT_COUNTS) && mtime_ns > part->newest_input_ns) part->newest_input_ns = mtime_ns;
    }
    folder_close(&folder);
    return holds && !part->paths.damaged && !part->states.damaged && !part->contents.damaged && part->states.left == 0 && part->contents.left == 0;
}

static void *look_at(void *argument) {
    struct part *part = argument;
    part->holds = part_holds(part);
    if (!part->holds) atomic_store(part->differs, true);
    return NULL;
}

/* So many paths from the front, with what is said of them. */
static void cut(struct part *from, struct part *part, size_t count) {
    const char *start = from->paths.at;
    for (size_t i = 0; i < count; i++) take_string(&from->paths);
    part->paths = (struct reader){start, (size_t)(from->paths.at - start), from->paths.damaged};
    part->states = (struct reader){take(&from->states, count * STATE_BYTES), count * STATE_BYTES, from->states.damaged};
    part->contents = (struct reader){take(&from->contents, count * CONTENT_BYTES), count * CONTENT_BYTES, from->contents.damaged};
    part->differs = from->differs;
}

bool here_holds(struct reader paths, struct reader states, struct reader contents, int64_t *newest_input_ns, const char **changed) {
    struct part parts[SHARES_MAX] = {0};
    atomic_bool differs = false;
    size_t count = states.left / STATE_BYTES, last = shares_of(count) - 1;
    struct part *rest = &parts[last];
    *rest = (struct part){.paths = paths, .states = states, .contents = contents, .differs = &differs};
    for (size_t i = 0; i < last; i++) {
        cut(rest, &parts[i], count / (last + 1));
        parts[i].worker = worker_start(look_at, &parts[i]);
    }
    bool holds = true;
    for (size_t i = last + 1; i-- > 0;) { /* the last has no thread */
        worker_finish(&parts[i].worker, look_at, &parts[i]);
        holds &= parts[i].holds;
        if (parts[i].changed) *changed = parts[i].changed;
        if (parts[i].newest_input_ns > *newest_input_ns) *newest_input_ns = parts[i].newest_input_ns;
    }
    return holds;
}
