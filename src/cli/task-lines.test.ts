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
const failed = (task: Task, code: number): TaskEvent => ({ kind: "failed", task, end: { kind: "exited", code }, step: { event: "t", command: "x" } });
const EVENTS: readonly TaskEvent[] = [
  { kind: "started", task: A }, { kind: "status", task: A, status: "ran", cause: "\"x\" changed" }, { kind: "status", task: B, status: "replayed", cause: null },
  output(A, "one\nt"), output(B, "other\n"), output(A, "wo\n"), output(A, "oops", 2), ended(A, 3), failed(A, 3), ended(B),
];

function printed(options: Partial<TaskLinesOptions>, events = EVENTS): string[] {
  const lines: string[] = [];
  const shown = new TaskLines({
    logs: "full", isChosen: false, order: "stream", hasPrefix: true, hasGroups: false, bold: (text) => text, red: (text) => text,
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

const again = (task: Task): TaskEvent => ({ kind: "again", task, before: B.id, path: "b/out" });
const TOO_EARLY: readonly TaskEvent[] = [
  { kind: "started", task: A }, { kind: "started", task: B }, { kind: "status", task: A, status: "ran", cause: null }, output(A, "no such file\n"), ended(A, 1), ended(B), again(A),
  { kind: "started", task: A }, { kind: "status", task: A, status: "ran", cause: null }, output(A, "fine\n"), ended(A),
];

test("a failure of who came too early is no error, however much is shown", () => {
  const AGAIN = "! a:t: read \"b/out\" before b#t had written it: running again, after b#t from now on";
  const MISS = "a:t: cache miss, executing";
  assert.deepEqual(printed({}, TOO_EARLY), [MISS, "a:t: no such file", "! a:t: exited (1)", AGAIN, MISS, "a:t: fine"]);
  assert.deepEqual(printed({ order: "grouped" }, TOO_EARLY), [AGAIN, MISS, "a:t: fine"]);
  assert.deepEqual(printed({ logs: "errors-only" }, TOO_EARLY), [AGAIN]);
  assert.deepEqual(printed({ logs: "compact" }, TOO_EARLY).filter((line) => line.includes("a:t")), [AGAIN, `${MISS} (5ms)`]);
});

test("while a server runs a failure is an error at once: nobody would hear of it later", () => {
  const server: Task = { ...B, rule: { ...B.rule, persistent: true } };
  assert.deepEqual(printed({}, [{ kind: "started", task: server }, { kind: "started", task: A }, output(A, "no\n"), ended(A, 1)]), ["a:t: no", "! a:t: ERROR  x exited (1)"]);
});

test("a task may say itself how much of it is shown, and who runs it is stronger", () => {
  const quiet: Task = { ...A, rule: { ...A.rule, outputLogs: "errors-only" } };
  const events: readonly TaskEvent[] = [{ kind: "status", task: quiet, status: "ran", cause: null }, output(quiet, "one\n"), ended(quiet), { kind: "status", task: B, status: "ran", cause: null }, output(B, "two\n"), ended(B)];
  assert.deepEqual(printed({}, events), ["b:t: cache miss, executing", "b:t: two"]);
  assert.deepEqual(printed({ logs: "full", isChosen: true }, events).length, 4);
});

test("a character that comes in two pieces is one", () => {
  const [first, second] = [Buffer.from("\u00e9\n").subarray(0, 1), Buffer.from("\u00e9\n").subarray(1)];
  assert.deepEqual(printed({}, [{ kind: "output", task: A, stream: 1, bytes: first }, { kind: "output", task: A, stream: 1, bytes: second }]), ["a:t: \u00e9"]);
});

test("the summary has the lines and places that turbo's readers know", () => {
  assert.deepEqual(summaryLines({ total: 3, successful: 3, cached: 3, took: "72ms", failed: [] }), ["", " Tasks:    3 successful, 3 total", "Cached:    3 cached, 3 total", "  Time:    72ms >>> ALL REPLAYED", ""]);
  assert.deepEqual(summaryLines({ total: 2, successful: 1, cached: 0, took: durationText(61_500), failed: [A.id] }).slice(3), ["  Time:    1m1s", "Failed:    a#t", ""]);
  assert.deepEqual([durationText(1_234), durationText(12_345)], ["1.23s", "12.3s"]);
});
