// The fewest changes that make the difference, and no more experiments than are allowed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fewest } from "./minimise.ts";

const all = Array.from({ length: 16 }, (_, index) => index);

test("one guilty change, and three that are guilty only together, are found among many", () => {
  for (const guilty of [[11], [0, 7, 15]]) {
    const found = fewest(all, (subset) => guilty.every((each) => subset.includes(each)));
    assert.deepEqual([...found].sort((a, b) => a - b), guilty);
  }
});

test("when there may be no more experiments what is left still makes the difference", () => {
  let left = 3;
  const found = fewest(all, (subset) => (left-- > 0 ? subset.includes(15) : null));
  assert.ok(found.includes(15) && found.length < all.length);
});
