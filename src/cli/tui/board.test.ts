// What the view of tasks knows of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskEvent } from "../../run/execute.ts";
import type { Task } from "../../workspace/graph.ts";
import { CHAIN, diskWith, valueOf, workspaceOf } from "../../workspace/fake-workspace.ts";
import { taskGraph } from "../../workspace/graph.ts";
import { linksOf } from "../../workspace/links.ts";
import { Rules } from "../../workspace/rules.ts";
import { Board } from "./board.ts";
import { stateText } from "./app.ts";

const workspace = workspaceOf(diskWith(CHAIN));
const { graph } = valueOf(taskGraph({ tasks: ["build"], packages: workspace.packages.map(({ name }) => name), isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));
const [first, second] = [...graph.values()].filter(({ command }) => command !== null) as [Task, Task, ...Task[]]; // CHAIN has more than two.

function board(...events: readonly (readonly [TaskEvent, number])[]): Board {
  const made = new Board();
  made.expect(graph);
  for (const [event, nowMs] of events) made.on(event, nowMs);
  return made;
}

const started = (task: Task): TaskEvent => ({ kind: "started", task });
const ended = (task: Task, code: number, status: "ran" | "replayed"): TaskEvent => ({ kind: "ended", task, end: { kind: "exited", code }, status, step: null, tookMs: 1500 });

test("what runs stands first, then what failed, then what waits", () => {
  const { rows } = board([started(first), 0], [ended(first, 2, "ran"), 1], [started(second), 1]);
  assert.deepEqual(rows.slice(0, 2).map(({ task, state }) => [task.id, state]), [[second.id, "running"], [first.id, "failed"]]);
  assert.equal(rows[2]?.state, "waiting");
});

test("the first is chosen until a person chooses, and then that one stays chosen wherever it stands", () => {
  const all = board([started(first), 0], [ended(first, 0, "ran"), 1], [started(second), 1]);
  assert.equal(all.chosen?.task.id, second.id);
  all.move(1);
  const chosen = all.chosen.task.id;
  assert.notEqual(chosen, second.id);
  all.on(ended(second, 0, "ran"), 2);
  assert.equal(all.chosen.task.id, chosen);
  for (let key = 0; key < 100; key++) all.move(-1);
  assert.equal(all.chosen.task.id, all.rows[0]?.task.id);
});

test("times are those of the clock while a task runs, and what it took afterwards", () => {
  const text = (made: Board, nowMs: number): string | undefined => made.rows.filter(({ task }) => task.id === first.id).map((row) => stateText(row, nowMs))[0];
  assert.equal(text(board([started(first), 1000]), 3999), "2s");
  assert.equal(text(board([started(first), 1000], [ended(first, 0, "ran"), 2500]), 9000), "1.50s");
  assert.equal(text(board([started(first), 1000], [ended(first, 0, "replayed"), 2500]), 9000), "cached");
  assert.equal(text(board([started(first), 1000], [ended(first, 1, "ran"), 2500]), 9000), "failed 1.50s");
});
