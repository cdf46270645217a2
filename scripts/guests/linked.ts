// Programs that are linked in ways that a preloaded library does not reach.

import type { Guest } from "./guest.ts";

const group = "Programs linked in other ways";

const READS = '#include <stdio.h>\nint main(void) { char line[100] = ""; FILE *file = fopen("input", "r"); if (!file || !fgets(line, sizeof line, file)) return 1; for (volatile long i = 0; i < 100000000; i++) ; printf("%s", line); file = fopen("output", "w"); fputs(line, file); return fclose(file); }\n';
const files = { "reads.c": READS, "input": "one\n" };
const edit = ["input", "two\n"] as const;

export const LINKED: readonly Guest[] = [
  { group, name: "static, glibc", needs: ["cc"], command: "cc -static -o reads reads.c && ./reads", files, edit, answer: "replayed" },
  { group, name: "static, musl", needs: ["musl-gcc"], command: "musl-gcc -static -o reads reads.c && ./reads", files, edit, answer: "replayed" },
  { group, name: "dynamic, musl", needs: ["musl-gcc"], command: "musl-gcc -o reads reads.c && ./reads", files, edit, answer: "replayed" },
  { group, name: "static and position-independent", needs: ["cc"], command: "cc -static-pie -o reads reads.c && ./reads", files, edit, answer: "replayed" },
  { group, name: "32 bits, static", needs: ["cc", "/usr/lib32/libc.a"], command: "cc -m32 -static -o reads reads.c && ./reads", files, edit, answer: "in part" },
  { group, name: "32 bits, dynamic", needs: ["cc", "/usr/lib32/libc.a"], command: "cc -m32 -o reads reads.c && ./reads", files, edit, answer: "in part" },
  { group, name: "busybox, static", needs: ["busybox"], command: "busybox sh -c 'busybox seq 200000 | busybox sort -rn | busybox tail -n 1; busybox sort -r input > sorted; busybox find . | busybox sort; busybox tar cf - input | busybox tar tf -; busybox sha256sum sorted'", files: { "input": "one\ntwo\n" }, edit: ["input", "three\nfour\n"], answer: "replayed" },
];
