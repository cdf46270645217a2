// When a unit is finished, and how it ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import { end, start } from "./fake.ts";
import { cpuNsOf, exitOf, UnitTree, type UnitNode } from "./units.ts";

function tree(...parents: readonly (readonly [number, number])[]): UnitTree {
  const units = new UnitTree();
  for (const [image, parent] of parents) units.exec(start({ image, parent }));
  return units;
}

const images = (nodes: readonly UnitNode[]): number[] => nodes.map((node) => node.start.image);

test("a unit is finished when everything under it has ended, innermost first", () => {
  const units = tree([1, 0], [2, 1], [3, 2]);
  assert.deepEqual(images(units.end(end({ image: 2 }))), []);
  assert.deepEqual(images(units.end(end({ image: 1 }))), []);
  assert.deepEqual(images(units.end(end({ image: 3 }))), [3, 2, 1]);
});

test("an end without a start, or a second one, finishes nothing", () => {
  const units = tree([1, 0]);
  assert.deepEqual(units.end(end({ image: 9 })), []);
  assert.deepEqual(images(units.end(end({ image: 1 }))), [1]);
  assert.deepEqual(units.end(end({ image: 1 })), []);
});

test("the exit of a unit is that of the last program its root became", () => {
  const units = tree([1, 0], [2, 1], [3, 2]);
  units.end(end({ image: 1, how: 2, successor: 2 }));
  units.end(end({ image: 2, how: 2, successor: 3 }));
  const [, , root] = units.end(end({ image: 3, code: 4, exitSeq: 99 }));
  assert.ok(root);
  assert.deepEqual(exitOf(root), { kind: "exited", code: 4, exitSeq: 99 });
  assert.equal(cpuNsOf(root), 21);
});

test("a signal, a missing successor and a running root are told apart from an exit", () => {
  const units = tree([1, 0], [2, 0], [3, 0]);
  units.end(end({ image: 1, how: 1, code: 9 }));
  units.end(end({ image: 2, how: 2, successor: 77 }));
  const kinds = [1, 2, 3].map((image) => exitOf(units.unit(image) ?? assert.fail()).kind);
  assert.deepEqual(kinds, ["killed", "unknown", "unknown"]);
});

test("a dropped unit is forgotten with everything under it", () => {
  const units = tree([1, 0], [2, 1]);
  units.drop(1);
  assert.equal(units.unit(2), undefined);
});
