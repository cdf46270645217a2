// What may start, when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAIN, diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph, type TaskGraph, type TaskId } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { Rules } from "../workspace/rules.ts";
import { Schedule, type Continue } from "./schedule.ts";

function buildGraph(): TaskGraph {
  const workspace = workspaceOf(diskWith(CHAIN));
  const packages = workspace.packages.map(({ name }) => name);
  return valueOf(taskGraph({ tasks: ["build"], packages, isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) })).graph;
}

const schedule = (concurrency: number, onFailure: Continue = "never"): Schedule => new Schedule({ graph: buildGraph(), concurrency, onFailure });
const id = (text: string): TaskId => text as TaskId;

test("a task starts when all that it waits for has ended well, and what runs nothing ends as it comes", () => {
  const tasks = schedule(10);
  assert.deepEqual(tasks.next(), ["docs#build", "@s/a#build"]);
  assert.deepEqual(tasks.next(), []);
  tasks.ended(id("@s/a#build"), true);
  assert.deepEqual(tasks.next(), ["@s/b#build"]);
  tasks.ended(id("@s/b#build"), true);
  assert.deepEqual(tasks.next(), ["web#build"]);
  assert.equal(tasks.outcomeOf(id("@s/c#build")), "done");
  tasks.ended(id("docs#build"), true);
  tasks.ended(id("web#build"), true);
  assert.deepEqual(tasks.next(), []);
  assert.ok(tasks.isOver);
});

test("no more run at a time than may", () => {
  const tasks = schedule(1);
  assert.deepEqual(tasks.next(), ["docs#build"]);
  tasks.ended(id("docs#build"), true);
  assert.deepEqual(tasks.next(), ["@s/a#build"]);
});

for (const [onFailure, started] of [["never", []], ["dependencies-successful", []], ["always", ["@s/b#build"]]] as const) {
  test(`after a failure, "${onFailure}": ${started.join(", ") || "nothing that waits for it"}`, () => {
    const tasks = schedule(10, onFailure);
    tasks.next();
    tasks.ended(id("@s/a#build"), false);
    assert.deepEqual(tasks.next(), started);
    if (onFailure !== "always") assert.equal(tasks.outcomeOf(id("web#build")), "skipped");
    assert.equal(tasks.outcomeOf(id("@s/a#build")), "failed");
  });
}

test("what does not wait for what failed goes on where that was asked for", () => {
  const tasks = schedule(1, "dependencies-successful");
  tasks.next();
  tasks.ended(id("docs#build"), false);
  assert.deepEqual(tasks.next(), ["@s/a#build"]);
});

test("when it is stopped, what waits is skipped and what runs is still waited for", () => {
  const tasks = schedule(10);
  tasks.next();
  tasks.stop();
  assert.deepEqual(tasks.next(), []);
  assert.ok(!tasks.isOver);
  tasks.ended(id("docs#build"), true);
  tasks.ended(id("@s/a#build"), true);
  assert.ok(tasks.isOver);
});
