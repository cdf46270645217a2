/* Writing an image's ledger from here, for calls that reached us as notifications.
 * The same records, the same chunk and the same tables as the guest's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "look.h"
#include "supervisor.h"

uint64_t next_seq(void) { return atomic_fetch_add(&S.head->seq, 1); }

void sig_of(const struct stat *from, struct ledger_sig *to) {
    memset(to, 0, sizeof *to);
    if (!from || from->st_mode == 0) return;
    to->dev = from->st_dev;
    to->ino = from->st_ino;
    to->size = (uint64_t)from->st_size;
    to->mtime_ns = from->st_mtim.tv_sec * 1000000000ll + from->st_mtim.tv_nsec;
    to->ctime_ns = from->st_ctim.tv_sec * 1000000000ll + from->st_ctim.tv_nsec;
    to->mode = from->st_mode;
    to->nlink = (uint32_t)from->st_nlink;
}

struct writer { struct ledger_head *record; char *at; uint32_t size; };

static struct writer begin(struct image *image, enum ledger_kind kind, uint16_t flags, size_t payload) {
    struct writer writer = {0};
    uint32_t size = (uint32_t)(sizeof(struct ledger_head) + payload);
    if (!image || image->ended || image->replayed) return writer;
    uint32_t page = image_chunk(image, 0);
    struct ledger_head *record = NULL;
    while (page && !(record = record_claim(chunk_at(page), size))) {
        uint32_t next = image_chunk(image, page);
        if (!next) chunk_at(image->chunks[0])->full = 1;
        page = next;
    }
    if (!record) return writer;
    record->kind = (uint16_t)kind;
    record->flags = flags;
    record->seq = next_seq();
    return (struct writer){record, (char *)(record + 1), size};
}

static void put(struct writer *writer, const void *bytes, size_t length) {
    if (length) memcpy(writer->at, bytes, length);
    writer->at += length;
}
static void put_u32(struct writer *writer, uint32_t value) { put(writer, &value, 4); }
static void put_text(struct writer *writer, const char *text, size_t length) {
    put_u32(writer, (uint32_t)length);
    put(writer, text, length);
}
static void put_sig(struct writer *writer, const struct stat *what) {
    struct ledger_sig sig;
    sig_of(what, &sig);
    put(writer, &sig, sizeof sig);
}

static bool is_change(enum ledger_kind kind) { return kind >= LEDGER_WROTE && kind <= LEDGER_MADE_NODE; }

/* What every record about a path does to the tables: who has seen it, who made it, is it outside. */
static bool note(struct image *image, enum ledger_kind kind, uint16_t flags, const struct stat *what, const char *path) {
    uint64_t hash = arena_hash(path, strlen(path), 0);
    if (is_change(kind)) {
        if (!is_below_a_root(path)) atomic_fetch_add(&S.head->outside_writes, 1);
        arena_mark_seen(S.head, hash);
        node_mark_changed(hash);
        if (what && what->st_mode) {
            uint64_t file = arena_file_hash(what->st_dev, what->st_ino);
            arena_mark_seen(S.head, file);
            node_mark_changed(file);
        }
        if (!what || !what->st_mode) arena_mark_made(S.head, hash, atomic_load(&S.head->seq));
        return true;
    }
    if (kind == LEDGER_OPENED && what && S_ISREG(what->st_mode)) {
        arena_mark_seen(S.head, hash);
        arena_mark_seen(S.head, arena_file_hash(what->st_dev, what->st_ino));
    }
    if (!image || image->ended || image->replayed) return false;
    uint32_t first = image->chunk_count ? image->chunks[0] : image_chunk(image, 0);
    return first && !chunk_knows(chunk_at(first), hash ^ (uint64_t)kind * 0x9e3779b97f4a7c15ull ^ (uint64_t)(flags & LEDGER_NOFOLLOW) << 60);
}

void record_path(struct image *image, enum ledger_kind kind, uint16_t flags, const struct stat *what, const char *path) {
    if (!note(image, kind, flags, what, path)) return;
    size_t length = strlen(path);
    struct writer writer = begin(image, kind, flags | LEDGER_TRAPPED, 48 + 4 + length);
    if (!writer.record) return;
    put_sig(&writer, what);
    put_text(&writer, path, length);
    record_finish(writer.record, writer.size);
}

