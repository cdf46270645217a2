// When a unit is finished, and how it ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import { end, start } from "./fake.ts";
import { exitOf, UnitTree, type UnitExit } from "./units.ts";

function tree(...parents: readonly (readonly [number, number])[]): UnitTree {
  const units = new UnitTree();
  for (const [image, parent] of parents) units.exec(start({ image, parent }));
  return units;
}

test("a unit is finished when everything under it has ended, innermost first", () => {
  const units = tree([1, 0], [2, 1], [3, 2]);
  assert.deepEqual(units.end(end({ image: 2 })), []);
  assert.deepEqual(units.end(end({ image: 1 })), []);
  assert.deepEqual(units.end(end({ image: 3 })), [3, 2, 1]);
});

test("an end without a start, or a second one, finishes nothing", () => {
  const units = tree([1, 0]);
  assert.deepEqual(units.end(end({ image: 9 })), []);
  assert.deepEqual(units.end(end({ image: 1 })), [1]);
  assert.deepEqual(units.end(end({ image: 1 })), []);
});

test("the exit of a unit is that of the last program its root became", () => {
  const last = exitOf(end({ code: 4, exitSeq: 99 }), undefined);
  const before = exitOf(end({ how: 2, successor: 3 }), last);
  assert.deepEqual(exitOf(end({ how: 2, successor: 2 }), before), { kind: "exited", code: 4, exitSeq: 99 });
});

test("a signal, a missing successor and a running root are told apart from an exit", () => {
  const other: UnitExit = { kind: "exited", code: 0, exitSeq: 1 };
  const kinds = [exitOf(end({ how: 1, code: 9 }), other), exitOf(end({ how: 2, successor: 77 }), undefined), exitOf(null, other)].map(({ kind }) => kind);
  assert.deepEqual(kinds, ["killed", "unknown", "unknown"]);
});

test("of a unit that is finished nothing is kept, while what is above it still runs", () => {
  const units = tree([1, 0], [2, 1], [3, 2]);
  units.end(end({ image: 3 }));
  units.end(end({ image: 2 }));
  assert.equal(units.size, 1);
  assert.deepEqual(units.running().map(({ image }) => image), [1]);
});
