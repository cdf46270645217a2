/* Programs that our library may not be loaded into: those built with a sanitizer, whose run-time
 * library insists on being first (it refuses to start otherwise) and whose hooks would be
 * behind ours; and 32-bit programs, whose loader complains of it. They run without a guest: the guest's name is taken out of the environment that
 * their exec passes, and put back when the exec is done, because with vfork(2) that memory
 * is the parent's. Everything such a program does still reaches the supervisor. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "supervisor.h"

#define SEGMENTS_MAX 32
#define DYNAMIC_MAX 256
#define NAMES_BYTES_MAX 65536
#define KNOWN_SLOTS 1024u

static bool read_at(int file, void *into, size_t length, uint64_t at) { return pread(file, into, length, (off_t)at) == (ssize_t)length; }

static uint64_t file_offset(const Elf64_Phdr *segments, int count, uint64_t address) {
    for (int i = 0; i < count; i++)
        if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr && address - segments[i].p_vaddr < segments[i].p_filesz)
            return address - segments[i].p_vaddr + segments[i].p_offset;
    return 0;
}

static bool is_sanitizer(const char *name) {
    static const char *const begins[] = {"libasan.", "libtsan.", "liblsan.", "libhwasan.", "libmsan.", "libclang_rt."};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (!strncmp(name, begins[i], strlen(begins[i]))) return true;
    return false;
}

/* Is it a 32-bit program, or does it ask its loader for a sanitizer's library? Anything odd in the file is a "no". */
static bool refuses_guest(int file) {
    Elf64_Ehdr head;
    Elf64_Phdr segments[SEGMENTS_MAX];
    static Elf64_Dyn dynamic[DYNAMIC_MAX];
    static char names[NAMES_BYTES_MAX];
    if (!read_at(file, &head, sizeof head, 0) || memcmp(head.e_ident, ELFMAG, SELFMAG)) return false;
    if (head.e_ident[EI_CLASS] == ELFCLASS32) return true;
    if (head.e_phentsize != sizeof *segments || head.e_phnum > SEGMENTS_MAX) return false;
    if (!read_at(file, segments, head.e_phnum * sizeof *segments, head.e_phoff)) return false;
    for (int i = 0; i < head.e_phnum; i++) {
        if (segments[i].p_type != PT_DYNAMIC) continue;
        size_t bytes = segments[i].p_filesz < sizeof dynamic ? segments[i].p_filesz : sizeof dynamic;
        if (!read_at(file, dynamic, bytes, segments[i].p_offset)) return false;
        uint64_t table = 0, size = 0;
        size_t count = bytes / sizeof *dynamic;
        for (size_t j = 0; j < count && dynamic[j].d_tag != DT_NULL; j++) {
            if (dynamic[j].d_tag == DT_STRTAB) table = file_offset(segments, head.e_phnum, dynamic[j].d_un.d_ptr);
            if (dynamic[j].d_tag == DT_STRSZ) size = dynamic[j].d_un.d_val;
        }
        if (size > sizeof names - 1) size = sizeof names - 1;
        if (!table || !read_at(file, names, size, table)) return false;
        names[size] = 0;
        for (size_t j = 0; j < count && dynamic[j].d_tag != DT_NULL; j++)
            if (dynamic[j].d_tag == DT_NEEDED && dynamic[j].d_un.d_val < size && is_sanitizer(names + dynamic[j].d_un.d_val)) return true;
    }
    return false;
}

/* A build starts the same few programs over and over. */
bool preload_refused(const char *path, const struct stat *what) {
    static struct { uint64_t dev, ino; int64_t ctime_ns; bool refuses; } known[KNOWN_SLOTS];
    int64_t ctime_ns = what->st_ctim.tv_sec * 1000000000ll + what->st_ctim.tv_nsec;
    unsigned slot = (unsigned)(arena_file_hash(what->st_dev, what->st_ino) % KNOWN_SLOTS);
    if (known[slot].dev == what->st_dev && known[slot].ino == what->st_ino && known[slot].ctime_ns == ctime_ns) return known[slot].refuses;
    int file = S_ISREG(what->st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (file < 0) return false;
    known[slot].dev = what->st_dev;
    known[slot].ino = what->st_ino;
    known[slot].ctime_ns = ctime_ns;
    known[slot].refuses = refuses_guest(file);
    close(file);
    return known[slot].refuses;
}

void preload_hide(pid_t tid, uint64_t env, const struct stat *program, struct exec *exec) {
    uint64_t entry;
    char text[PATH_BYTES_MAX];
    if (!env || !preload_refused(exec->path, program)) return;
    for (size_t i = 0; i < EXEC_STRINGS_MAX && !tracee_read(tid, env + i * 8, &entry, 8) && entry; i++) {
        if (tracee_path(tid, entry, text) || strncmp(text, "LD_PRELOAD=", 11)) continue;
        char *ours = strstr(text, S.guest);
        pid_t parent = 0;
        if (!ours) return;
        /* Ours is the last: main.c puts it there. A separator before it goes as well. */
        size_t at = (size_t)(ours - text) - (ours > text + 11 ? 1 : 0);
        exec->hidden = strdup(text);
        if (!exec->hidden || tracee_write(tid, entry + at, "", 1)) return;
        tracee_group(tid, &parent);
        exec->parent = parent;
        exec->hidden_entry = entry;
        exec->hidden_at = at;
        return;
    }
}

/* After an exec that succeeded the memory is somebody's only if it was shared, and then the parent's:
 * which is so when the same text stands there, shortened. */
void preload_restore(struct process *process, struct exec *exec) {
    char there[PATH_BYTES_MAX];
    if (!exec->hidden_entry) return;
    pid_t owner = exec_succeeded(process->pid, exec) ? exec->parent : process->pid;
    size_t length = strlen(exec->hidden) + 1, at = exec->hidden_at;
    if (owner <= 1 || tracee_read(owner, exec->hidden_entry, there, length)) return;
    if (memcmp(there, exec->hidden, at) || there[at] != 0 || memcmp(there + at + 1, exec->hidden + at + 1, length - at - 1)) return;
    tracee_write(owner, exec->hidden_entry + at, exec->hidden + at, 1);
    exec->hidden_entry = 0;
}
