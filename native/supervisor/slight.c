/* Units that Node need not be told of: replayed by plan, or too slight to be stored. Who asks afterwards who wrote a
 * file (src/explain/) wants to know of them all the same, so what they were and what they changed is told in few
 * words, in place of the frames that are dropped. */
#include <stdlib.h>
#include <string.h>
#include "reader.h"
#include "supervisor.h"

/* The whole of a run: 10,000 of them with a hundred arguments each. Beyond it the trace says that it is not whole. */
#define SLIGHT_BYTES_MAX (8u << 20)
#define ARGUMENT_BYTES_MAX (16u * 1024)
#define CHANGED_MAX 256
/* Images of one such unit that are told of. */
#define IMAGES_MAX 64

/* Places in the frames of EXEC and END, as node.c writes them. */
enum { KIND_AT = 4, EXEC_IMAGE_AT = 12, EXEC_PARENT_AT = 16, EXEC_STARTED_AT = 32, EXEC_KEY_AT = 40, EXEC_FLAGS_AT = 76, EXEC_INHERITED_AT = 152 };
enum { END_IMAGE_AT = 8, END_ENDED_AT = 32, END_COUNT_AT = 52 };

static const char *execs[IMAGES_MAX];
static size_t exec_count;
static char *told; /* payloads, each behind its length */
static size_t told_bytes, told_room, all_bytes;
static bool is_full;

static void put(const void *bytes, size_t length) {
    if (is_full) return;
    if (told_bytes + length > told_room) {
        size_t more = told_room ? told_room : 1 << 14;
        while (more < told_bytes + length) more *= 2;
        char *grown = realloc(told, more);
        if (!grown) {
            is_full = true;
            return;
        }
        told = grown;
        told_room = more;
    }
    memcpy(told + told_bytes, bytes, length);
    told_bytes += length;
}
static void put_u32(uint32_t value) { put(&value, 4); }

static const char *after_text(const char *at) { return at + 4 + u32_at(at); }
static const char *after_list(const char *at) {
    uint32_t count = u32_at(at);
    at += 4;
    for (uint32_t i = 0; i < count; i++) at = after_text(at);
    return at;
}

static bool is_in_workspace(const char *path, size_t length) {
    size_t root = strlen(S.workspace);
    return root == 1 || (length > root && !memcmp(path, S.workspace, root) && path[root] == '/');
}

/* One change: a letter and the path. What the program left in its ledger is not believed. */
static uint32_t changed(char how, const char *field, const char *end) {
    if (end - field < 4 || u32_at(field) > (size_t)(end - field - 4)) return 0;
    uint32_t length = u32_at(field);
    if (length == 0 || length > PATH_BYTES_MAX || !is_in_workspace(field + 4, length)) return 0;
    put_u32(length + 1);
    put(&how, 1);
    put(field + 4, length);
    return 1;
}

static const char *behind(const char *field, const char *end) {
    return end - field < 4 || u32_at(field) > (size_t)(end - field - 4) ? end : field + 4 + u32_at(field);
}

static uint32_t changes_of(const char *record, const char *end, uint16_t kind) {
    const size_t sig = sizeof(struct ledger_sig);
    const char *fields = record + sizeof(struct ledger_head);
    if (end - fields < (ptrdiff_t)(2 * sig) && kind == LEDGER_RENAMED) return 0;
    if (end - fields < (ptrdiff_t)sig && (kind == LEDGER_WROTE || kind == LEDGER_REMOVED || kind == LEDGER_LINKED)) return 0;
    if (end - fields < 8) return 0;
    switch (kind) {
    case LEDGER_WROTE: return changed('w', fields + sig, end);
    case LEDGER_REMOVED: return changed('r', fields + sig, end);
    case LEDGER_MADE_DIR: return changed('m', fields + 8, end);
    case LEDGER_MADE_LINK: return changed('m', fields, end);
    case LEDGER_LINKED: return changed('m', behind(fields + sig, end), end);
    case LEDGER_RENAMED: return changed('r', fields + 2 * sig, end) + changed('n', behind(fields + 2 * sig, end), end);
    default: return 0;
    }
}

