// How long the rest takes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAIN, diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph, taskId, type TaskId } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { Rules } from "../workspace/rules.ts";
import { remainingMs, type Standing } from "./estimate.ts";

const workspace = workspaceOf(diskWith(CHAIN));
const { graph } = valueOf(taskGraph({ tasks: ["build"], packages: workspace.packages.map(({ name }) => name), isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));
const [A, B, WEB, DOCS] = ["@s/a", "@s/b", "web", "docs"].map((name) => taskId(name, "build")) as [TaskId, TaskId, TaskId, TaskId];
const durations = new Map([[A, 1000], [B, 2000], [WEB, 3000], [DOCS, 4000]]);
const left = (standing: Partial<Standing>): number | null => remainingMs({ graph, durations, concurrency: 2, running: new Map(), over: new Set(), nowMs: 0, ...standing });

test("the longest way through what is left, or all of it by as many as may run", () => {
  assert.equal(left({}), 6000);
  assert.equal(left({ concurrency: 1 }), 10_000);
});

test("what runs counts for what it has left, and no less than nothing", () => {
  assert.equal(left({ over: new Set([A]), running: new Map([[B, 500], [DOCS, 0]]), nowMs: 1000 }), 4500);
  assert.equal(left({ over: new Set([A, B, WEB]), running: new Map([[DOCS, 0]]), nowMs: 9000 }), 0);
});

test("of something that nobody has seen run there is no estimate", () => {
  assert.equal(left({ durations: new Map([[A, 1]]) }), null);
});
