// Traps of names: what is in an output's place decides where a write goes, and a
// file with two names is changed under both. All found by test/fuzz.

import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { assertRan, assertReplayed, withRig, type Rig } from "../rig/rig.ts";

/** A script that is long enough to be worth storing, with what it does at its end. */
function script(rig: Rig, does: string): readonly string[] {
  rig.write("step.sh", `i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done\n${does}\n`);
  return ["sh", "step.sh"];
}

test("a hard link to a file that was there before is a link again, never a copy", withRig((rig) => {
  rig.write("a", "text\n");
  const command = script(rig, "ln -f a out");
  rig.fathom(command);
  rmSync(rig.path("out"));
  assert.equal(rig.fathom(command).summary.replayed, 0);
  assert.equal(statSync(rig.path("out")).ino, statSync(rig.path("a")).ino);
}));

test("two names that a unit gave one file of its own are replayed", withRig((rig) => {
  const command = script(rig, "echo text > one; ln one two");
  assertRan(rig.fathom(command));
  rmSync(rig.path("one"));
  rmSync(rig.path("two"));
  assertReplayed(rig.fathom(command));
  assert.equal(statSync(rig.path("one")).ino, statSync(rig.path("two")).ino);
}));

test("where an output was and now a link is, the write goes where the link leads", withRig((rig) => {
  rig.write("a", "text\n");
  const command = script(rig, "cat a > out");
  assertRan(rig.fathom(command));
  rmSync(rig.path("out"));
  symlinkSync("elsewhere", rig.path("out"));
  assert.equal(rig.fathom(command).summary.replayed, 0);
  assert.equal(readlinkSync(rig.path("out")), "elsewhere");
  assert.equal(rig.read("elsewhere"), "text\n");
}));

test("where an output was and now an empty directory is, the write fails as it does bare", withRig((rig) => {
  rig.write("a", "text\n");
  const command = script(rig, "cat a > out");
  assertRan(rig.fathom(command));
  rmSync(rig.path("out"));
  mkdirSync(rig.path("out"));
  assert.notEqual(rig.fathom(command).code, 0);
  assert.ok(statSync(rig.path("out")).isDirectory());
}));

test("mv moves into a directory that has appeared under the new name", withRig((rig) => {
  mkdirSync(rig.path("d"));
  const command = script(rig, "mv d moved");
  assertRan(rig.fathom(command));
  mkdirSync(rig.path("d"));
  rig.fathom(command);
  assert.ok(statSync(rig.path("moved/d")).isDirectory());
  assert.equal(rig.has("d"), false);
}));

test("an output that somebody gave a second name is changed under both", withRig((rig) => {
  rig.write("a", "text\n");
  const command = script(rig, "cat a > out");
  assertRan(rig.fathom(command));
  rig.write("out", "spoilt\n");
  linkSync(rig.path("out"), rig.path("kept"));
  rig.fathom(command);
  assert.deepEqual([rig.read("out"), rig.read("kept")], ["text\n", "text\n"]);
}));

test("an output that was made executable stays so when it is truncated, and is plain when it is made anew", withRig((rig) => {
  rig.write("a", "text\n");
  const command = script(rig, "cat a > out");
  const mode = (): number => statSync(rig.path("out")).mode & 0o777;
  assertRan(rig.fathom(command));
  const plain = mode();
  chmodSync(rig.path("out"), 0o755);
  rig.fathom(command);
  assert.equal(mode(), 0o755);
  rig.write("a", "another text\n");
  rig.fathom(command);
  assert.equal(mode(), 0o755);
  rmSync(rig.path("out"));
  rig.fathom(command);
  assert.equal(mode(), plain);
}));

test("what make asks for is newer than what it is made from by rule, whatever is read, so that make does not ask again", withRig((rig) => {
  script(rig, "echo text > $1");
  rig.write("Makefile", "b: a\n\tsh step.sh b\na: source\n\tcp source a\n");
  rig.write("source", "1\n");
  rig.fathom(["make"]);
  rig.write("source", "2\n");
  rig.fathom(["make"]);
  assert.match(rig.fathom(["make"]).stdout, /up to date/);
}));

test("what make asked for and was replayed is no older than what make made just before", withRig((rig) => {
  script(rig, "cat a > b");
  rig.write("Makefile", "b: a c\n\tsh step.sh\nc: source\n\tcp source c\n");
  rig.write("source", "1\n");
  rig.write("a", "a\n");
  rig.fathom(["make"]);
  for (const text of ["2\n", "3\n", "4\n", "5\n"]) {
    rig.write("source", text);
    assert.equal(rig.fathom(["make"]).summary.replayed, 1);
    assert.match(rig.fathom(["make"]).stdout, /up to date/);
  }
}));

test("a file without a name relies on the directory in which it is made, also where there is none", withRig((rig) => {
  rig.write("step.cjs", "const fs = require(\"fs\");\ntry { fs.closeSync(fs.openSync(\"folder\", fs.constants.O_WRONLY | 0o20200000, 0o600)); console.log(\"made\"); } catch (error) { console.log(error.code); }\n");
  const command = [process.execPath, "step.cjs"];
  assert.equal(rig.fathom(command).stdout, "ENOENT\n");
  assertReplayed(rig.fathom(command));
  mkdirSync(rig.path("folder"));
  assert.equal(rig.fathom(command).stdout, "made\n");
  assertReplayed(rig.fathom(command));
  rmSync(rig.path("folder"), { recursive: true });
  rig.write("folder", "a file\n");
  assert.equal(rig.fathom(command).stdout, "ENOTDIR\n");
}));
