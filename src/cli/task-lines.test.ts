// What is printed of tasks.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskEvent } from "../run/execute.ts";
import { diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph, type Task } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { Rules } from "../workspace/rules.ts";
import { durationText, summaryLines, TaskLines, type TaskLinesOptions } from "./task-lines.ts";

function tasks(): readonly [Task, Task] {
  const workspace = workspaceOf(diskWith({ "package.json": { workspaces: ["*"] }, "a/package.json": { name: "a", scripts: { t: "x" } }, "b/package.json": { name: "b", scripts: { t: "x" } } }));
  const { graph } = valueOf(taskGraph({ tasks: ["t"], packages: ["a", "b"], isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));
  const [a, b] = graph.values();
  assert.ok(a !== undefined && b !== undefined);
  return [a, b];
}

const [A, B] = tasks();
const output = (task: Task, text: string, stream: 1 | 2 = 1): TaskEvent => ({ kind: "output", task, stream, bytes: Buffer.from(text) });
const ended = (task: Task, code = 0): TaskEvent => ({ kind: "ended", task, end: { kind: "exited", code }, status: "ran", step: { event: "t", command: "x" }, tookMs: 5 });
const EVENTS: readonly TaskEvent[] = [
  { kind: "started", task: A }, { kind: "status", task: A, status: "ran", cause: "\"x\" changed" }, { kind: "status", task: B, status: "replayed", cause: null },
  output(A, "one\nt"), output(B, "other\n"), output(A, "wo\n"), output(A, "oops", 2), ended(A, 3), ended(B),
];

function printed(options: Partial<TaskLinesOptions>, events = EVENTS): string[] {
  const lines: string[] = [];
  const shown = new TaskLines({
    logs: "full", order: "stream", hasPrefix: true, hasGroups: false, bold: (text) => text, red: (text) => text,
    write: (stream, text) => { lines.push(`${stream === 2 ? "! " : ""}${text.slice(0, -1)}`); }, ...options,
  });
  for (const event of events) shown.on(event);
  return lines;
}

test("lines come as they come, each whole, behind the name of its task", () => {
  assert.deepEqual(printed({}), [
    "a:t: cache miss, executing (\"x\" changed)", "b:t: cache hit, replaying logs", "a:t: one", "b:t: other", "a:t: two", "! a:t: oops", "! a:t: ERROR  x exited (3)",
  ]);
});

test("grouped, a task comes in one piece when it has ended, and GitHub can fold it", () => {
  assert.deepEqual(printed({ order: "grouped", hasGroups: true, hasPrefix: false }), [
    "::group::a:t", "cache miss, executing (\"x\" changed)", "one", "two", "! oops", "! ERROR  x exited (3)", "::endgroup::",
    "::group::b:t", "cache hit, replaying logs", "other", "::endgroup::",
  ]);
});

test("how much is shown", () => {
  assert.deepEqual(printed({ logs: "hash-only" }), ["a:t: cache miss, executing (\"x\" changed)", "b:t: cache hit, suppressing logs", "! a:t: ERROR  x exited (3)"]);
  assert.deepEqual(printed({ logs: "new-only" }).filter((line) => line.startsWith("b")), ["b:t: cache hit, suppressing logs"]);
  assert.deepEqual(printed({ logs: "errors-only" }), ["a:t: one", "a:t: two", "! a:t: oops", "! a:t: ERROR  x exited (3)"]);
  assert.deepEqual(printed({ logs: "none" }), []);
  assert.deepEqual(printed({ logs: "compact" }), ["a:t: cache miss, executing (\"x\" changed) (5ms)", "a:t: one", "a:t: two", "! a:t: oops", "! a:t: ERROR  x exited (3)", "b:t: cache miss, executing (5ms)"]);
});

test("the summary has the lines and places that turbo's readers know", () => {
  assert.deepEqual(summaryLines({ total: 3, successful: 3, cached: 3, took: "72ms", failed: [] }), ["", " Tasks:    3 successful, 3 total", "Cached:    3 cached, 3 total", "  Time:    72ms >>> ALL REPLAYED", ""]);
  assert.deepEqual(summaryLines({ total: 2, successful: 1, cached: 0, took: durationText(61_500), failed: [A.id] }).slice(3), ["  Time:    1m1s", "Failed:    a#t", ""]);
  assert.deepEqual([durationText(1_234), durationText(12_345)], ["1.23s", "12.3s"]);
});
