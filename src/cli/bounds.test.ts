// The claims of bounds.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDays, parseSize } from "./bounds.ts";

test("sizes are written as people write them", () => {
  for (const [text, bytes] of [["0", 0], ["12", 12], ["500M", 5e8], ["500mb", 5e8], ["1.5 GB", 1.5e9], ["2T", 2e12]] as const) {
    assert.deepEqual(parseSize(text), { ok: true, value: bytes }, text);
  }
});

test("what is no size or age is refused by name", () => {
  for (const text of ["", "GB", "-1", "1e9", "10 GiB", "ten", "1,5G"]) assert.equal(parseSize(text).ok, false, text);
  for (const text of ["", "-1", "30d", "x", "1e3"]) assert.equal(parseDays(text).ok, false, text);
});

test("an age is days", () => {
  assert.deepEqual(parseDays("0.5"), { ok: true, value: 43_200_000_000_000n });
});
