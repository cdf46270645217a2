// How long the rest of a run will take, as far as the last runs tell. Pure.

import type { TaskGraph, TaskId } from "../workspace/graph.ts";

export interface Standing {
  readonly graph: TaskGraph;
  /** What each took when it last ran; milliseconds. */
  readonly durations: ReadonlyMap<TaskId, number>;
  readonly concurrency: number;
  /** When those began that run now. */
  readonly running: ReadonlyMap<TaskId, number>;
  readonly over: ReadonlySet<TaskId>;
  readonly nowMs: number;
}

/** The longest way through what is left, and no less than all of it by as many as may run. Null: of something nobody knows. What is replayed is faster. */
export function remainingMs({ graph, durations, concurrency, running, over, nowMs }: Standing): number | null {
  const ends = new Map<TaskId, number>();
  let workMs = 0;
  for (const { id, command, rule, dependsOn } of graph.values()) {
    if (over.has(id) || rule.persistent) continue;
    const whole = command === null ? 0 : durations.get(id);
    if (whole === undefined) return null;
    const begun = running.get(id);
    const leftMs = Math.max(0, begun === undefined ? whole : whole - (nowMs - begun));
    workMs += leftMs;
    ends.set(id, leftMs + Math.max(0, ...dependsOn.map((other) => ends.get(other) ?? 0)));
  }
  return Math.max(0, workMs / concurrency, ...ends.values());
}
