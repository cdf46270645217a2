/* Writing the image's ledger from inside. The order of things in a claimed record does
 * not matter until `size` is stored; a process that dies in between loses one record,
 * and the reader sees that it did. */
#include "raw.h"

#define AT_FDCWD -100
#define PROT_READ_WRITE 3
#define MAP_SHARED 1

/* The path as an absolute one, not normalised. 0: it is in *absolute. Otherwise it cannot be told here. */
long guest_descriptor_path(int fd, char *into) {
    char name[32] = "/proc/self/fd/", digits[12];
    int count = 0, place = 14, number = fd;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count) name[place++] = digits[--count];
    name[place] = 0;
    long got = gate4(__NR_readlinkat, AT_FDCWD, (long)name, (long)into, GUEST_PATH_MAX - 1);
    return got <= 0 || got >= GUEST_PATH_MAX - 1 || into[0] != '/' || into[got - 1] == ')' ? -1 : got; /* "/gone (deleted)", perhaps */
}

int guest_path(int dirfd, const char *path, char *buffer, const char **absolute) {
    size_t length = length_of(path), at;
    if (path[0] == '/') {
        *absolute = path;
        return length >= ARENA_PATH_MAX || is_special(path);
    }
    if (dirfd == AT_FDCWD) {
        long got = raw4(__NR_getcwd, (long)buffer, GUEST_PATH_MAX, 0, 0);
        if (got <= 1 || buffer[0] != '/') return 1;
        at = (size_t)got - 1;
    } else {
        long got = dirfd < 0 ? -1 : guest_descriptor_path(dirfd, buffer);
        if (got < 0) return 1;
        at = (size_t)got;
    }
    if (at + 1 + length >= GUEST_PATH_MAX) return 1;
    if (at > 1) buffer[at++] = '/';
    for (size_t i = 0; i <= length; i++) buffer[at + i] = path[i];
    *absolute = buffer;
    return is_special(buffer);
}

/* Another chunk, when the one at hand is full. Several threads may do this at once: all get the same one. */
static struct chunk_head *grow(void) {
    long got = raw4(FATHOM_CALL, FATHOM_GROW, guest.image, atomic_load(&guest.page), 0);
    if (got < 0) return 0;
    int fd = (int)(got & 0xffff);
    uint32_t page = (uint32_t)(got >> 16);
    long at = gate6(__NR_mmap, 0, ARENA_CHUNK_BYTES, PROT_READ_WRITE, MAP_SHARED, fd, (long)page * ARENA_PAGE);
    raw4(__NR_close, fd, 0, 0, 0);
    if (failed(at)) return 0;
    atomic_store(&guest.page, page);
    atomic_store(&guest.chunk, (struct chunk_head *)at);
    return (struct chunk_head *)at;
}

struct writer { struct ledger_head *record; char *at; uint32_t size; };

static struct writer begin(enum ledger_kind kind, uint16_t flags, size_t payload) {
    struct writer writer = {0};
    uint32_t size = (uint32_t)(sizeof(struct ledger_head) + payload);
    struct chunk_head *chunk = atomic_load(&guest.chunk);
    struct ledger_head *record = record_claim(chunk, size);
    for (int tries = 0; !record && tries < 4; tries++) {
        chunk = grow();
        if (!chunk) break;
        record = record_claim(chunk, size);
    }
    if (!record) {
        guest.first->full = 1;
        return writer;
    }
    record->kind = (uint16_t)kind;
    record->flags = flags;
    record->seq = atomic_fetch_add_explicit(&guest.head->seq, 1, memory_order_relaxed);
    writer.record = record;
    writer.at = (char *)(record + 1);
    writer.size = size;
    return writer;
}

static void put(struct writer *writer, const void *bytes, size_t length) {
    __builtin_memcpy(writer->at, bytes, length);
    writer->at += length;
}
static void put_u32(struct writer *writer, uint32_t value) { put(writer, &value, 4); }
static void put_text(struct writer *writer, const char *text, size_t length) {
    put_u32(writer, (uint32_t)length);
    put(writer, text, length);
}

static void put_sig(struct writer *writer, const struct stat *what) {
    struct ledger_sig sig = {0};
    if (what) {
        sig.dev = what->st_dev;
        sig.ino = what->st_ino;
        sig.size = (uint64_t)what->st_size;
        sig.mtime_ns = what->st_mtim.tv_sec * 1000000000ll + what->st_mtim.tv_nsec;
        sig.ctime_ns = what->st_ctim.tv_sec * 1000000000ll + what->st_ctim.tv_nsec;
        sig.mode = what->st_mode;
        sig.nlink = (uint32_t)what->st_nlink;
    }
    put(writer, &sig, sizeof sig);
}

