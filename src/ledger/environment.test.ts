// Which variables count: those that came in from outside.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, type Said } from "./fake.ts";
import { EXEC_UNTAPPED } from "./layout.ts";

const env = (name: string): Said => ({ kind: "env", name });
const child = (variables: readonly string[], records: readonly Said[]) => fold({ start: { image: 2, parent: 1, seq: 10, env: variables }, records });

test("the variables that were read count, set or not", () => {
  const unit = fold({ start: { env: ["B=1", "A=2", "C=3"] }, records: [env("B"), env("A"), env("A"), env("NO")] });
  assert.deepEqual(unit.footprint.environment, { kind: "names", names: ["A", "B", "NO"] });
});

test("an image that may have read any variable relies on all", () => {
  assert.deepEqual(fold({ records: [{ kind: "env-all" }] }).footprint.environment, { kind: "all", names: [] });
});

test("an image in which nothing watched the variables relies on all", () => {
  assert.deepEqual(fold({ start: { flags: EXEC_UNTAPPED }, records: [env("A")] }).footprint.environment, { kind: "all", names: ["A"] });
});

test("a descendant's variable counts when it has the value of the root, or is set in neither", () => {
  const inner = child(["SAME=1", "OTHER=2"], [env("SAME"), env("OTHER"), env("NEITHER"), env("UNSET")]);
  const unit = fold({ start: { env: ["SAME=1", "OTHER=1", "UNSET=x"] }, records: [], children: [inner] });
  assert.deepEqual(unit.footprint.environment, { kind: "names", names: ["NEITHER", "SAME"] });
});

test("a variable that a child hides counts for the unit when a grandchild got it back", () => {
  const grandchild = fold({ start: { image: 3, parent: 2, seq: 20, env: ["X=1"] }, records: [env("X")] });
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, env: ["X=2"] }, records: [], children: [grandchild] });
  const unit = fold({ start: { env: ["X=1"] }, records: [], children: [inner] });
  assert.deepEqual(inner.footprint.environment, { kind: "names", names: [] });
  assert.deepEqual(unit.footprint.environment, { kind: "names", names: ["X"] });
});

test("a descendant that relies on all makes the unit rely on all", () => {
  const unit = fold({ records: [env("A")], children: [child([], [{ kind: "env-all" }])] });
  assert.deepEqual(unit.footprint.environment, { kind: "all", names: ["A"] });
});