static uint32_t changes_in(const char *at, uint64_t bytes) {
    uint32_t count = 0;
    const char *end = at + bytes;
    while (end - at >= (ptrdiff_t)sizeof(struct ledger_head) && count < CHANGED_MAX) {
        struct ledger_head head;
        memcpy(&head, at, sizeof head);
        if (head.size < sizeof head || head.size > (size_t)(end - at)) break;
        count += changes_of(at, at + head.size, head.kind);
        at += head.size;
    }
    return count;
}

static void arguments(const char *list) {
    uint32_t count = u32_at(list), kept = 0;
    const char *at = list + 4;
    while (kept < count && after_text(at) - list <= ARGUMENT_BYTES_MAX) {
        at = after_text(at);
        kept++;
    }
    put_u32(count - kept);
    put_u32(kept);
    put(list + 4, (size_t)(at - list - 4));
}

/* As src/run/tracing.ts has it. */
#define TASK_VARIABLE "FATHOM_TASK="

static void task_of(const char *env) {
    const size_t name = sizeof TASK_VARIABLE - 1;
    uint32_t count = u32_at(env);
    const char *at = env + 4;
    for (uint32_t i = 0; i < count; i++, at = after_text(at)) {
        uint32_t length = u32_at(at);
        if (length < name || memcmp(at + 4, TASK_VARIABLE, name)) continue;
        put_u32(length - (uint32_t)name);
        put(at + 4 + name, length - name);
        return;
    }
    put_u32(0);
}

static void describe(const char *exec, const char *end) {
    size_t start = told_bytes;
    uint32_t flags = u32_at(exec + EXEC_FLAGS_AT), count = 0, nothing = 0;
    const char *path = after_list(exec + EXEC_INHERITED_AT), *cwd = after_text(path);
    put(&nothing, 4); /* the payload's length, later */
    put(exec + EXEC_IMAGE_AT, 4);
    put(exec + EXEC_PARENT_AT, 4);
    put_u32(flags);
    put(exec + EXEC_STARTED_AT, 8);
    put(end + END_ENDED_AT, 8);
    put(exec + EXEC_KEY_AT, 32);
    put(path, (size_t)(after_text(cwd) - path));
    task_of(after_list(after_text(cwd)));
    arguments(after_text(cwd));
    size_t count_at = told_bytes;
    put(&nothing, 4);
    for (uint32_t i = 0; i < u32_at(end + END_COUNT_AT) && !(flags & EXEC_PLANNED); i++) {
        uint64_t place[2];
        memcpy(place, end + END_COUNT_AT + 4 + i * 16, sizeof place);
        count += changes_in((const char *)chunk_at(0) + place[0], place[1]);
    }
    uint32_t length = (uint32_t)(told_bytes - start - 4);
    if (is_full || (count == 0 && !(flags & EXEC_PLANNED))) {
        told_bytes = start;
        return;
    }
    memcpy(told + count_at, &count, 4);
    memcpy(told + start, &length, 4);
}

static void visit(const char *frame, size_t length) {
    uint32_t kind = u32_at(frame + KIND_AT);
    if (kind == PROTOCOL_EXEC && length > EXEC_INHERITED_AT && exec_count < IMAGES_MAX) execs[exec_count++] = frame;
    if (kind != PROTOCOL_END || length < END_COUNT_AT + 4) return;
    for (size_t i = exec_count; i-- > 0;)
        if (u32_at(execs[i] + EXEC_IMAGE_AT) == u32_at(frame + END_IMAGE_AT)) {
            describe(execs[i], frame);
            return;
        }
}

void slight_collect(uint32_t unit) {
    exec_count = told_bytes = 0;
    if (!is_full) queue_visit(unit, visit);
}

/* When the frames are gone. */
bool slight_tell(void) {
    bool was_full = all_bytes > SLIGHT_BYTES_MAX;
    for (size_t at = 0; at < told_bytes && !was_full; at += 4 + u32_at(told + at)) {
        queue_begin(PROTOCOL_SLIGHT, 0);
        queue_bytes(told + at + 4, u32_at(told + at));
        if (!queue_end(true)) return false;
    }
    all_bytes += told_bytes;
    if (was_full || all_bytes <= SLIGHT_BYTES_MAX) return true;
    is_full = true;
    queue_begin(PROTOCOL_LEFT_OUT, 0);
    queue_u32(0);
    return queue_end(true);
}
