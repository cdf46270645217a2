// The claims of sample.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { isSampled } from "./sample.ts";

const KEYS = Array.from({ length: 2000 }, (_, index) => digestOf(Buffer.from(String(index))));
const chosen = (percent: number, seed: number): number => KEYS.filter((key) => isSampled(key, { percent, seed })).length;

test("0% is nothing, 100% is everything, and 5% is about that", () => {
  assert.deepEqual([chosen(0, 1), chosen(100, 1)], [0, KEYS.length]);
  assert.ok(Math.abs(chosen(5, 1) - 100) < 50, String(chosen(5, 1)));
});

test("another seed chooses others", () => {
  assert.notDeepEqual(KEYS.filter((key) => isSampled(key, { percent: 50, seed: 1 })), KEYS.filter((key) => isSampled(key, { percent: 50, seed: 2 })));
});
