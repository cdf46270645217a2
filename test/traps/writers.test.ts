// Traps of who goes on writing to a file that others read meanwhile: from its
// state nobody can tell what it held when it was read.

import assert from "node:assert/strict";
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "../rig/programs.ts";
import { tick } from "../rig/view-rig.ts";
import { withRig, type Rig } from "../rig/rig.ts";

/** Runs it bare and under Fathom, from nothing each, and compares what comes out. */
function same(rig: Rig, command: readonly string[], outputs: readonly string[]): void {
  const made = (run: (command: readonly string[]) => unknown): readonly string[] => {
    rig.bare(["sh", "-c", 'rm -f "$@"', "sh", "file", ...outputs]);
    run(command);
    return outputs.map((output) => rig.read(output).replace(/\0+$/, ""));
  };
  assert.deepEqual(made((words) => rig.fathom(words)), made((words) => rig.bare(words)), command.join(" "));
}

test("what is read of a file while another process writes to it through a mapping is what it held then", withRig((rig) => {
  for (const name of ["copy", "holds"]) rig.program(name);
  for (const texts of [["one", "two", "six"], ["two", "two", "six"], ["six", "two", "one"], ["one", "two", "six"]]) same(rig, ["./holds", "mapped", "file", ...texts], ["1", "2", "3"]);
}));

test("so it is for programs that Fathom sees from the kernel alone", withRig((rig) => {
  rig.program("copy");
  rig.bare(["cp", program("holds.static"), "holds"]);
  for (const texts of [["one", "two"], ["two", "two"], ["two", "one"]]) same(rig, ["./holds", "mapped", "file", ...texts], ["1", "2"]);
}));

test("what was mapped by a program that has ended is read, stored and replayed as any file", withRig((rig) => {
  for (const name of ["copy", "mapped"]) rig.program(name);
  rig.write("in", "text");
  rig.write("build.sh", "./mapped in out; ./copy out copied");
  rig.fathom(["sh", "build.sh"]);
  unlinkSync(rig.path("copied"));
  rig.write("build.sh", "./mapped in out\n./copy out copied");
  assert.deepEqual([rig.fathom(["sh", "build.sh"]).summary.replayed, rig.read("copied")], [2, "txet"]);
}));

test("what is read after somebody changed it, and changed again before the reader is stored, is not what it held when it was opened", withRig((rig) => {
  for (const name of ["late", "holds", "copy"]) rig.program(name);
  const begin = (): void => {
    rig.bare(["rm", "-f", "out", "out.opened"]);
    rig.write("file", "old ");
    rig.bare(["touch", "-d", "@1000000000", "file"]);
    tick(rig);
  };
  begin();
  // So large that what was learned of files is kept for later runs.
  rig.bare(["truncate", "-s", "40M", "large"]);
  tick(rig);
  rig.fathom(["sh", "-c", "./copy file known; ./copy large other"]);
  rig.fathom(["./holds", "open", "file", "new1", "new2"]);
  assert.equal(rig.read("out"), "new1");
  begin();
  rig.fathom(["./late", "file", "out"]);
  assert.equal(rig.read("out"), "old ");
}));

test("what made many folders is stored, however much another program has changed elsewhere when Node comes", withRig((rig) => {
  const count = (to: number, body: string): string => `i=0; while [ $i -lt ${String(to)} ]; do i=$((i+1)); ${body}; done\n`;
  const last = 4_000;
  rig.write("folders.sh", `${count(60_000, ":")}mkdir made\n${count(60, "mkdir made/$i; : > made/$i/file")}`);
  rig.write("others.sh", count(last, ": > others/$i"));
  rig.write("Makefile", "all:\n\tsh folders.sh\n\tsh others.sh\n");
  rig.bare(["mkdir", "others"]);
  rig.write(join(rig.scratch, "bin/node"), `#!/bin/sh\nuntil [ -e "${rig.path(`others/${String(last)}`)}" ]; do sleep 0.02; done\nexec "${process.execPath}" "$@"\n`, 0o755);
  const options = { env: { PATH: `${join(rig.scratch, "bin")}:/usr/bin:/bin` } };
  rig.fathom(["make"], options);
  rig.bare(["rm", "-r", "made"]);
  const { summary } = rig.fathom(["make"], options);
  assert.deepEqual([summary.replayed, summary.ran], [2, 0]);
}));
