// Caches and observers inside: they answer from elsewhere, or want to be the only one.

import { INIT } from "./confined.ts";
import type { Guest } from "./guest.ts";

const group = "Caches and observers inside";

const MAKEFILE = "all: one two\none: one.o\n\t$(CC) -o $@ $^\ntwo: two.o\n\t$(CC) -o $@ $^\n%.o: %.c\n\t$(CC) -c -o $@ $<\n";
const PROGRAM = (code: number): string => `int main(void) { return ${String(code)}; }\n`;
const files = { "Makefile": MAKEFILE, "one.c": PROGRAM(1), "two.c": PROGRAM(2) };
const edit = ["two.c", PROGRAM(3)] as const;

/** Cold, then with what it has kept: the objects are removed, the cache is not. */
const twice = (make: string): string => `${make} && rm -f *.o one two && ${make}; ./two; echo $?`;

export const CACHES: readonly Guest[] = [
  { group, name: "ccache, its cache outside of the workspace", needs: ["cc", "ccache", "make"], command: `export CCACHE_DIR=$HOME/ccache; ${twice('make CC="ccache gcc"')}`, files, edit, answer: "in part" },
  { group, name: "ccache, its cache in the workspace", needs: ["cc", "ccache", "make"], command: `export CCACHE_DIR=$PWD/.ccache CCACHE_NOSTATS=1; ${twice('make CC="ccache gcc"')}`, files, edit, varies: /^\.ccache\//, answer: "in part" },
  {
    group, name: "sccache", needs: ["cc", "make", "sccache"], files, edit, answer: "in part",
    command: `export SCCACHE_DIR=$HOME/sccache SCCACHE_SERVER_UDS=$PLACE/sccache.sock SCCACHE_SERVER_PORT=14226; ${twice('make CC="sccache gcc"')}`,
  },
  { group, name: "Fathom inside Fathom", needs: ["cc", "make"], command: '"$FATHOM" --quiet -- make; ./two; echo $?', files, edit, answer: "in part" },
  {
    group, name: "Fathom inside bubblewrap", needs: ["bwrap", "cc"], files, edit, answer: { code: "left-running" }, chance: INIT,
    command: 'bwrap --ro-bind / / --dev /dev --proc /proc --bind "$PLACE" "$PLACE" --unshare-all "$FATHOM" --quiet -- cc -o two two.c; ./two; echo $?',
  },
  { group, name: "make that calls Fathom for its parts", needs: ["cc", "make"], command: 'make CC="$FATHOM --quiet -- gcc"; ./two; echo $?', files, edit, answer: "in part" },
];
