// What the supervisor wrote is read as it grows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { encodeAnswer, Outcomes } from "./outcomes.ts";
import { PathsSeen } from "./paths-seen.ts";

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

test("what the engine has to say of a process that ran is complete when it says so", () => {
  const disk = new FakeDisk({ "/tmp/o": "12 ran\n13 ran\n14 replayed\n" });
  const outcomes = new Outcomes(disk, absPath("/tmp/o"));
  assert.deepEqual([12, 13, 14].map((pid) => [outcomes.of(pid)?.status, outcomes.unsaid([pid]).length === 0]), [["ran", false], ["ran", false], ["replayed", true]]);
  const follows = [{ after: 12, before: 13, path: absPath("/w/a b\n\xff"), isTooEarly: true }, { after: 13, before: 12, path: absPath("/w/c"), isTooEarly: false }];
  assert.ok(disk.appendFile(absPath("/tmp/o"), Buffer.from(encodeAnswer(12, follows, null))).ok);
  assert.deepEqual([outcomes.unsaid([12]).length === 0, outcomes.unsaid([13]).length === 0], [true, false]);
  assert.deepEqual(outcomes.follows(), follows);
});

test("where the engine is gone nothing is waited for", () => {
  const outcomes = new Outcomes(new FakeDisk({ "/tmp/o": "12 ran\n0 alone\n" }), absPath("/tmp/o"));
  assert.deepEqual([outcomes.of(12)?.status, outcomes.unsaid([12]).length === 0, outcomes.follows()], ["ran", true, []]);
});

test("what a process looked at and wrote is read back, and asked about by path", () => {
  const disk = new FakeDisk({ "/tmp/o": "12 ran\n" });
  const outcomes = new Outcomes(disk, absPath("/tmp/o"));
  outcomes.of(12);
  const saw = { lookedAt: PathsSeen.of(["/w/a", "/w/dir/"]), wrote: PathsSeen.of(["/w/out"]) };
  assert.ok(disk.appendFile(absPath("/tmp/o"), Buffer.from(encodeAnswer(12, [], saw))).ok);
  assert.ok(outcomes.unsaid([12]).length === 0);
  const read = outcomes.sawOf(12);
  assert.deepEqual([read?.lookedAt.has(absPath("/w/a")), read?.lookedAt.has(absPath("/w/b")), read?.lookedAt.hasName(absPath("/w/dir/new")), read?.wrote.has(absPath("/w/out"))], [true, false, true, true]);
  assert.equal(outcomes.sawOf(13), null);
});
