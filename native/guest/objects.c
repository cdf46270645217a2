/* Names and symbols of what is loaded, read from the loader's list without its help. */
#include "objects.h"

extern struct r_debug _r_debug __attribute__((weak)); /* not in musl */

int equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

const char *base_name(const char *path) {
    const char *base = path;
    for (; *path; path++)
        if (*path == '/') base = path + 1;
    return base;
}

int begins(const char *text, const char *with) {
    while (*with && *text == *with) text++, with++;
    return *with == 0;
}

/* glibc relocates these addresses in place, but not the vdso's; musl does not. */
static const void *address(const struct link_map *object, ElfW(Addr) at) {
    return (const void *)(at < object->l_addr ? object->l_addr + at : at);
}

struct symbols symbols_of(const struct link_map *object) {
    struct symbols found = {0};
    const uint32_t *plain = 0;
    for (const ElfW(Dyn) *entry = object->l_ld; entry && entry->d_tag != DT_NULL; entry++)
        switch (entry->d_tag) {
        case DT_SYMTAB: found.table = address(object, entry->d_un.d_ptr); break;
        case DT_STRTAB: found.names = address(object, entry->d_un.d_ptr); break;
        case DT_GNU_HASH: found.gnu = address(object, entry->d_un.d_ptr); break;
        case DT_HASH: plain = address(object, entry->d_un.d_ptr); break;
        case DT_INIT_ARRAYSZ: found.starts = entry->d_un.d_val; break;
        case DT_PREINIT_ARRAYSZ: found.starts_early = entry->d_un.d_val; break;
        }
    if (!found.table || !found.names) return found;
    if (found.gnu) found.asked = found.gnu[1];
    else if (plain) found.asked = plain[1];
    found.count = found.asked;
    return found;
}

/* A program may hold `environ` itself, copied from the C library: then it is among what it defines. */
void add_defined(struct symbols *symbols) {
    const uint32_t *gnu = symbols->gnu;
    if (!gnu) return;
    uint32_t buckets = gnu[0], first = gnu[1], last = 0;
    const uint32_t *bucket = gnu + 4 + gnu[2] * 2, *chain = bucket + buckets;
    for (uint32_t i = 0; i < buckets; i++)
        if (bucket[i] > last) last = bucket[i];
    if (last < first) return;
    while (!(chain[last - first] & 1)) last++;
    symbols->count = last + 1;
}

const struct link_map *first_object(void) { return &_r_debug ? _r_debug.r_map : 0; }

const struct link_map *library_object(void) {
    for (const struct link_map *object = first_object(); object; object = object->l_next) {
        const char *base = base_name(object->l_name);
        if (begins(base, "libc.so") || begins(base, "ld-musl") || begins(base, "libc.musl")) return object;
    }
    return 0;
}

static uint32_t gnu_hash(const char *name) {
    uint32_t hash = 5381;
    while (*name) hash = hash * 33 + (unsigned char)*name++;
    return hash;
}

struct place defined_in(const struct link_map *object, const char *name) {
    struct symbols symbols = symbols_of(object);
    uint32_t at = 1, end = symbols.count;
    const uint32_t *chain = 0;
    if (symbols.asked && symbols.gnu) { /* the symbols of one bucket lie together, until one whose hash is odd */
        const uint32_t *bucket = symbols.gnu + 4 + symbols.gnu[2] * 2;
        chain = bucket + symbols.gnu[0] - symbols.gnu[1];
        at = bucket[gnu_hash(name) % symbols.gnu[0]];
        end = at ? UINT32_MAX : 0;
    }
    for (; at < end; at++) {
        const ElfW(Sym) *symbol = &symbols.table[at];
        if (symbol->st_shndx && equal(symbols.names + symbol->st_name, name)) return (struct place){object->l_addr + symbol->st_value, symbol->st_size};
        if (chain && chain[at] & 1) break;
    }
    return (struct place){0};
}
