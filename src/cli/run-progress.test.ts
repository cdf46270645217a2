// The line at the bottom of a terminal, and what is remembered for the next one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../base/clock.ts";
import { absPath } from "../base/path.ts";
import type { TaskEvent } from "../run/execute.ts";
import { diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph, type Task } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { Rules } from "../workspace/rules.ts";
import { readDurations, RunProgress } from "./run-progress.ts";

const disk = diskWith({ "package.json": { workspaces: ["*"] }, "a/package.json": { name: "a", scripts: { t: "x" } }, "b/package.json": { name: "b", scripts: { t: "x" }, dependencies: { a: "*" } } });
const workspace = workspaceOf(disk);
const { graph } = valueOf(taskGraph({ tasks: ["t"], packages: ["a", "b"], isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));
const [A, B] = [...graph.values()] as [Task, Task];
const ended = (task: Task, tookMs: number, code = 0): TaskEvent => ({ kind: "ended", task, end: { kind: "exited", code }, status: "ran", step: null, tookMs });

function begin(): { readonly progress: RunProgress; readonly clock: FakeClock; readonly end: () => void } {
  const clock = new FakeClock();
  const progress = new RunProgress({ graph, concurrency: 2, clock, disk, root: workspace.root, show: () => undefined });
  return { progress, clock, end: progress.begin() };
}

test("what nobody has seen run has no estimate; the next time there is one", () => {
  const first = begin();
  first.progress.on({ kind: "started", task: A });
  assert.equal(first.progress.text(), "0 of 2 tasks; a:t");
  first.progress.on(ended(A, 9000));
  first.progress.on(ended(B, 21_000));
  first.end();
  const second = begin();
  second.progress.on({ kind: "started", task: A });
  second.clock.advance(2_500_000_000n);
  assert.equal(second.progress.text(), "0 of 2 tasks; about 28s left; a:t");
  second.end();
});

test("a task that failed or was replayed tells nothing of how long it takes", () => {
  const { progress, end } = begin();
  progress.on(ended(A, 1, 2));
  progress.on({ ...ended(B, 1), status: "replayed" } as TaskEvent);
  end();
  assert.deepEqual([...readDurations(disk, workspace.root).values()], [9000, 21_000]);
});

test("a file that is damaged is none", () => {
  valueOf(disk.writeFile(absPath("/w/.fathom/durations.json"), Buffer.from("{"), 0o644));
  assert.equal(readDurations(disk, workspace.root).size, 0);
});
