// Odd file calls and odd moments to make them: native/test/files.c.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fathom, program, sameAsBare, scratch, type Linking } from "./rig.ts";

const claims: readonly (readonly [string, string])[] = [
  ["raw", "system calls by number give the same results and errors"],
  ["closing", "a program that closes all descriptors can open files afterwards"],
  ["threads", "200 threads on 16 KiB stacks open files and change directory at once"],
  ["signals", "a handler on an 8 KiB signal stack opens files"],
  ["small", "a limit on the size of files holds for files and for standard output"],
  ["sparse", "a file beyond 4 GiB is nothing special"],
  ["fifo", "a FIFO is opened once: its writer sees one reader"],
  ["interrupted", "a signal ends the wait for a FIFO's other end"],
  ["proc", "/proc/self/fd, /dev/fd, /proc/self/exe and /proc/self/cwd lead where they lead"],
  ["realpath", "realpath gives what the C library gives, errors too"],
];

const linkings: readonly Linking[] = ["dynamic", "static"];

test("a lock that is only tried is ended by no signal, and other commands of fcntl(2) are the C library's", () => {
  assert.equal(sameAsBare([program("files"), "locks"]).bare.stdout, "0 0 1 2 -1\n");
});

for (const linking of linkings) {
  for (const [name, claim] of claims) {
    test(`${claim} (${linking})`, () => {
      const { bare } = sameAsBare([program("files", linking === "static" ? ["-static"] : []), name], { mask: (text) => text.replaceAll(/run-\d+/g, "run") });
      assert.ok(bare.code !== 2, "the program knows this test");
    });
  }
  test(`a limit of 64 descriptors is reached at the same number (${linking})`, () => {
    sameAsBare([program("files", linking === "static" ? ["-static"] : []), "few"]);
  });
}

test("where there is no room for Node, the command runs, and one sentence says that nothing is cached", () => {
  const run = spawnSync("sh", ["-c", `ulimit -v 500000; ${fathom} -- echo done`], { encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "room"), HOME: scratch } });
  assert.deepEqual([run.stdout, run.stderr, run.status], ["done\n", 'fathom: Cannot start "node", so nothing is cached: Cannot allocate memory\n', 0]);
});

test("a small address space is enough for a guest", () => {
  sameAsBare(["sh", "-c", "ulimit -v 500000; ls /; cat /etc/passwd; grep -c root /etc/passwd"]);
});
