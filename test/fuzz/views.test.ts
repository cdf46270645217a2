// A few random sequences of operations in views of each tier. The long run of the same:
// npm run fuzz:views -- --sequences 100

import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzView, MORE_TIERS, TIERS } from "./views.ts";

const SEEDS = [1, 2];
const OPERATIONS = 300;

for (const tier of TIERS.filter((each) => !MORE_TIERS.has(each))) {
  test(`random operations in a view (${tier}) give what they give in a plain directory, also once they are committed, and nothing once that is undone`, { skip: process.getuid?.() === 0 ? false : "becoming others takes root" }, () => {
    for (const seed of SEEDS) assert.deepEqual(fuzzView(seed, OPERATIONS, tier), [], `seed ${String(seed)}`);
  });
}
