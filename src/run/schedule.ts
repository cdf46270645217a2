// Which task may start now. Pure: it is told what ended and how, and says what is
// next; it starts nothing and knows no clock.

import { assert } from "../base/assert.ts";
import type { TaskGraph, TaskId } from "../workspace/graph.ts";

/** After a failure: "never": nothing new is started; "dependencies-successful": what does not wait for it; "always": all. */
export type Continue = "never" | "dependencies-successful" | "always";

export type Outcome = "done" | "failed" | "skipped";

export interface ScheduleOptions {
  readonly graph: TaskGraph;
  /** How many may run at a time. Persistent tasks are not counted: they would never make room. */
  readonly concurrency: number;
  readonly onFailure: Continue;
}

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #waiting: Set<TaskId>;
  readonly #running = new Set<TaskId>();
  readonly #outcomes = new Map<TaskId, Outcome>();
  #hasFailed = false;
  #isStopped = false;
  #isCrowded = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#waiting = new Set(options.graph.keys());
  }

  /** What may start now, in the order of the graph; who asks has started them. `room`: for how many at a time there is room just now, beside `concurrency`. */
  next(room = Infinity): TaskId[] {
    const started: TaskId[] = [];
    this.#isCrowded = false;
    // What has nothing to run ends as it comes, and may let others go.
    for (let isNew = true; isNew;) {
      isNew = false;
      for (const id of this.#waiting) {
        const fate = this.#fateOf(id, room);
        if (fate === "wait") continue;
        this.#waiting.delete(id);
        if (fate === "start") {
          this.#running.add(id);
          started.push(id);
        } else {
          this.#outcomes.set(id, fate);
          isNew = true;
        }
      }
    }
    return started;
  }

  ended(id: TaskId, isOk: boolean): void {
    assert(this.#running.delete(id), `"${id}" was running`);
    this.#outcomes.set(id, isOk ? "done" : "failed");
    if (!isOk) this.#hasFailed = true;
  }

  /** Nothing new is started; what waits is skipped. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Something was left waiting for nothing but `room`, when that was last asked. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /** How many run of those that are counted. */
  get countedRunning(): number {
    return [...this.#running].filter((id) => !this.#isPersistent(id)).length;
  }

  get isOver(): boolean {
    return this.#waiting.size === 0 && this.#running.size === 0;
  }

  outcomeOf(id: TaskId): Outcome | null {
    return this.#outcomes.get(id) ?? null;
  }

  #isPersistent(id: TaskId): boolean {
    return this.#options.graph.get(id)?.rule.persistent === true;
  }

  #fateOf(id: TaskId, room: number): "start" | "wait" | "done" | "skipped" {
    const { graph, concurrency, onFailure } = this.#options;
    const task = graph.get(id);
    if (task === undefined || this.#isStopped || (this.#hasFailed && onFailure === "never")) return "skipped";
    const before = task.dependsOn.map((other) => this.#outcomes.get(other) ?? (this.#isPersistent(other) && this.#running.has(other) ? "done" : "wait"));
    if (onFailure !== "always" && before.some((outcome) => outcome === "failed" || outcome === "skipped")) return "skipped";
    if (before.includes("wait")) return "wait";
    if (task.command === null) return "done";
    const counted = this.countedRunning;
    if (task.rule.persistent || counted < Math.min(concurrency, room)) return "start";
    if (counted < concurrency) this.#isCrowded = true;
    return "wait";
  }
}
