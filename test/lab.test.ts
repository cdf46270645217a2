// The laboratory: of each system that breaks, Fathom's answer is the one that stands
// beside it, and after the fix it is another.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { foldersIn } from "../src/base/scratch.ts";
import { packageRoot } from "../src/cli/places.ts";
import { FATHOM } from "./rig/rig.ts";

const LAB_MS_MAX = 90_000;

for (const name of foldersIn(join(packageRoot(), "examples/lab"))) {
  test(`laboratory: ${name}`, { timeout: LAB_MS_MAX }, () => {
    const played = spawnSync(FATHOM, ["lab", name], { encoding: "utf8", timeout: LAB_MS_MAX });
    assert.equal(played.status, 0, `${played.stdout}${played.stderr}`);
  });
}

test("a name that is not in the laboratory is told with the nearest one", () => {
  const played = spawnSync(FATHOM, ["lab", "pipe-deadlok"], { encoding: "utf8", timeout: LAB_MS_MAX });
  assert.equal(played.status, 2);
  assert.match(played.stderr, /Perhaps you mean "pipe-deadlock"/);
});