void record_nowhere(struct image *image, uint16_t flags, const char *path) {
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) record_missing(image, flags, errno, path);
    else if (errno != ENAMETOOLONG) record_doubt(image, LEDGER_REASON_ERROR, path);
}

void record_missing(struct image *image, uint16_t flags, int error, const char *path) {
    if (!note(image, LEDGER_MISSING, flags, NULL, path)) return;
    size_t length = strlen(path);
    struct writer writer = begin(image, LEDGER_MISSING, flags | LEDGER_TRAPPED, 8 + 4 + length);
    if (!writer.record) return;
    put_u32(&writer, (uint32_t)error);
    put_u32(&writer, 0);
    put_text(&writer, path, length);
    record_finish(writer.record, writer.size);
}

/* MADE_LINK (no signatures), LINKED (one), RENAMED (two). */
void record_two(struct image *image, enum ledger_kind kind, const struct stat *first, const struct stat *second, uint16_t flags, const char *from, const char *to) {
    if (kind == LEDGER_RENAMED) note(image, kind, flags, first, from);
    note(image, kind, flags, second, kind == LEDGER_MADE_LINK ? from : to);
    size_t from_length = strlen(from), to_length = strlen(to);
    size_t sigs = kind == LEDGER_RENAMED ? 2 : kind == LEDGER_LINKED ? 1 : 0;
    struct writer writer = begin(image, kind, flags | LEDGER_TRAPPED, sigs * 48 + 8 + from_length + to_length);
    if (!writer.record) return;
    if (sigs > 0) put_sig(&writer, first);
    if (sigs > 1) put_sig(&writer, second);
    put_text(&writer, from, from_length);
    put_text(&writer, to, to_length);
    record_finish(writer.record, writer.size);
}

void record_readlink(struct image *image, int error, const char *path, const char *target) {
    if (!note(image, LEDGER_READLINK, 0, NULL, path)) return;
    size_t length = strlen(path), target_length = strlen(target);
    struct writer writer = begin(image, LEDGER_READLINK, LEDGER_TRAPPED, 16 + length + target_length);
    if (!writer.record) return;
    put_u32(&writer, (uint32_t)error);
    put_u32(&writer, 0);
    put_text(&writer, path, length);
    put_text(&writer, target, target_length);
    record_finish(writer.record, writer.size);
}

/* MADE_DIR and MADE_NODE (a mode), CHANGED (what, and the state before). */
void record_number(struct image *image, enum ledger_kind kind, uint32_t number, const struct stat *what, const char *path) {
    note(image, kind, 0, what, path);
    size_t length = strlen(path);
    uint16_t flags = what && S_ISLNK(what->st_mode) ? LEDGER_NOFOLLOW : 0; /* a link that was looked at was meant */
    struct writer writer = begin(image, kind, LEDGER_TRAPPED | flags, 8 + (kind == LEDGER_CHANGED ? 48 : 0) + 4 + length);
    if (!writer.record) return;
    put_u32(&writer, number);
    put_u32(&writer, 0);
    if (kind == LEDGER_CHANGED) put_sig(&writer, what);
    put_text(&writer, path, length);
    record_finish(writer.record, writer.size);
}

void record_stream(struct image *image, enum ledger_kind kind, uint64_t dev, uint64_t ino, int fd, const char *bytes, size_t length) {
    do {
        size_t piece = length > PIECE_BYTES_MAX ? PIECE_BYTES_MAX : length;
        struct writer writer = begin(image, kind, LEDGER_TRAPPED, 24 + (kind == LEDGER_STREAM_WROTE ? 4 + piece : 0));
        if (!writer.record) return;
        put(&writer, &dev, 8);
        put(&writer, &ino, 8);
        put_u32(&writer, (uint32_t)fd);
        put_u32(&writer, 0);
        if (kind == LEDGER_STREAM_WROTE) put_text(&writer, bytes, piece);
        record_finish(writer.record, writer.size);
        bytes += piece;
        length -= piece;
    } while (length);
}

