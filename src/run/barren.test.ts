// What is barren, and from when on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Barren } from "./barren.ts";

const PLAIN = { isComparator: false, startsTasks: false, mayBeStored: true };
const COMPARATOR = { isComparator: true, startsTasks: false, mayBeStored: false };
const NEVER = { isComparator: false, startsTasks: false, mayBeStored: false };

test("everything around a program that compares times is barren as soon as that starts", () => {
  const barren = new Barren();
  barren.begins({ image: 1, parent: 0 }, PLAIN);
  barren.begins({ image: 2, parent: 1 }, PLAIN);
  assert.deepEqual([1, 2].map((image) => barren.has(image)), [false, false]);
  barren.begins({ image: 3, parent: 2 }, COMPARATOR);
  assert.deepEqual([1, 2, 3].map((image) => barren.has(image)), [true, true, true]);
});

test("what starts below a program that compares times is not barren", () => {
  const barren = new Barren();
  barren.begins({ image: 1, parent: 0 }, COMPARATOR);
  barren.begins({ image: 2, parent: 1 }, PLAIN);
  assert.equal(barren.has(2), false);
});

test("what was barren once stays so", () => {
  const barren = new Barren();
  barren.begins({ image: 1, parent: 0 }, COMPARATOR);
  barren.begins({ image: 1, parent: 7 }, PLAIN);
  assert.equal(barren.has(1), true);
});

test("an image that cannot be stored itself leaves the unit around it alone", () => {
  const barren = new Barren();
  barren.begins({ image: 1, parent: 0 }, PLAIN);
  barren.begins({ image: 2, parent: 1 }, NEVER);
  assert.deepEqual([1, 2].map((image) => barren.has(image)), [false, false]);
  barren.begins({ image: 3, parent: 0 }, NEVER);
  assert.equal(barren.has(3), true);
});

test("of an image that has ended nothing is kept", () => {
  const barren = new Barren();
  barren.begins({ image: 1, parent: 0 }, COMPARATOR);
  barren.begins({ image: 2, parent: 1 }, PLAIN);
  barren.forget(2);
  barren.forget(1);
  assert.equal(barren.size, 0);
  assert.deepEqual([1, 2].map((image) => barren.has(image) || barren.isJudgedByTime(image)), [false, false]);
});
