/* What is to be told to Node, frame by frame (native/protocol.def), in memory until the
 * pipe takes it: a busy Node slows nothing, and one that was not started yet misses
 * nothing. What concerns only a unit that nobody will store can be taken out again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "supervisor.h"

struct frame { size_t at, length; uint32_t unit; };

static char *queue;
static size_t queued, sent, room;
/* Kept only while nothing is sent: of what is under way nothing is taken out. */
static struct frame *frames;
static size_t frame_count, frame_room;
static struct frame now;      /* being written */
static bool is_lost;          /* for want of memory */

void queue_bytes(const void *bytes, size_t length) {
    if (is_lost) return;
    if (queued + length > room) {
        size_t more = room ? room : 1 << 16;
        while (more < queued + length) more *= 2;
        char *grown = realloc(queue, more);
        if (!grown) {
            is_lost = true;
            return;
        }
        queue = grown;
        room = more;
    }
    if (length) memcpy(queue + queued, bytes, length);
    queued += length;
}
void queue_u32(uint32_t value) { queue_bytes(&value, 4); }
void queue_u64(uint64_t value) { queue_bytes(&value, 8); }
void queue_text(const char *text) {
    size_t length = strlen(text);
    queue_u32((uint32_t)length);
    queue_bytes(text, length);
}
void queue_strings(const struct strings *list) {
    const char *at = list->bytes;
    queue_u32((uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++, at += strlen(at) + 1) queue_text(at);
}

void queue_begin(uint32_t kind, uint32_t unit) {
    now = (struct frame){.at = queued, .unit = unit};
    queue_u32(0);
    queue_u32(kind);
}

static void keep(struct frame frame) {
    if (frame_count == frame_room) {
        size_t more = frame_room ? frame_room * 2 : 256;
        struct frame *grown = realloc(frames, more * sizeof *frames);
        if (!grown) {
            is_lost = true;
            return;
        }
        frames = grown;
        frame_room = more;
    }
    frames[frame_count++] = frame;
}

bool queue_end(bool is_sent_later) {
    if (is_lost) return false;
    now.length = queued - now.at;
    uint32_t length = (uint32_t)(now.length - 4);
    memcpy(queue + now.at, &length, 4);
    if (is_sent_later) keep(now);
    return !is_lost;
}

void queue_drop(uint32_t unit, void (*dropped)(const char *frame, size_t length)) {
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < frame_count; i++) {
        struct frame frame = frames[i];
        if (frame.unit == unit) {
            dropped(queue + frame.at, frame.length);
            continue;
        }
        memmove(queue + at, queue + frame.at, frame.length);
        frame.at = at;
        at += frame.length;
        frames[kept++] = frame;
    }
    frame_count = kept;
    queued = at;
}

/* Nothing may be added meanwhile. */
void queue_visit(uint32_t unit, void (*visit)(const char *frame, size_t length)) {
    for (size_t i = 0; i < frame_count; i++)
        if (frames[i].unit == unit) visit(queue + frames[i].at, frames[i].length);
}

void queue_clear(void) {
    queued = sent = frame_count = 0;
    is_lost = false;
}

bool queue_is_empty(void) { return sent == queued; }

int queue_send(int to) {
    frame_count = 0;
    while (sent < queued) {
        ssize_t put = write(to, queue + sent, queued - sent);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return -errno;
        sent += (size_t)put;
    }
    queued = sent = 0;
    return 0;
}
