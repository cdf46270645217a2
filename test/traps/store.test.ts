// What is stored is never believed because it is there.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertRan, assertReplayed, FATHOM, withRig, type Rig } from "../rig/rig.ts";

const SCRIPT = "./count; cat a a > b; echo said";
const KINDS = ["blobs", "keys", "entries", "witnesses"];

const storedIn = (rig: Rig, kind: string): readonly string[] => {
  const folder = join(rig.scratch, "store", kind);
  return readdirSync(folder).map((name) => join(folder, name));
};

/** One stored unit, whose output is gone. */
function stored(rig: Rig): void {
  rig.program("count");
  rig.write("a", "alpha\n");
  assertRan(rig.sh(SCRIPT));
  unlinkSync(rig.path("b"));
}

function damage(path: string, how: "cut" | "flipped"): void {
  chmodSync(path, 0o644);
  if (how === "cut") return truncateSync(path, Math.floor(statSync(path).size / 2));
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
}

for (const kind of KINDS) {
  for (const how of ["cut", "flipped"] as const) {
    test(`what is ${how} among the ${kind} is never believed`, withRig((rig) => {
      stored(rig);
      for (const path of storedIn(rig, kind)) damage(path, how);
      const again = rig.sh(SCRIPT);
      assert.equal(again.stdout.includes("said\n"), true);
      assert.equal(rig.read("b"), "alpha\nalpha\n");
      unlinkSync(rig.path("b"));
      assertReplayed(rig.sh(SCRIPT));
      assert.equal(rig.read("b"), "alpha\nalpha\n");
    }));

    test(`cache verify names what is ${how} among the ${kind}, once`, withRig((rig) => {
      stored(rig);
      assert.equal(rig.bare([FATHOM, "cache", "verify"]).code, 0);
      for (const path of storedIn(rig, kind)) damage(path, how);
      const first = rig.bare([FATHOM, "cache", "verify", "--json"]);
      assert.equal(first.code, 1);
      assert.match(first.stdout, new RegExp(`"what":"${kind}/`));
      assert.equal(rig.bare([FATHOM, "cache", "verify", "--json"]).code, 0);
      assert.equal(rig.sh(SCRIPT).code, 0);
      assert.equal(rig.read("b"), "alpha\nalpha\n");
    }));
  }
}

test("a store of a newer Fathom is left alone, and the command runs", withRig((rig) => {
  mkdirSync(join(rig.scratch, "store"));
  writeFileSync(join(rig.scratch, "store/version"), "999\n");
  const run = rig.bare([FATHOM, "--", "sh", "-c", "echo done"]);
  assert.deepEqual([run.stdout, run.code], ["done\n", 0]);
  assert.match(run.stderr, /it has version 999/);
  assert.deepEqual(readdirSync(join(rig.scratch, "store")), ["version"]);
}));

test("collecting keeps what was stored within the hour, and refuses what is no size", withRig((rig) => {
  stored(rig);
  assert.match(rig.bare([FATHOM, "cache", "gc", "--max-size", "0"]).stdout, /^Removed 0 files/);
  assertReplayed(rig.sh(SCRIPT));
  const refused = rig.bare([FATHOM, "cache", "gc", "--max-size", "much"]);
  assert.deepEqual([refused.code, refused.stderr.split("\n")[0]], [2, 'fathom: Cannot understand "much" as a size']);
}));

test("once a day a run leaves a collector behind, and does not wait for it", withRig((rig) => {
  stored(rig);
  const stamp = join(rig.scratch, "store/collected");
  assert.equal(existsSync(stamp), true);
  utimesSync(stamp, 1_000_000, 1_000_000);
  assertReplayed(rig.sh(SCRIPT));
  assert.ok(statSync(stamp).mtimeMs > 1e12);
}));
