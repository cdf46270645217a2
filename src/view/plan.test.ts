// The claims of plan.ts: a plan lies in the workspace, and is believed no more than that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePlan, encodePlan, type Mark, type Plan, type Step } from "./plan.ts";

const MARK = "1 2 3 100644" as Mark;
const STEPS: readonly Step[] = [
  { kind: "replace", path: "a\xff", slot: 0, before: MARK, after: MARK },
  { kind: "create", path: "d/b", slot: 1, after: MARK },
  { kind: "remove", path: "c", slot: 2, before: MARK },
  { kind: "mode", path: "d", before: 0o755, after: 0o700 },
  { kind: "time", path: "e", before: "-1", after: "5" },
];
const PLAN: Plan = { view: "v", isWhole: true, atNs: 7n, steps: STEPS };

test("a plan is read as it was written", () => {
  assert.deepEqual(decodePlan(encodePlan(PLAN)), PLAN);
});

for (const path of ["../a", "/etc/passwd", "a/../../b", "", "a//b", ".fathom", ".fathom/undo/x", "a/", "./a", "a\0b"]) {
  test(`a plan with a step at ${JSON.stringify(path)} is none`, () => {
    assert.equal(decodePlan(encodePlan({ ...PLAN, steps: [{ kind: "remove", path, slot: 0, before: MARK }] })), null);
  });
}

test("what is no plan, or of another version, is none", () => {
  for (const text of ["", "{", "[]", "{\"version\":2}", "{\"version\":1}", "{\"version\":1,\"view\":\"v\",\"isWhole\":true,\"atNs\":\"1\",\"steps\":[{}]}"]) assert.equal(decodePlan(Buffer.from(text)), null, text);
  const damaged = encodePlan(PLAN).toString("utf8").replace('"slot":1', '"slot":-1');
  assert.equal(decodePlan(Buffer.from(damaged)), null);
});
