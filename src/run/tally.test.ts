// What a run counts as not stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "./tally.ts";

const doubt = (program: string) => ({ code: "stdin", program, detail: "" });

test("what is stored with the unit around it is not counted as not stored, whichever is known first", () => {
  const tally = new Tally();
  tally.refused(3, doubt("as"), 10);
  tally.stored([2, 3, 4]);
  tally.refused(4, doubt("as"), 10);
  const { ran, notStored, doubt: reason } = tally.result(9, 1n, 0n);
  assert.deepEqual({ ran, notStored, reason }, { ran: 3, notStored: 0, reason: null });
});

test("the most important reason is that of the unit that took the most time", () => {
  const tally = new Tally();
  tally.refused(1, doubt("cheap"), 10);
  tally.refused(2, doubt("dear"), 20);
  tally.refused(3, { code: "comparator", program: "make", detail: "" }, 30);
  const { notStored, doubt: reason } = tally.result(9, 1n, 0n);
  assert.deepEqual([notStored, reason?.program], [2, "dear"]);
});
