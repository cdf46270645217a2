// Traps of names: what is in an output's place decides where a write goes, and a
// file with two names is changed under both. All found by test/fuzz.

import assert from "node:assert/strict";
import { mkdirSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { assertRan, assertReplayed, withRig, type Rig } from "../rig/rig.ts";

/** A script that is long enough to be worth storing, with what it does at its end. */
function script(rig: Rig, does: string): readonly string[] {
  rig.write("step.sh", `i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done\n${does}\n`);
  return ["sh", "step.sh"];
}

test("a hard link to a file that was there before is a link again, never a copy", withRig((rig) => {
  rig.write("a", "text\n");
  const command = script(rig, "ln -f a out");
  assertRan(rig.fathom(command), "hard-link");
  rmSync(rig.path("out"));
  rig.fathom(command);
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
