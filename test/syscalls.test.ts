// A call that nobody decided about would be lost. native/syscalls.def is compared
// with the headers of the machine; native/test/filter-vectors.c compares the filter
// with native/syscalls.def.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const headers = ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"];

interface Listed {
  readonly name: string;
  readonly number: number;
}

const listOf = (text: string, pattern: RegExp): readonly Listed[] => [...text.matchAll(pattern)].map(([, name = "", number = ""]) => ({ name, number: Number(number) }));
const listed = listOf(readFileSync(join(root, "native/syscalls.def"), "utf8"), /^CALL\((\w+), (\d+), /gm);

test("every system call of this machine's headers is in syscalls.def, under its number", () => {
  const header = headers.find((path) => existsSync(path));
  assert.ok(header !== undefined, "the kernel's headers are installed (linux-libc-dev)");
  const known = new Map(listed.map(({ name, number }) => [name, number]));
  const calls = listOf(readFileSync(header, "utf8"), /^#define __NR_(\w+) (\d+)$/gm);
  assert.ok(calls.length > 300, `found ${calls.length} calls in ${header}`);
  assert.deepEqual(calls.filter(({ name, number }) => known.get(name) !== number), []);
});

test("no call is listed twice, and both filters know the highest", () => {
  assert.equal(new Set(listed.map(({ name }) => name)).size, listed.length);
  assert.equal(new Set(listed.map(({ number }) => number)).size, listed.length);
  const [, highest = ""] = /#define HIGHEST_CALL (\d+)/.exec(readFileSync(join(root, "native/supervisor/program.h"), "utf8")) ?? [];
  assert.equal(Math.max(...listed.map(({ number }) => number)), Number(highest));
});
