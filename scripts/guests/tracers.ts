// Programs that look into other programs, or are built with something that does.

import type { Guest } from "./guest.ts";

const group = "Tracers and sanitizers";

const HELLO = (text: string): string => `#include <stdio.h>
int main(void) {
    char line[100] = "";
    FILE *file = fopen("input", "r");
    if (!file || !fgets(line, sizeof line, file)) return 1;
    fclose(file);
    printf("${text} %s", line);
    return 0;
}
`;

const files = { "hello.c": HELLO("hello"), "input": "one\n" };
const edit = ["input", "two\n"] as const;
const needs = ["cc"] as const;

/** What a tracer tells of ids, addresses, and the loader's and our guest's calls is another matter than what the program does. */
const own = (text: string): string => text.split("\n").filter((line) => line.startsWith("hello") || line.startsWith("[Inferior")).map((line) => line.replace(/\d+/g, "#")).join("\n");

const sanitized = (name: string, flag: string, answer: Guest["answer"]): Guest => ({
  group, name: `compiling with ${flag} and running that`, needs, command: `cc -g -fsanitize=${name} -o hello hello.c && ./hello`, files, edit, answer,
});

const BROKEN = `#include <stdlib.h>
int main(int argc, char **argv) {
    (void)argv;
    char *block = malloc(4);
    block[argc + 3] = 1;
    return block[0] & 0;
}
`;

export const TRACERS: readonly Guest[] = [
  sanitized("address", "AddressSanitizer", "in part"),
  sanitized("undefined", "UndefinedBehaviorSanitizer", "replayed"),
  sanitized("thread", "ThreadSanitizer", "replayed"),
  {
    group, name: "a program that AddressSanitizer stops", needs, command: "cc -g -fsanitize=address -o broken broken.c && ./broken; echo $?", files: { "broken.c": BROKEN }, answer: "replayed",
    mask: (text) => text.replace(/==\d+==/g, "==#==").replace(/0x[0-9a-f]+/g, "0x#").replace(/\(BuildId: [0-9a-f]+\)/g, ""),
  },
  { group, name: "gdb in batch mode", needs: ["cc", "gdb"], command: "cc -g -o hello hello.c && gdb -nx -batch -ex 'break printf' -ex run -ex bt -ex continue ./hello", files, edit, mask: own, answer: "in part" },
  { group, name: "strace around a compiler", needs: ["cc", "strace"], command: "strace -f -o trace cc -o hello hello.c && ./hello && grep -c execve trace", files, edit, varies: /^trace$/, answer: { code: "traces" } },
  { group, name: "ltrace", needs: ["cc", "ltrace"], command: "cc -g -o hello hello.c && ltrace -o trace ./hello && grep -c fgets trace", files, edit, varies: /^trace$/, answer: "in part" },
  { group, name: "valgrind", needs: ["cc", "valgrind"], command: "cc -g -o hello hello.c && valgrind -q --error-exitcode=3 ./hello", files, edit, answer: "in part" },
];
