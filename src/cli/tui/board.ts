// What the view of tasks knows: of each task how far it is, which one is chosen.
// Pure: it is told of events and of the time, and shows nothing itself.

import { unreachable } from "../../base/assert.ts";
import { codeOf, type TaskEvent } from "../../run/execute.ts";
import type { Task, TaskGraph, TaskId } from "../../workspace/graph.ts";

export type RowState = "running" | "failed" | "waiting" | "ran" | "replayed" | "skipped";

export interface Row {
  readonly task: Task;
  readonly state: RowState;
  /** In milliseconds of the clock that is handed in; of one that has not started 0. */
  readonly startedMs: number;
  readonly tookMs: number;
  /** Why it ran, in half a sentence. */
  readonly cause: string | null;
}

/** What a person has to look at stands first. */
const ORDER: readonly RowState[] = ["running", "failed", "waiting", "ran", "replayed", "skipped"];

export class Board {
  readonly #rows = new Map<TaskId, Row>();
  #chosen: TaskId | null = null;

  /** Tasks that are new wait; of the others is kept what is known. */
  expect(graph: TaskGraph): void {
    for (const task of graph.values()) {
      if (task.command !== null && !this.#rows.has(task.id)) this.#rows.set(task.id, { task, state: "waiting", startedMs: 0, tookMs: 0, cause: null });
    }
  }

  on(event: TaskEvent, nowMs: number): void {
    const row = this.#rows.get(event.task.id) ?? { task: event.task, state: "waiting", startedMs: 0, tookMs: 0, cause: null };
    this.#rows.set(event.task.id, Board.#after(row, event, nowMs));
  }

  static #after(row: Row, event: TaskEvent, nowMs: number): Row {
    switch (event.kind) {
      case "started": return { ...row, state: "running", startedMs: nowMs, cause: null };
      case "status": return { ...row, cause: event.cause };
      case "output": case "failed": return row;
      case "ended": return { ...row, tookMs: event.tookMs, state: codeOf(event.end) !== 0 ? "failed" : event.status === "replayed" ? "replayed" : "ran" };
      case "skipped": return { ...row, state: "skipped" };
      case "again": return { ...row, state: "waiting" };
      default: return unreachable(event);
    }
  }

  /** In the order in which they are shown. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  }

  /** The first, until a person has chosen. */
  get chosen(): Row | null {
    return (this.#chosen === null ? undefined : this.#rows.get(this.#chosen)) ?? this.rows[0] ?? null;
  }

  /** The next one below (`by` 1) or above (-1). */
  move(by: 1 | -1): void {
    const rows = this.rows;
    const at = rows.findIndex(({ task }) => task.id === this.chosen?.task.id);
    this.#chosen = rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.task.id ?? null;
  }
}