static int knows(enum ledger_kind kind, uint16_t flags, uint64_t hash) {
    return chunk_knows(guest.first, hash ^ (uint64_t)kind * 0x9e3779b97f4a7c15ull ^ (uint64_t)(flags & LEDGER_NOFOLLOW) << 60);
}

static int is_below(const char *path, const char *root) {
    size_t at = 0;
    while (root[at] && path[at] == root[at]) at++;
    return at > 1 && root[at] == 0 && (path[at] == '/' || path[at] == 0);
}

void guest_changes(const struct stat *before, const char *path) {
    arena_mark_changed(guest.head, arena_hash(path, length_of(path), 0));
    if (before) arena_mark_changed(guest.head, arena_file_hash(before->st_dev, before->st_ino));
}

void guest_look_at(uint64_t seq, enum ledger_kind kind, uint16_t flags, const struct stat *what, const char *path) {
    size_t length = length_of(path);
    uint64_t hash = arena_hash(path, length, 0);
    struct arena_head *head = guest.head;
    if (kind == LEDGER_WROTE) {
        if (!is_below(path, head->workspace) && !is_below(path, head->temporary) && !is_below(path, head->home))
            atomic_fetch_add(&head->outside_writes, 1);
        arena_mark_seen(head, hash);
        if (what) arena_mark_seen(head, arena_file_hash(what->st_dev, what->st_ino));
        else arena_mark_made(head, hash, seq);
    } else {
        if (knows(kind, flags, hash)) return;
        if (kind == LEDGER_OPENED) {
            arena_mark_seen(head, hash);
            arena_mark_seen(head, arena_file_hash(what->st_dev, what->st_ino));
        }
    }
    struct writer writer = begin(kind, flags, 48 + 4 + length);
    if (!writer.record) return;
    writer.record->seq = seq;
    put_sig(&writer, what);
    put_text(&writer, path, length);
    record_finish(writer.record, writer.size);
}

void guest_look(enum ledger_kind kind, uint16_t flags, const struct stat *what, const char *path) {
    guest_look_at(guest_seq(), kind, flags, what, path);
}

void guest_missing(uint16_t flags, int error, const char *path) {
    size_t length = length_of(path);
    if (knows(LEDGER_MISSING, flags, arena_hash(path, length, 0))) return;
    struct writer writer = begin(LEDGER_MISSING, flags, 8 + 4 + length);
    if (!writer.record) return;
    put_u32(&writer, (uint32_t)error);
    put_u32(&writer, 0);
    put_text(&writer, path, length);
    record_finish(writer.record, writer.size);
}

void guest_readlink(int error, const char *path, const char *target, size_t target_length) {
    size_t length = length_of(path);
    if (knows(LEDGER_READLINK, 0, arena_hash(path, length, 0))) return;
    struct writer writer = begin(LEDGER_READLINK, 0, 16 + length + target_length);
    if (!writer.record) return;
    put_u32(&writer, (uint32_t)error);
    put_u32(&writer, 0);
    put_text(&writer, path, length);
    put_text(&writer, target, target_length);
    record_finish(writer.record, writer.size);
}

void guest_stream(const struct stat *what, int fd, const char *bytes, size_t length) {
    uint64_t dev = what->st_dev, ino = what->st_ino;
    while (length) {
        size_t piece = length > PIECE_BYTES_MAX ? PIECE_BYTES_MAX : length;
        struct writer writer = begin(LEDGER_STREAM_WROTE, 0, 24 + 4 + piece);
        if (!writer.record) return;
        put(&writer, &dev, 8);
        put(&writer, &ino, 8);
        put_u32(&writer, (uint32_t)fd);
        put_u32(&writer, 0);
        put_text(&writer, bytes, piece);
        record_finish(writer.record, writer.size);
        bytes += piece;
        length -= piece;
    }
}

void guest_env(const char *name) {
    size_t length = length_of(name);
    if (length > 1024 || knows(LEDGER_ENV, 0, arena_hash(name, length, 0))) return;
    struct writer writer = begin(LEDGER_ENV, 0, 4 + length);
    if (!writer.record) return;
    put_text(&writer, name, length);
    record_finish(writer.record, writer.size);
}

int guest_must_preserve(const struct stat *before, const char *path) {
    if (before->st_size == 0) return 0;
    uint64_t hash = arena_hash(path, length_of(path), 0);
    if (!arena_was_seen(guest.head, hash) && !arena_was_seen(guest.head, arena_file_hash(before->st_dev, before->st_ino))) return 0;
    return !arena_made_since(guest.head, hash, guest.first->own_seq);
}
