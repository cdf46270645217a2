/* Bytes that are taken one after the other, and never more than there are. */
#ifndef FATHOM_READER_H
#define FATHOM_READER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of what is known to be there. */
static inline uint32_t u32_at(const char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* What is still to be read; `damaged` once something does not fit. */
struct reader { const char *at; size_t left; bool damaged; };

static inline const char *take(struct reader *reader, size_t length) {
    if (reader->damaged || length > reader->left) {
        reader->damaged = true;
        return NULL;
    }
    const char *taken = reader->at;
    reader->at += length, reader->left -= length;
    return taken;
}
/* Of at most 4 bytes. */
static inline uint32_t take_small(struct reader *reader, size_t bytes) {
    uint32_t value = 0;
    const char *at = take(reader, bytes);
    if (at) memcpy(&value, at, bytes);
    return value;
}
static inline uint32_t take_u32(struct reader *reader) {
    return take_small(reader, sizeof(uint32_t));
}
static inline uint64_t take_u64(struct reader *reader) {
    uint64_t value = 0;
    const char *at = take(reader, sizeof value);
    if (at) memcpy(&value, at, sizeof value);
    return value;
}
static inline struct reader take_block(struct reader *reader) {
    uint32_t length = take_u32(reader);
    const char *at = take(reader, length);
    return (struct reader){at, at ? length : 0, !at};
}
/* A string up to its NUL; NULL at the end of the block. */
static inline const char *take_string(struct reader *block) {
    const char *end = block->left ? memchr(block->at, 0, block->left) : NULL;
    if (!end) {
        if (block->left) block->damaged = true;
        return NULL;
    }
    return take(block, (size_t)(end - block->at) + 1);
}
#endif
