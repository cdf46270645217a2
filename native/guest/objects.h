/* What is loaded into the program, as the dynamic loader lists it. */
#ifndef FATHOM_GUEST_OBJECTS_H
#define FATHOM_GUEST_OBJECTS_H
#include <elf.h>
#include <link.h>
#include "raw.h"
#pragma GCC visibility push(hidden)

struct symbols {
    const ElfW(Sym) *table;
    const char *names;
    const uint32_t *gnu;          /* DT_GNU_HASH: what the object defines, behind what it asks for */
    uint32_t asked, count;        /* the first `asked` hold all it asks for; 0: they cannot be told */
    uint64_t starts, starts_early;
};
struct place { uint64_t at, size; };

int equal(const char *a, const char *b);
int begins(const char *text, const char *with);
const char *base_name(const char *path);
const struct link_map *first_object(void);   /* 0: the loader keeps no list (musl) */
const struct link_map *library_object(void); /* the C library */
struct symbols symbols_of(const struct link_map *object);
void add_defined(struct symbols *symbols);
struct place defined_in(const struct link_map *object, const char *name); /* at == 0: not there */
#pragma GCC visibility pop
#endif
