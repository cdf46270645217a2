// --cache, as turbo writes it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCacheSpec } from "./cache-spec.ts";

const parsed = (text: string): string => {
  const use = parseCacheSpec(text);
  return use.ok ? `${use.value.reads ? "r" : ""}${use.value.writes ? "w" : ""}` : use.failure.message;
};

test("what is named is used, and what is not is not", () => {
  assert.deepEqual(["local:rw", "local:r", "local:w", "local:", "", "remote:", "local:rw,remote:"].map(parsed), ["rw", "r", "w", "", "", "", "rw"]);
});

test("what is no such list is refused with what is wrong", () => {
  assert.match(parsed("local"), /expected "local:" or "remote:" and then r, w, rw or nothing, not "local"/);
  assert.match(parsed("local:x"), /not "local:x"/);
  assert.match(parsed("local:r,local:w"), /"local" is there twice/);
});

test("a remote cache is refused as long as there is none", () => {
  assert.match(parsed("local:rw,remote:r"), /^Cannot use --cache=local:rw,remote:r: there is no remote cache yet$/);
});
