// docs/reference/guests.md is written by a slow command: here only that it knows
// every guest, and what is said of each.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GUESTS } from "../../scripts/guests/all.ts";
import { rowStart } from "../../scripts/guests/table.ts";
import { root } from "./rig.ts";

test("docs/reference/guests.md has a row for every guest", () => {
  const table = readFileSync(join(root, "docs/reference/guests.md"), "utf8");
  assert.deepEqual(GUESTS.filter((guest) => !table.includes(rowStart(guest))).map(({ name }) => name), []);
  assert.equal(new Set(GUESTS.map(({ name }) => name)).size, GUESTS.length);
});
