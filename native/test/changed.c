/* Marks a path or a file (device:inode) as changed in an arena of its own, and prints where its marks are, from the
 * beginning of the arena: src/tap/arena.test.ts compares that with where Node looks. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../arena.h"

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct arena_head *head = calloc(1, sizeof *head);
        unsigned long long dev, ino;
        if (!head) return 1;
        atomic_store(&head->seq, 1);
        bool is_file = sscanf(argv[i], "%llu:%llu", &dev, &ino) == 2;
        arena_mark_changed(head, is_file ? arena_file_hash(dev, ino) : arena_hash(argv[i], strlen(argv[i]), 0));
        for (size_t slot = 0; slot < ARENA_CHANGED_SLOTS; slot++)
            if (atomic_load(&head->changed[slot])) printf("%zu ", offsetof(struct arena_head, changed) + slot * sizeof head->changed[0]);
        printf("\n");
        free(head);
    }
    return 0;
}
