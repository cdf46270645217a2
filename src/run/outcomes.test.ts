// What the supervisor wrote is read as it grows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { Outcomes } from "./outcomes.ts";

test("each process has its outcome, also when a line comes in two pieces", () => {
  const disk = new FakeDisk({ "/tmp/o": "12 ran\n34 repl" });
  const outcomes = new Outcomes(disk, absPath("/tmp/o"));
  assert.equal(outcomes.of(12), "ran");
  assert.equal(outcomes.of(34), null);
  disk.write("/tmp/o", "12 ran\n34 replayed\n56 other\n");
  assert.equal(outcomes.of(34), "replayed");
  assert.equal(outcomes.of(56), null);
});

test("where nobody observes nothing is known", () => {
  assert.equal(new Outcomes(new FakeDisk(), null).of(1), null);
  assert.equal(new Outcomes(new FakeDisk(), absPath("/tmp/gone")).of(1), null);
});