void record_doubt(struct image *image, enum ledger_reason reason, const char *detail) {
    size_t length = strlen(detail);
    if (length > 200) length = 200;
    struct writer writer = begin(image, LEDGER_DOUBT, LEDGER_TRAPPED, 8 + 4 + length);
    if (!writer.record) return;
    put_u32(&writer, reason);
    put_u32(&writer, 0);
    put_text(&writer, detail, length);
    record_finish(writer.record, writer.size);
}

bool record_env(struct image *image, const char *name) {
    if (!note(image, LEDGER_ENV, 0, NULL, name)) return false;
    size_t length = strlen(name);
    struct writer writer = begin(image, LEDGER_ENV, LEDGER_TRAPPED, 4 + length);
    if (!writer.record) return true;
    put_text(&writer, name, length);
    record_finish(writer.record, writer.size);
    return true;
}

void record_env_all(struct image *image) {
    struct writer writer = begin(image, LEDGER_ENV_ALL, 0, 8);
    if (!writer.record) return;
    put_u32(&writer, 0);
    put_u32(&writer, 0);
    record_finish(writer.record, writer.size);
}

void record_listed(struct image *image, uint16_t flags, const char *path) {
    DIR *directory = opendir(path);
    struct stat what;
    if (!directory) { /* it may be there, and may not be read */
        if (errno == EACCES && is_in_workspace(path)) record_doubt(image, LEDGER_REASON_ERROR, path);
        else if (look(path, !(flags & LEDGER_NOFOLLOW), &what)) record_path(image, LEDGER_TYPED, flags, &what, path);
        else record_nowhere(image, flags, path);
        return;
    }
    if (fstat(dirfd(directory), &what) != 0 || !note(image, LEDGER_LISTED, flags, &what, path)) {
        closedir(directory);
        return;
    }
    char *names = NULL;
    size_t used = 0, room = 0, length = strlen(path);
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        size_t name = strlen(entry->d_name) + 1;
        if (used + name + 1 > room) {
            char *more = realloc(names, room = (room + name) * 2 + 4096);
            if (!more) break;
            names = more;
        }
        names[used++] = (char)entry->d_type;
        memcpy(names + used, entry->d_name, name);
        used += name;
    }
    closedir(directory);
    if (length + used + 128 > ARENA_CHUNK_BYTES - CHUNK_FIRST_RECORDS_AT) {
        record_doubt(image, LEDGER_REASON_LEDGER_FULL, "a very large directory");
    } else {
        struct writer writer = begin(image, LEDGER_LISTED, (uint16_t)(flags | LEDGER_TRAPPED), 48 + 8 + length + used);
        if (writer.record) {
            put_sig(&writer, &what);
            put_text(&writer, path, length);
            put_text(&writer, names, used);
            record_finish(writer.record, writer.size);
        }
    }
    free(names);
}

/* A pipe, a socket, a device with a name. */
void record_opened_special(struct image *image, uint16_t flags, const struct stat *what, uint64_t open_flags, const char *path) {
    record_path(image, LEDGER_TYPED, flags, what, path);
    if (strstr(path, "/GMfifo")) return; /* GNU make's jobserver */
    bool is_stream = stream_is_watched(image, what);
    if (is_stream && !(open_flags & (O_WRONLY | O_RDWR))) record_stream(image, LEDGER_STREAM_READ, what->st_dev, what->st_ino, 0, NULL, 0);
    else record_doubt(image, is_stream ? LEDGER_REASON_STREAM_LOST : LEDGER_REASON_DEVICE, path);
}

/* A guest opened this for reading, and it is no regular file. */
void record_opened(struct image *image, uint16_t flags, const char *path) {
    struct stat what;
    if (!image) return;
    if ((flags & LEDGER_NOFOLLOW ? lstat : stat)(path, &what) != 0) record_doubt(image, LEDGER_REASON_ERROR, path);
    else if (S_ISDIR(what.st_mode)) record_listed(image, flags, path);
    else if (S_ISREG(what.st_mode)) record_path(image, LEDGER_OPENED, flags, &what, path);
    else record_opened_special(image, flags, &what, O_RDONLY, path);
}
