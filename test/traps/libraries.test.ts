// A program that searches directories as rustc does, while others write there.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { kill } from "node:process";
import { test } from "node:test";
import { assertRan, assertReplayed, EVENT_MS_MAX, withRigAsync, type Ran, type Rig } from "../rig/rig.ts";

const COMMAND = ["./rustc", "-L", "dependency=deps", "one-1", "out"];

/** `meanwhile`: when it has listed the directory, and before it ends. */
async function search(rig: Rig, meanwhile: () => void = () => undefined): Promise<Ran> {
  const running = rig.start(COMMAND);
  const pid = Number(/\d+/.exec(await running.says(/searched by \d+\n/))?.[0]);
  meanwhile();
  try {
    kill(pid, "SIGUSR1");
  } catch {
    // It was replayed: what it said is of an earlier process.
  }
  return running.summary();
}

function prepare(rig: Rig): void {
  rig.program("search", "rustc");
  rig.write("deps/libone-1.rmeta", "one");
}

test("a search for crates is replayed though other crates appeared, during the run and after it", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  prepare(rig);
  assertRan(await search(rig, () => { rig.write("deps/libtwo-1.rmeta", "two"); }));
  rig.write("deps/libone-2.rmeta", "another version");
  rig.write("deps/libone-1.rlib", "the same crate, for linking");
  rmSync(rig.path("out"));
  assertReplayed(await search(rig));
  assert.equal(rig.read("out"), "one");
}));

test("a search for crates runs again when another candidate appeared", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  prepare(rig);
  assertRan(await search(rig));
  rig.write("deps/libone-1.so", "another");
  assertRan(await search(rig));
  assert.equal(rig.read("out"), "oneanother");
}));

test("a search during which a candidate appeared is not stored", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  prepare(rig);
  const { summary } = await search(rig, () => { rig.write("deps/libone-1.so", "another"); });
  assert.equal(summary.reason?.code, "changed-during-run");
  rmSync(rig.path("out"));
  assert.equal((await search(rig)).summary.replayed, 0);
  assert.equal(rig.read("out"), "oneanother");
}));
