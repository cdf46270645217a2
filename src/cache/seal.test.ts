// What a seal holds, and what is asked of the disk for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { seal, sealHolds, sealOnce, type Sealed, type SealedBefore } from "./seal.ts";

const NOTHING = absPath("/usr/include/none.h");

function there(disk: FakeDisk, path: string): Sealed {
  const state = disk.signatures([absPath(path)])[0] ?? null;
  assert.ok(state !== "error");
  return { path: absPath(path), state };
}

test("what was sealed before is sealed in the same bytes, and only the rest is asked for", () => {
  const disk = new FakeDisk({ "/usr/bin/cc": "ELF", "/usr/include/a.h": "a", "/usr/include/b.h": "b" });
  const [cc, a, b] = [there(disk, "/usr/bin/cc"), there(disk, "/usr/include/a.h"), there(disk, "/usr/include/b.h")];
  const nothing: Sealed = { path: NOTHING, state: null };
  const before: SealedBefore = new Map();
  assert.deepEqual(sealOnce([cc, a, nothing], before, disk), seal([cc, a, nothing], disk));
  const whole = seal([b, cc, nothing], disk);
  disk.looks.length = 0;
  const again = sealOnce([b, cc, nothing], before, disk);
  assert.deepEqual(disk.looks, [b.path]);
  assert.deepEqual(again, whole);
  assert.ok(sealHolds(again, disk));
});

test("a seal of nothing is empty", () => {
  assert.deepEqual(sealOnce([], new Map(), new FakeDisk()), seal([], new FakeDisk()));
});

test("one unit's state of a path says nothing about another state of it", () => {
  const disk = new FakeDisk({ "/usr/bin/cc": "ELF" });
  const before: SealedBefore = new Map();
  const old = there(disk, "/usr/bin/cc");
  sealOnce([old], before, disk);
  disk.write("/usr/bin/cc", "ELF2");
  const items: Sealed[] = [there(disk, "/usr/bin/cc"), { path: old.path, state: "unproven" }, { path: old.path, state: null }];
  assert.deepEqual(sealOnce(items, before, disk), seal(items, disk));
});

test("a state that was over before it was sealed is not proven", () => {
  const disk = new FakeDisk({ "/usr/bin/cc": "ELF" });
  const old = there(disk, "/usr/bin/cc");
  disk.write("/usr/bin/cc", "ELF2");
  assert.ok(!sealHolds(sealOnce([old], new Map(), disk), disk));
});

test("a seal does not hold when what was sealed before has changed since", () => {
  const disk = new FakeDisk({ "/usr/bin/cc": "ELF" });
  const before: SealedBefore = new Map();
  const old = there(disk, "/usr/bin/cc");
  sealOnce([old], before, disk);
  disk.write("/usr/bin/cc", "ELF2");
  assert.ok(!sealHolds(sealOnce([old], before, disk), disk));
});
