// What the supervisor wrote is read as it grows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { Outcomes } from "./outcomes.ts";

test("each process has its outcome, also when a line comes in two pieces", () => {
  const disk = new FakeDisk({ "/tmp/o": "12 ran\n34 repl" });
  const outcomes = new Outcomes(disk, absPath("/tmp/o"));
  assert.deepEqual(outcomes.of(12), { status: "ran", cause: null });
  assert.equal(outcomes.of(34), null);
  disk.write("/tmp/o", "12 ran\n34 replayed\n56 other\n78 ran \"ä b\" changed\n");
  assert.equal(outcomes.of(34)?.status, "replayed");
  assert.equal(outcomes.of(56), null);
  assert.deepEqual(outcomes.of(78), { status: "ran", cause: "\"ä b\" changed" });
});

test("where nobody observes nothing is known", () => {
  assert.equal(new Outcomes(new FakeDisk(), null).of(1), null);
  assert.equal(new Outcomes(new FakeDisk(), absPath("/tmp/gone")).of(1), null);
});
