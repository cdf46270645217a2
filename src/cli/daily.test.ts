// The claims of daily.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../base/clock.ts";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { takeTurn } from "./daily.ts";

const HOUR_NS = 3_600_000_000_000n;

test("one run a day takes the turn, and not on the first day", () => {
  const clock = new FakeClock();
  const disk = new FakeDisk({ "/store/version": "1\n" }, clock);
  const root = absPath("/store");
  assert.equal(takeTurn(root, disk, clock), false);
  clock.advance(23n * HOUR_NS);
  assert.equal(takeTurn(root, disk, clock), false);
  clock.advance(2n * HOUR_NS);
  assert.equal(takeTurn(root, disk, clock), true);
  assert.equal(takeTurn(root, disk, clock), false);
});
