// The claims of clock.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("the clock never goes back", () => {
  const first = systemClock.nowNs();
  assert.ok(systemClock.nowNs() >= first);
});
