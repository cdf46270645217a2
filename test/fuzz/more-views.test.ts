// As views.test.ts, of views in another state: not pinned, with outputs that have no
// bytes and led into, and while the workspace changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzView, MORE_TIERS } from "./views.ts";

const SEED = 1;
const OPERATIONS = 200;

for (const tier of MORE_TIERS) {
  test(`random operations in a view (${tier}) give what they give in a plain directory`, { skip: process.getuid?.() === 0 ? false : "becoming others takes root" }, () => {
    assert.deepEqual(fuzzView(SEED, OPERATIONS, tier), [], `seed ${String(SEED)}`);
  });
}
